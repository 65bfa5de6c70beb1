"""GetShardIterator and GetRecords."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kinesis_producer.testing import iterators
from kinesis_producer.testing.iterators import ShardIterator, Start
from kinesis_producer.testing.messages import Parameters, ServiceError
from kinesis_producer.testing.operations.descriptions import written_range
from kinesis_producer.testing.operations.puts import THROTTLED, rate_exceeded
from kinesis_producer.testing.sequence import following

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kinesis_producer.testing.ledger import StoredRecord
    from kinesis_producer.testing.operations.call import Call, Result
    from kinesis_producer.testing.shard import Page, Shard
    from kinesis_producer.testing.stream import Moment, Stream

#: Records on a page, unless fewer are asked for (API reference, GetRecords).
MAX_RECORDS: Final = 10_000


def get_shard_iterator(call: Call) -> Result:
    """GetShardIterator."""
    account = call.account
    with call.stream_in_service() as stream:
        shard = stream.shard(call.parameters["ShardId"])
        now = account.now()
        position = iterators.position(
            shard, stream=stream, start=_start(call.parameters), now=now.wall
        )
        iterator = ShardIterator(
            stream.name, stream.created, shard.shard_id, position, now.monotonic
        )
    return {"ShardIterator": iterator.sealed(account.seal)}


def get_records(call: Call) -> Result:
    """GetRecords: a page from the iterator's position on, and an iterator to what follows.

    A closed shard that is read to its end gives its children instead of an iterator.
    """
    account = call.account
    text = call.parameters["ShardIterator"]
    iterator = iterators.opened(text, seal=account.seal, now=account.now().monotonic)
    name = account.addressed({"StreamName": iterator.stream_name, **call.parameters})
    with call.stream_in_service(name) as stream:
        shard = _shard(stream, iterator=iterator)
        now = account.now()
        page = _page(call, stream=stream, shard=shard, position=iterator.position, now=now)
        children = [] if page.more or shard.is_open else shard.children.copy()
    result: dict[str, object] = {
        "Records": [written_record(record) for record in page.records],
        "MillisBehindLatest": millis_behind(page, now=now),
        "NextShardIterator": None,
    }
    if children:
        result["ChildShards"] = [written_child(child) for child in children]
    else:
        result["NextShardIterator"] = _next(iterator, page=page, now=now).sealed(account.seal)
    return result


def _start(parameters: Parameters) -> Start:
    return Start(
        parameters["ShardIteratorType"],
        parameters.get("StartingSequenceNumber"),
        parameters.get("Timestamp"),
        "GetShardIterator",
    )


def _shard(stream: Stream, *, iterator: ShardIterator) -> Shard:
    if stream.created != iterator.created:
        raise ServiceError(
            "ResourceNotFoundException",
            f"The iterator belongs to an earlier stream {stream.name} under account "
            f"{stream.owner}, which was deleted.",
        )
    return stream.shard(iterator.shard_id)


def _page(call: Call, *, stream: Stream, shard: Shard, position: str, now: Moment) -> Page:
    throttle = call.account.settings.throttle
    if throttle and not shard.read_limit.admit(now=now.monotonic):
        raise ServiceError(THROTTLED, rate_exceeded(stream, shard))
    page = shard.page(position, limit=call.parameters.get("Limit", MAX_RECORDS))
    if throttle:
        shard.read_limit.charge(page.size, now=now.monotonic)
    return page


def _next(iterator: ShardIterator, *, page: Page, now: Moment) -> ShardIterator:
    position = iterator.position
    if page.records:
        position = following(page.records[-1].sequence_number)
    return iterator._replace(position=position, issued=now.monotonic)


def millis_behind(page: Page, *, now: Moment) -> int:
    """Zero says caught up, so whoever is behind is at least one millisecond behind."""
    if not page.more:
        return 0
    return max(1, int((now.wall - page.records[-1].arrived_at) * 1000))


def written_record(record: StoredRecord) -> Mapping[str, object]:
    """A record as the service writes it (service model, Record)."""
    keyed = {} if record.partition_key is None else {"PartitionKey": record.partition_key}
    return {
        "SequenceNumber": record.sequence_number,
        "ApproximateArrivalTimestamp": round(record.arrived_at, 3),
        "Data": record.text,
        **keyed,
    }


def written_child(shard: Shard) -> Mapping[str, object]:
    """A shard as the end of its parent names it (service model, ChildShard)."""
    return {
        "ShardId": shard.shard_id,
        "ParentShards": [parent.shard_id for parent in shard.parents],
        "HashKeyRange": written_range(shard.hash_range),
    }
