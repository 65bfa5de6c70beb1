"""``put``: the lines of a file, or of stdin, into a stream."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from kinesis_producer.cli.feeding import Feeder, Watch
from kinesis_producer.cli.options import INTERRUPTED, add_aggregation, add_aws, config_of
from kinesis_producer.cli.progress import progress
from kinesis_producer.errors import KinesisProducerError
from kinesis_producer.producer import KinesisProducer

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from kinesis_producer.records import Totals


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = commands.add_parser("put", help="put the lines of a file into a stream")
    command.add_argument("stream", metavar="STREAM")
    command.add_argument("file", metavar="FILE", nargs="?", default="-", help="default: stdin")
    add_aggregation(command)
    command.add_argument(
        "--concurrency", type=int, default=4, metavar="N", help="threads; 1 keeps the order"
    )
    add_aws(command)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Send every line; exit code 0 if each was delivered."""
    config = config_of(
        options, aggregation=options.aggregation, kinesis_concurrency=options.concurrency
    )
    watch = Watch()
    producer = KinesisProducer(config, metrics=watch)
    begun = time.monotonic()
    with _opened(options.file) as lines, progress("put") as shown:
        feeder = Feeder(producer, watch, shown)
        code = _put(feeder, lines)
        producer.abort()
    print(summary(producer.totals, feeder.refused, time.monotonic() - begun))
    return code or bool(producer.totals.undelivered or feeder.refused)


def summary(totals: Totals, refused: int, seconds: float) -> str:
    """One line: what was delivered and what was not."""
    parts = [f"{totals.delivered:,} of {totals.received + refused:,} records delivered"]
    counts = {
        "not written": totals.not_written,
        "possibly written": totals.possibly_written,
        "refused": refused,
        "possible duplicates": totals.possible_duplicates,
    }
    parts += [f"{count:,} {name}" for name, count in counts.items() if count]
    return ", ".join(parts) + f" in {seconds:.1f} s"


def _put(feeder: Feeder, lines: BinaryIO) -> int:
    """Send the lines and wait; the exit code, where the summary does not tell."""
    try:
        try:
            feeder.feed(_records(lines))
        except KeyboardInterrupt:
            print("finishing what was read; Ctrl-C again to stop at once", file=sys.stderr)
            feeder.finish()
            return INTERRUPTED
        feeder.finish()
    except KeyboardInterrupt:
        return INTERRUPTED
    except KinesisProducerError as error:
        print(f"kinesis-producer: {error}", file=sys.stderr)
        return 1
    return 0


def _records(lines: BinaryIO) -> Iterator[bytes]:
    """Each line without its end."""
    for line in lines:
        yield line.removesuffix(b"\n")


@contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    with Path(name).open("rb") as lines:
        yield lines
