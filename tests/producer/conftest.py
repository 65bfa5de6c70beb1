"""A local Kinesis with a stream, and producers into it that are gone when the test is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer import KinesisProducer
from kinesis_producer.producer import lifecycle
from tests.conftest import STREAM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kinesis_producer.testing import LocalKinesis, RequestLog

Make = "Callable[..., KinesisProducer]"


@pytest.fixture
def make(kinesis: LocalKinesis, session: Any) -> Iterator[Callable[..., KinesisProducer]]:
    """Makes producers into the stream: configuration by key, the rest by its own name."""
    made: list[KinesisProducer] = []

    def build(**given: Any) -> KinesisProducer:
        own = {"client", "on_delivery", "metrics", "serializer"}
        bring = {name: value for name, value in given.items() if name in own}
        config = {name: value for name, value in given.items() if name not in own}
        config = {"stream_name": STREAM, "endpoint_url": kinesis.endpoint_url, **config}
        producer = KinesisProducer(config, session=session, **bring)
        made.append(producer)
        return producer

    yield build
    kinesis.faults.clear()
    for producer in made:
        producer.abort()
    lifecycle._open.clear()  # what was not delivered here is not said when pytest ends


def puts(kinesis: LocalKinesis) -> list[RequestLog]:
    """The requests that senders made, in order of arrival."""
    return [request for request in kinesis.requests if request.operation == "PutRecords"]


def lines(kinesis: LocalKinesis, stream: str = STREAM) -> list[bytes]:
    """All user records in the stream, in the order they were committed."""
    data = b"".join(record.data for record in kinesis.ledger(stream))
    return data.split(b"\n")[:-1]
