"""User records, written into a stream as aggregates of the KPL."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

from aws_kinesis_agg.aggregator import AggRecord

from kinesis_producer.records import Accepted, UserRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: User records of an aggregate.
AGGREGATE_SIZE: Final = 50


def written_records(
    client: Any, stream: str, records: Sequence[UserRecord]
) -> dict[bytes, Accepted]:
    """Where each record was written, by its data: all of them, aggregated by shard."""
    aggregates = list(_aggregates(list_shards(client, stream), records))
    answer = client.put_records(StreamName=stream, Records=[entry(one) for one in aggregates])
    assert answer["FailedRecordCount"] == 0
    return {
        record.data: Accepted(accepted["ShardId"], accepted["SequenceNumber"])
        for aggregate, accepted in zip(aggregates, answer["Records"], strict=True)
        for record in aggregate
    }


def entry(records: Sequence[UserRecord]) -> dict[str, Any]:
    """The Kinesis record that carries an aggregate into the shard of its first user record."""
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


def _aggregates(
    shards: dict[str, range], records: Iterable[UserRecord]
) -> Iterator[Sequence[UserRecord]]:
    for of_shard in _by_shard(shards, records):
        for start in range(0, len(of_shard), AGGREGATE_SIZE):
            yield of_shard[start : start + AGGREGATE_SIZE]


def _by_shard(
    shards: dict[str, range], records: Iterable[UserRecord]
) -> Iterable[list[UserRecord]]:
    found: defaultdict[str, list[UserRecord]] = defaultdict(list)
    for record in records:
        key = hash_key(record)
        shard = next(shard for shard, hash_keys in shards.items() if key in hash_keys)
        found[shard].append(record)
    return found.values()
