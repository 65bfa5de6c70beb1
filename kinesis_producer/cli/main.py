"""From the words on the command line to an exit code."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kinesis_producer import __version__
from kinesis_producer.cli import checkpoints, deaggregate, demo, inspect, leases, local, put, tail
from kinesis_producer.cli.options import INTERRUPTED
from kinesis_producer.cli.stderr import say
from kinesis_producer.errors import KinesisProducerError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The exit code that a shell gives for a pipe that nobody reads any more.
BROKEN_PIPE: Final = 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code: 0 for success, 1 if anything failed."""
    options = parser().parse_args(arguments)
    _set_up_logging(verbose=options.verbose)
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # it ends like Ctrl-C
    if sys.stdout is None:  # closed: nobody wants to see it
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 -- to the end
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Python flushes stdout once more at exit, which must not complain again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    except KeyboardInterrupt:
        return INTERRUPTED
    except (KinesisProducerError, OSError) as error:
        say(f"kinesis-producer: {error}")
        return 1
    return code


def parser() -> argparse.ArgumentParser:
    """All commands and their options. None takes a secret: the AWS chain has places for them."""
    root = argparse.ArgumentParser(
        prog="kinesis-producer",
        description="Put records into Amazon Kinesis Data Streams, and look at what is there.",
    )
    root.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    root.add_argument("-v", "--verbose", action="store_true", help="log what the library does")
    commands = root.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in (demo, put, tail, leases, checkpoints, inspect, deaggregate, local):
        command.add_to(commands)
    return root


def _set_up_logging(*, verbose: bool) -> None:
    """The library's own log on stderr; botocore's would show payloads and session tokens."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))
    logger = logging.getLogger("kinesis_producer")
    logger.handlers = [handler]
    logger.setLevel(logging.DEBUG if verbose else logging.WARNING)
    logger.propagate = False
