"""``demo``: real records through a throttled stream and back, and one table of what happened."""

from __future__ import annotations

import time
from collections import Counter
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import boto3.session

from kinesis_producer.cli import samples
from kinesis_producer.cli.feeding import Feeder
from kinesis_producer.cli.options import add_aggregation, at_least, format_of
from kinesis_producer.cli.progress import progress
from kinesis_producer.cli.results import Results, Times
from kinesis_producer.config import ProducerConfig
from kinesis_producer.consumer import KinesisConsumer
from kinesis_producer.consumer_config import CAUGHT_UP
from kinesis_producer.producer import KinesisProducer
from kinesis_producer.testing import LocalKinesis

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Iterator, Mapping

    from kinesis_producer.testing import LedgerRecord

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
        self._kinesis = kinesis
        self._form = form
        self._address: dict[str, Any] = {
            "stream_name": _STREAM,
            "aws_region": "us-east-1",
            "endpoint_url": kinesis.endpoint_url,
        }
        # The local Kinesis wants requests signed, by whomever.
        self._session = boto3.session.Session("local", "local")
        self._sent: Counter[bytes] = Counter()
        self._sizes: Counter[int] = Counter()

    def run(self, records: Iterable[bytes], count: int) -> Results:
        """Send and read back."""
        times = Times()
        config = ProducerConfig(**self._address, **self._form)
        producer = KinesisProducer(config, session=self._session, metrics=times)
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
            written=[kinesis_size(record) for record in self._kinesis.ledger(_STREAM)],
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
        config = {**self._address, **self._form, "until": CAUGHT_UP, "idle_time": 0.2}
        received: Counter[bytes] = Counter()
        with (
            progress("read back", count) as shown,
            KinesisConsumer(config, session=self._session) as consumer,
        ):
            while records := consumer.poll():
                received.update(_digest(record.data) for record in records)
                shown.show(received.total())
        return received


def kinesis_size(record: LedgerRecord) -> int:
    """Bytes of a Kinesis record as the service counts them: data and partition key."""
    return len(record.data) + len((record.partition_key or "").encode())


def _digest(record: bytes) -> bytes:
    return blake2b(record, digest_size=16).digest()
