"""User records, written into a stream as aggregates of the KPL; those that must not be, by hand."""

from __future__ import annotations

import hashlib
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from aws_kinesis_agg.aggregator import AggRecord

from kinesis_producer import KinesisProducer, UserRecord
from kinesis_producer.core.positions import Position
from kinesis_producer.records import Accepted
from kinesis_producer.stores import StreamId

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    #: User records by their data, with the shard and the position of each.
    Places = dict[bytes, tuple[str, Position]]

#: Seconds until a stream must be ACTIVE, and between two looks at it.
STREAM_TIMEOUT: Final = 30.0
_POLL: Final = 0.02

_KEYS: Final = 20  # so few that each has several records in an aggregate


def written_records(
    client: Any, stream: str, records: Sequence[UserRecord], container_key: str | int
) -> dict[bytes, Accepted]:
    """Where each record was written, by its data."""
    form = {"aggregation": "kpl", "container_key": container_key}
    config = {"stream_name": stream, "buffer_time_limit": 60.0, **form}
    with KinesisProducer(config, client=client) as producer:
        deliveries = [
            (one.data, producer.send(one.data, partition_key=one[1], explicit_hash_key=one[2]))
            for one in records
        ]
    places = {data: delivery.result() for data, delivery in deliveries}
    return {data: Accepted(one.shard_id, one.sequence_number) for data, one in places.items()}


def written_places(client: Any, stream: str, numbers: Iterable[int]) -> Places:
    """Write records with these numbers, under keys of theirs; their places, by their data."""
    sent = [UserRecord(b"%d" % number, f"key {number % _KEYS}") for number in numbers]
    aggregates: defaultdict[Accepted, int] = defaultdict(int)
    places = {}
    for data, accepted in written_records(client, stream, sent, "first").items():
        at = Position(int(accepted.sequence_number), aggregates[accepted])
        places[data] = (accepted.shard_id, at)
        aggregates[accepted] += 1
    return places


def entry(records: Sequence[UserRecord]) -> dict[str, Any]:
    """A Kinesis record that goes where its first user record belongs, wherever the others do."""
    aggregate = AggRecord()
    for record in records:
        aggregate.add_user_record(record.partition_key, record.data, record.explicit_hash_key)
    _, _, data = aggregate.get_contents()
    return {"Data": data, "PartitionKey": "a", "ExplicitHashKey": str(hash_key(records[0]))}


def hash_key(record: UserRecord) -> int:
    """What decides which shard a record belongs to."""
    if record.explicit_hash_key is not None:
        return int(record.explicit_hash_key)
    assert record.partition_key is not None
    digest = hashlib.md5(record.partition_key.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest)


def list_shards(client: Any, stream: str) -> dict[str, range]:
    """The hash keys of each shard."""
    return {
        shard["ShardId"]: range(
            int(shard["HashKeyRange"]["StartingHashKey"]),
            int(shard["HashKeyRange"]["EndingHashKey"]) + 1,
        )
        for shard in client.list_shards(StreamName=stream)["Shards"]
    }


def split(client: Any, stream: str, shard: str) -> None:
    """Split a shard in the middle."""
    keys = list_shards(client, stream)[shard]
    half = str((keys.start + keys.stop) // 2)
    client.split_shard(StreamName=stream, ShardToSplit=shard, NewStartingHashKey=half)
    settle(client, stream)


def merge(client: Any, stream: str, shard: str, adjacent: str) -> None:
    """Merge a shard with the one after it."""
    client.merge_shards(StreamName=stream, ShardToMerge=shard, AdjacentShardToMerge=adjacent)
    settle(client, stream)


def settle(client: Any, stream: str) -> None:
    """Wait until a stream is ACTIVE."""
    deadline = time.monotonic() + STREAM_TIMEOUT
    while _summary(client, stream)["StreamStatus"] != "ACTIVE":
        if time.monotonic() > deadline:
            raise TimeoutError(f"{stream} is not ACTIVE after {STREAM_TIMEOUT} seconds")
        time.sleep(_POLL)


def stream_id(client: Any, stream: str) -> StreamId:
    """Which stream it is."""
    told = _summary(client, stream)
    created = round(told["StreamCreationTimestamp"].timestamp() * 1000)
    return StreamId(arn=told["StreamARN"], name=stream, created=created)


def _summary(client: Any, stream: str) -> dict[str, Any]:
    described: dict[str, Any] = client.describe_stream_summary(StreamName=stream)
    summary: dict[str, Any] = described["StreamDescriptionSummary"]
    return summary
