"""``put``: the lines of a file, or of stdin, into a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_producer.cli.feeding import Feeder, Watch
from kinesis_producer.cli.lines import lines, opened
from kinesis_producer.cli.options import (
    INTERRUPTED,
    add_aggregation,
    add_aws,
    at_least,
    config_of,
    format_of,
)
from kinesis_producer.cli.progress import progress
from kinesis_producer.cli.stderr import say
from kinesis_producer.errors import KinesisProducerError
from kinesis_producer.producer import KinesisProducer

if TYPE_CHECKING:
    import argparse

    from kinesis_producer.cli.lines import Readable


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = commands.add_parser("put", help="put the lines of a file into a stream")
    command.add_argument("stream", metavar="STREAM")
    command.add_argument("file", metavar="FILE", nargs="?", default="-", help="default: stdin")
    add_aggregation(command)
    command.add_argument(
        "--concurrency", type=at_least(1), default=4, metavar="N", help="threads; 1 keeps the order"
    )
    add_aws(command)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Send every line; exit code 0 if each was delivered."""
    config = config_of(options, kinesis_concurrency=options.concurrency, **format_of(options))
    watch = Watch()
    producer = KinesisProducer(config, metrics=watch)
    with opened(options.file) as file, progress("put") as shown:
        feeder = Feeder(producer, watch, shown)
        code = _put(feeder, file)
        summary = feeder.stop()
    print(summary)
    return code or bool(producer.totals.undelivered or feeder.refused)


def _put(feeder: Feeder, file: Readable) -> int:
    """Send the lines and wait; the exit code, where the summary does not tell."""
    try:
        try:
            code = _feed(feeder, file)
            feeder.finish()
        except KeyboardInterrupt:
            say("finishing what was read; Ctrl-C again to stop at once")
            feeder.finish()
            code = INTERRUPTED
    except KeyboardInterrupt:
        code = INTERRUPTED
    except KinesisProducerError as error:
        say(f"kinesis-producer: {error}")
        code = 1
    return code


def _feed(feeder: Feeder, file: Readable) -> int:
    """Send the lines as far as they can be read; 1 if that was not to the end."""
    try:
        feeder.feed(lines(file))
    except OSError as error:
        say(f"kinesis-producer: line {feeder.read + 1}: {error}")
        return 1
    return 0
