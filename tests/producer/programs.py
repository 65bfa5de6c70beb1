"""Programs that use the library, each in a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kinesis_producer.testing import LocalKinesis

CREATE = "k = KinesisProducer(config=dict(stream_name='orders', aws_region='us-east-1'%s))\n"


class Program:
    """A program that uses the library, with the local Kinesis as its AWS.

    Args:
        kinesis: has a stream "orders".
        source: what the program does, with a producer ``k``.
        config: further keys of it.
        measured: whether coverage is measured; it does not survive exceptions out of the blue.
        environment: further variables of its environment.
    """

    def __init__(
        self,
        kinesis: LocalKinesis,
        *source: str,
        config: str = "",
        measured: bool = True,
        environment: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        begin = "import os, sys, time\nfrom kinesis_producer import *\n"
        source = (begin, CREATE % config, *map(textwrap.dedent, source))
        self.process = subprocess.Popen(
            [sys.executable, "-c", "".join(source)],
            env={
                **(os.environ if measured else unmeasured()),
                "AWS_ENDPOINT_URL_KINESIS": kinesis.endpoint_url,
                "AWS_ACCESS_KEY_ID": "local",
                "AWS_SECRET_ACCESS_KEY": "local",
                **environment,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def says(self) -> str:
        """The next line of its output."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def end(self, timeout: float = 30) -> tuple[int, str, str]:
        """Its exit code and what it said, within so many seconds; its input ends here."""
        try:
            out, err = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, err = self.process.communicate()
            pytest.fail(f"the program did not end: {out}{err}")
        return self.process.returncode, out, err

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)


def unmeasured() -> dict[str, str]:
    """The environment without coverage: its own lock stays locked where a signal handler raises."""
    return {name: value for name, value in os.environ.items() if "COVERAGE" not in name}
