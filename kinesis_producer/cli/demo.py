"""``demo``: real records through a throttled stream and back, and one table of what happened."""

from __future__ import annotations

import time
from collections import Counter
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import boto3.session

from kinesis_producer import client
from kinesis_producer.cli import samples
from kinesis_producer.cli.feeding import Feeder
from kinesis_producer.cli.options import GIVE_UP_AFTER, add_aggregation, at_least, format_of
from kinesis_producer.cli.progress import progress
from kinesis_producer.cli.reading import Reader
from kinesis_producer.cli.results import Results, Times
from kinesis_producer.config import ProducerConfig
from kinesis_producer.deaggregator import Deaggregator
from kinesis_producer.producer import KinesisProducer
from kinesis_producer.testing import LocalKinesis

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Mapping

_STREAM: Final = "demo"

#: More than a laptop fills; the service itself has account limits.
_MOST_SHARDS: Final = 1000


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = commands.add_parser(
        "demo", help="send real records through a local, throttled Kinesis, and read them back"
    )
    command.add_argument(
        "--input", metavar="FILE", help="its lines are sent (default: 20,000 flights as JSON)"
    )
    command.add_argument(
        "--records", type=at_least(1), default=200_000, metavar="N", help="how many"
    )
    command.add_argument(
        "--shards",
        type=at_least(1, at_most=_MOST_SHARDS),
        default=2,
        metavar="N",
        help="of the stream",
    )
    add_aggregation(command)
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Send, read back, compare, and print the table; exit code 0 if nothing was lost."""
    records = samples.records(options.input, options.records)
    with LocalKinesis(throttle=True) as kinesis:
        kinesis.create_stream(_STREAM, shards=options.shards)
        results = _Run(kinesis, format_of(options)).run(records, options.records)
    print(results.table())
    return 0 if results.good else 1


class _Run:
    """One run of the demo.

    Args:
        kinesis: where the stream is.
        form: keys of the configuration that say how records lie in a Kinesis record.
    """

    def __init__(self, kinesis: LocalKinesis, form: Mapping[str, Any]) -> None:
        self._config = ProducerConfig(
            stream_name=_STREAM,
            aws_region="us-east-1",
            endpoint_url=kinesis.endpoint_url,
            **form,
        )
        # The local Kinesis wants requests signed, by whomever.
        self._session = boto3.session.Session("local", "local")
        self._sent: Counter[bytes] = Counter()
        self._sizes: Counter[int] = Counter()
        self._written: list[int] = []

    def run(self, records: Iterable[bytes], count: int) -> Results:
        """Send and read back."""
        times = Times()
        producer = KinesisProducer(self._config, session=self._session, metrics=times)
        begun = time.monotonic()
        with progress("send", count) as shown:
            feeder = Feeder(producer, times, shown)
            try:
                feeder.feed(self._noted(records, feeder))
                feeder.finish()
            except KeyboardInterrupt:
                print(feeder.stop())
                raise
        seconds = time.monotonic() - begun
        return Results(
            totals=producer.totals,
            times=times,
            seconds=seconds,
            refused=feeder.refused,
            sent=self._sent,
            sizes=self._sizes,
            received=self._received(count),
            written=self._written,
        )

    def _noted(self, records: Iterable[bytes], feeder: Feeder) -> Iterator[bytes]:
        """Those that were accepted are noted, after they were."""
        for record in records:
            refused = feeder.refused
            yield record
            if feeder.refused == refused:
                self._sent[_digest(record)] += 1
                self._sizes[len(record)] += 1

    def _received(self, count: int) -> Counter[bytes]:
        """What is in the stream, by digest."""
        config = self._config
        form = Deaggregator(aggregation=config.aggregation, compression=config.compression)
        calls = client.calls(self._config, give_up_after=GIVE_UP_AFTER, session=self._session)
        reader = Reader(calls, _STREAM, {"ShardIteratorType": "TRIM_HORIZON"})
        received: Counter[bytes] = Counter()
        with progress("read back", count) as shown:
            for kinesis_record in reader.records(until_caught_up=True):
                self._written.append(kinesis_size(kinesis_record))
                records = form.read(kinesis_record["Data"])
                received.update(_digest(record.data) for record in records)
                shown.show(received.total())
        return received


def kinesis_size(record: Mapping[str, Any]) -> int:
    """Bytes of a Kinesis record as the service counts them: data and partition key."""
    return len(record["Data"]) + len(record["PartitionKey"].encode())


def _digest(record: bytes) -> bytes:
    return blake2b(record, digest_size=16).digest()
