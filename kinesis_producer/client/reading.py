"""Reading calls on one stream: what is asked in the words of the core, and answered in them."""

from __future__ import annotations

from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from kinesis_producer.client.failures import READABLE, failure_of
from kinesis_producer.client.fan_out import FanOut
from kinesis_producer.client.raw_reading import BROKEN, RawReading
from kinesis_producer.client.single_calls import Calls
from kinesis_producer.client.translation import read_children, read_records, starting_position
from kinesis_producer.core.bodies import JSON
from kinesis_producer.core.reading.pages import Page, ReadFailed
from kinesis_producer.core.shards import read_shard

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kinesis_producer.core.reading.pages import Point
    from kinesis_producer.core.shards import Shard


class StreamReader:
    """Calls that read one stream. Any thread; each call blocks until botocore has an answer.

    Args:
        client: a Kinesis client of boto3, its own retries off.
        stream: ``StreamName`` or ``StreamARN``.
        give_up_after: seconds for calls that are retried here: those that list and describe.
        wire_format: of GetRecords, ``"json"`` or ``"cbor"``.
        consumer_name: whose subscriptions `events` reads.
    """

    def __init__(
        self,
        client: Any,
        stream: Mapping[str, str],
        *,
        give_up_after: float,
        wire_format: str = JSON,
        consumer_name: str | None = None,
    ) -> None:
        self._client = client
        self._stream = stream
        self._calls = Calls(client, give_up_after=give_up_after)
        self._pages = RawReading(client, wire_format)
        self._fan_out = (
            None
            if consumer_name is None
            else FanOut(client, self._calls, self.summary, consumer_name)
        )

    # not retried here: their retries are scheduled by the core

    def iterator(self, shard_id: str, point: Point) -> str:
        """GetShardIterator. Raises ReadFailed."""
        answer = self._ask(
            "get_shard_iterator", **self._stream, ShardId=shard_id, **_iterator_type(point)
        )
        iterator = answer.get("ShardIterator")
        if not isinstance(iterator, str) or not iterator:
            raise ReadFailed(BROKEN)
        return iterator

    def page(self, iterator: str, limit: int) -> Page:
        """GetRecords. Raises ReadFailed."""
        answer = self._pages.page(ShardIterator=iterator, Limit=limit, **self._arn())
        return answer if isinstance(answer, Page) else _page(answer)

    # retried

    def shards(self) -> Sequence[Shard]:
        """All shards, closed ones included. Raises CallFailed."""
        return [read_shard(told) for told in self._calls.shards(self._stream)]

    def summary(self) -> Mapping[str, Any]:
        """DescribeStreamSummary. Raises CallFailed."""
        member = "StreamDescriptionSummary"
        answer = self._calls.call("describe_stream_summary", expecting=member, **self._stream)
        described: Mapping[str, Any] = answer[member]
        return described

    def service_time(self) -> float | None:
        """The service's own time, in seconds since the epoch, cut to whole seconds.

        Raises CallFailed. None: its answers do not tell.
        """
        answer = self._calls.call("list_shards", **self._stream, MaxResults=1)
        headers = (answer.get("ResponseMetadata") or {}).get("HTTPHeaders") or {}
        try:
            return parsedate_to_datetime(headers.get("date", "")).timestamp()
        except (TypeError, ValueError):
            return None

    def events(self, shard_id: str, point: Point) -> Iterator[Page]:
        """What a subscription to a shard brings, until it ends. Raises ReadFailed."""
        fan_out = self._fan_out
        assert fan_out is not None  # noqa: S101 -- only who has a consumer subscribes
        return fan_out.events(shard_id, point)

    def close(self) -> None:
        """Close the client's connections."""
        close = getattr(self._client, "close", None)
        if close is not None:
            close()

    def _arn(self) -> Mapping[str, str]:
        return self._stream if "StreamARN" in self._stream else {}

    def _ask(self, operation: str, **arguments: object) -> Mapping[str, Any]:
        try:
            answer: Mapping[str, Any] = getattr(self._client, operation)(**arguments)
        except READABLE as error:
            raise ReadFailed(failure_of(error)) from error
        return answer


def _page(answer: Mapping[str, Any]) -> Page:
    """As botocore reads it."""
    if not isinstance(answer.get("Records"), list):
        raise ReadFailed(BROKEN)  # were it read as a page, the shard would end here
    following = answer.get("NextShardIterator")
    return Page(
        records=read_records(answer["Records"]),
        millis_behind=answer.get("MillisBehindLatest") or 0,
        iterator=following,
        ended=following is None,
        children=read_children(answer),
    )


def _iterator_type(point: Point) -> dict[str, object]:
    told = starting_position(point)
    kind, number = told.pop("Type"), told.pop("SequenceNumber", None)
    numbered = {} if number is None else {"StartingSequenceNumber": number}
    return {"ShardIteratorType": kind, **numbered, **told}
