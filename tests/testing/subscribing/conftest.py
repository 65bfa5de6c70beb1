"""A local Kinesis with a stream that is subscribed to, where no time passes by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import EventStreamError, HTTPClientError
from urllib3.exceptions import ProtocolError

from kinesis_producer.testing import LocalKinesis
from tests.testing.clients import code_of, subscribed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.testing.clock import Clock

SHARD = "shardId-000000000000"
STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/orders"
IN_USE = "ResourceInUseException"
NEVER = 600.0

#: What a reader may meet where the connection breaks.
BROKEN = (HTTPClientError, ProtocolError, ConnectionError)


@pytest.fixture
def kinesis(clock: Clock) -> Iterator[LocalKinesis]:
    """A local Kinesis that pushes no empty event but the first."""
    with LocalKinesis(clock=clock.wall, monotonic=clock.monotonic, event_period=NEVER) as kinesis:
        kinesis.create_stream("orders")
        yield kinesis


@pytest.fixture
def app(kinesis: LocalKinesis) -> str:
    return kinesis.register_consumer("orders", consumer="app")


def put(client: Any, data: bytes, key: str = "k") -> None:
    client.put_record(StreamName="orders", Data=data, PartitionKey=key)


def subscribe(client: Any, arn: str) -> None:
    with subscribed(client, arn, SHARD, "LATEST"):
        pass


def refusal(client: Any, arn: str) -> str:
    return code_of(subscribe, client=client, arn=arn)


def last_words(events: Iterator[Any]) -> tuple[str, str]:
    """Code and message of the exception in which the events end."""
    with pytest.raises(EventStreamError) as caught:
        list(events)
    error: Any = caught.value.response["Error"]
    return error["Code"], error["Message"]
