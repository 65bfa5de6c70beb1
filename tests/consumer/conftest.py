"""A local Kinesis with a stream, and consumers of it that are gone when the test is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer import KinesisConsumer, KinesisProducer
from tests.conftest import STREAM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kinesis_producer import ConsumerRecord
    from kinesis_producer.testing import LocalKinesis

#: Seconds between two reads of a quiet shard: tests are in a hurry.
IDLE = 0.2

_OWN = {"checkpoints", "dead_letter", "limits", "metrics", "client"}


@pytest.fixture
def consume(kinesis: LocalKinesis, session: Any) -> Iterator[Callable[..., KinesisConsumer]]:
    """Makes consumers of the stream: configuration by key, the rest by its own name."""
    made: list[KinesisConsumer] = []

    def build(**given: Any) -> KinesisConsumer:
        bring = {name: value for name, value in given.items() if name in _OWN}
        config = {name: value for name, value in given.items() if name not in _OWN}
        address = {"stream_name": STREAM, "endpoint_url": kinesis.endpoint_url}
        consumer = KinesisConsumer(
            {**address, "idle_time": IDLE, **config}, session=session, **bring
        )
        made.append(consumer)
        return consumer

    yield build
    kinesis.faults.clear()
    for consumer in made:
        consumer.close(timeout=5.0)


@pytest.fixture
def put(kinesis: LocalKinesis, session: Any) -> Callable[..., None]:
    """Writes lines into the stream, each under the key that ``key`` makes of its number."""

    def write(lines: Sequence[bytes], *, key: Callable[[int], str] = str, **config: Any) -> None:
        address = {"stream_name": STREAM, "endpoint_url": kinesis.endpoint_url}
        with KinesisProducer(
            {**address, "kinesis_concurrency": 1, "buffer_time_limit": 0.02, **config},
            session=session,
        ) as producer:
            for number, line in enumerate(lines):
                producer.send(line, partition_key=key(number))

    return write


def numbered(first: int, last: int) -> list[bytes]:
    """Lines that are numbers."""
    return [b"%d" % number for number in range(first, last)]


def data(records: Sequence[ConsumerRecord]) -> list[bytes]:
    """What was sent, of each."""
    return [record.data for record in records]
