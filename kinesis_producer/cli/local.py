"""``local``: a Kinesis on this machine, until Ctrl-C."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

from kinesis_producer.cli.options import at_least
from kinesis_producer.cli.stderr import say
from kinesis_producer.testing import LocalKinesis, ServiceError

if TYPE_CHECKING:
    import argparse


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = commands.add_parser("local", help="run a Kinesis on 127.0.0.1, for tests")
    command.add_argument(
        "--port", type=at_least(0, at_most=65_535), default=4567, help="0: any free port (4567)"
    )
    command.add_argument(
        "--stream",
        type=_stream,
        action="append",
        default=[],
        metavar="NAME[:SHARDS]",
        help="a stream to begin with, of one shard or more; may be repeated",
    )
    command.add_argument("--throttle", action="store_true", help="enforce the limits of shards")
    command.add_argument(
        "--state-delay",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="how long CREATING and its like last (0)",
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM; the address is the one line on stdout."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    kinesis = LocalKinesis(options.port, throttle=options.throttle, state_delay=options.state_delay)
    try:
        for name, shards in options.stream:
            kinesis.create_stream(name, shards=shards)
    except ServiceError as error:
        say(f"kinesis-producer: {error}")
        return 1
    with kinesis:
        print(kinesis.endpoint_url, flush=True)
        say(f"export AWS_ENDPOINT_URL_KINESIS={kinesis.endpoint_url}")
        ended.wait()
    return 0


def _stream(text: str) -> tuple[str, int]:
    name, _, shards = text.partition(":")
    return name, int(shards or "1")
