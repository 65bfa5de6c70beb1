"""Enhanced fan-out: a registered consumer, and the subscriptions that it has."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Final

from botocore.eventstream import ParserError
from urllib3.exceptions import HTTPError

from kinesis_producer.client.failures import READABLE, failure_of
from kinesis_producer.client.translation import read_children, read_records, starting_position
from kinesis_producer.core.reading.pages import Page, ReadFailed
from kinesis_producer.errors import CallFailed
from kinesis_producer.records import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kinesis_producer.client.single_calls import Calls
    from kinesis_producer.core.reading.pages import Point

#: Seconds until a consumer that was registered must be ACTIVE, and between two looks.
_ACTIVE_WITHIN: Final = 60.0
_POLL: Final = 0.5

#: What reading an event stream raises: botocore's own, and what it lets through.
_BROKEN: Final = (*READABLE, HTTPError, ParserError)


class FanOut:
    """Subscriptions of one consumer. Any thread.

    Args:
        client: a Kinesis client of boto3.
        calls: single calls with it.
        summary: describes the stream.
        name: of the consumer, which is registered if it is not.
    """

    def __init__(
        self, client: Any, calls: Calls, summary: Callable[[], Mapping[str, Any]], name: str
    ) -> None:
        self._client = client
        self._calls = calls
        self._summary = summary
        self._name = name
        self._finding = threading.Lock()
        self._arn: str | None = None

    def events(self, shard_id: str, point: Point) -> Iterator[Page]:
        """What a subscription brings, until it ends: after five minutes, or with the shard.

        Raises:
            ReadFailed: it could not be had, or broke.
        """
        stream = None
        try:
            answer = self._client.subscribe_to_shard(
                ConsumerARN=self._consumer(),
                ShardId=shard_id,
                StartingPosition=starting_position(point),
            )
            stream = answer["EventStream"]
            for event in stream:
                if "SubscribeToShardEvent" in event:
                    yield _page(event["SubscribeToShardEvent"])
        except CallFailed as error:
            raise ReadFailed(Failure(error.code, str(error))) from error
        except _BROKEN as error:
            raise ReadFailed(failure_of(error)) from error
        finally:
            if stream is not None:
                stream.close()

    def _consumer(self) -> str:
        """The ARN of the consumer, once it is ACTIVE."""
        with self._finding:
            if self._arn is None:
                self._arn = self._find()
            return self._arn

    def _find(self) -> str:
        stream = str(self._summary()["StreamARN"])
        deadline = time.monotonic() + _ACTIVE_WITHIN
        while time.monotonic() < deadline:
            found = self._describe(stream) or self._register(stream)
            if found is not None and found["ConsumerStatus"] == "ACTIVE":
                return str(found["ConsumerARN"])
            time.sleep(_POLL)
        raise CallFailed(f"consumer {self._name} is not ACTIVE", code="ResourceInUseException")

    def _describe(self, stream: str) -> Mapping[str, Any] | None:
        try:
            answer = self._calls.call(
                "describe_stream_consumer",
                expecting="ConsumerDescription",
                StreamARN=stream,
                ConsumerName=self._name,
            )
        except CallFailed as error:
            if error.code != "ResourceNotFoundException":
                raise
            return None
        described: Mapping[str, Any] = answer["ConsumerDescription"]
        return described

    def _register(self, stream: str) -> Mapping[str, Any] | None:
        """Nothing: another worker did, just now."""
        try:
            answer = self._client.register_stream_consumer(
                StreamARN=stream, ConsumerName=self._name
            )
        except READABLE as error:
            failure = failure_of(error)
            if failure.code == "ResourceInUseException":
                return None
            raise CallFailed(f"{failure.code}: {failure.message}", code=failure.code) from error
        registered: Mapping[str, Any] = answer["Consumer"]
        return registered


def _page(event: Mapping[str, Any]) -> Page:
    continues_at = event.get("ContinuationSequenceNumber")
    children = read_children(event)
    return Page(
        records=read_records(event.get("Records") or ()),
        millis_behind=event.get("MillisBehindLatest") or 0,
        ended=continues_at is None or bool(children),
        children=children,
        continues_at=None if continues_at is None else int(continues_at),
    )
