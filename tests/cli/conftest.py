"""A local Kinesis that the command line finds by the environment."""

from __future__ import annotations

import logging
import subprocess
import sys
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from kinesis_producer.cli import main
from tests.producer.programs import unmeasured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from kinesis_producer.testing import LocalKinesis

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "canary-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
}


#: As the command's own entry point, with more or less patience.
BEGIN = """
import sys
from kinesis_producer.cli import feeding, main
feeding.GIVE_UP_AFTER = {}
sys.exit(main())
"""


@pytest.fixture
def kinesis(local_kinesis: LocalKinesis, monkeypatch: pytest.MonkeyPatch) -> LocalKinesis:
    """With one stream of two shards."""
    local_kinesis.create_stream("orders", shards=2)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL_KINESIS", local_kinesis.endpoint_url)
    return local_kinesis


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., tuple[int, str, str]]]:
    """Runs a command in this process: exit code, stdout, stderr. The log is then as it was."""
    logger = logging.getLogger("kinesis_producer")
    before = (logger.handlers, logger.level, logger.propagate)

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(arguments)
        out, err = capsys.readouterr()
        return code, out, err

    yield run
    logger.handlers, level, logger.propagate = before
    logger.setLevel(level)


@contextmanager
def started(
    kinesis: LocalKinesis,
    *arguments: str,
    command: Sequence[str] | None = None,
    give_up_after: float = 10.0,
) -> Iterator[subprocess.Popen[str]]:
    """The command in a process of its own, which does not outlive the block."""
    environment = {**unmeasured(), **CREDENTIALS}
    environment["AWS_ENDPOINT_URL_KINESIS"] = kinesis.endpoint_url
    program = BEGIN.format(give_up_after)
    process = subprocess.Popen(
        command or [sys.executable, "-c", program, *arguments],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def client_of(kinesis: LocalKinesis, **options: Any) -> AbstractContextManager[Any]:
    """A boto3 client, closed at the end of the block."""
    return closing(boto3.client("kinesis", **{**kinesis.client_options, **options}))
