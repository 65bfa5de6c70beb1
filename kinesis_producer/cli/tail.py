"""``tail``: what is in a stream, as lines."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from kinesis_producer.cli.options import add_aggregation, add_aws, at_least, calls_of, format_of
from kinesis_producer.cli.reading import Reader
from kinesis_producer.cli.stderr import say
from kinesis_producer.deaggregator import Deaggregator
from kinesis_producer.errors import CorruptAggregate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = commands.add_parser("tail", help="print the records of a stream as they come")
    command.add_argument("stream", metavar="STREAM")
    command.add_argument(
        "--from",
        dest="start",
        type=_start,
        default="latest",
        metavar="WHERE",
        help="trim-horizon (the oldest there is), latest (default), or a time such as"
        " 2026-11-01T12:00:00Z",
    )
    command.add_argument("-n", type=at_least(1), metavar="N", help="end after so many records")
    add_aggregation(command)
    add_aws(command)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print records until there have been enough, or until Ctrl-C; 1 if any could not be read."""
    reader = Reader(calls_of(options), options.stream, options.start)
    form = Deaggregator(**format_of(options))
    unread: list[str] = []
    for record in islice(_records(reader, options, form, unread), options.n):
        sys.stdout.buffer.write(record + b"\n")
        sys.stdout.buffer.flush()
    return bool(unread)


def _records(
    reader: Reader, options: argparse.Namespace, form: Deaggregator, unread: list[str]
) -> Iterator[bytes]:
    since = options.start.get("Timestamp")
    for kinesis_record in reader.records():
        # botocore may ask in whole seconds (1.36.0 does): the first records may be too old
        if since is None or kinesis_record["ApproximateArrivalTimestamp"] >= since:
            yield from _user_records(kinesis_record, form, unread)


def _user_records(
    kinesis_record: Mapping[str, Any], form: Deaggregator, unread: list[str]
) -> Iterator[bytes]:
    """Those in a Kinesis record; where it cannot be read, that is said, and the next one is."""
    try:
        for record in form.read(kinesis_record["Data"]):
            yield record.data
    except CorruptAggregate as error:
        unread.append(kinesis_record["SequenceNumber"])
        say(f"kinesis-producer: Kinesis record {unread[-1]}: {error}")


def _start(word: str) -> Mapping[str, object]:
    """Where to begin, as GetShardIterator takes it."""
    if word in {"trim-horizon", "latest"}:
        return {"ShardIteratorType": word.replace("-", "_").upper()}
    try:
        time = datetime.fromisoformat(word)
        time = (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise argparse.ArgumentTypeError(
            f"{word!r} is neither trim-horizon, latest nor a time like 2026-11-01T12:00:00Z"
        ) from None
    # records are stamped in milliseconds
    time = time.replace(microsecond=time.microsecond // 1000 * 1000)
    return {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": time}
