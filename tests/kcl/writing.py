"""User records, written into a stream as aggregates of the KPL; those that must not be, by hand."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from aws_kinesis_agg.aggregator import AggRecord

from kinesis_producer import KinesisProducer, UserRecord
from kinesis_producer.records import Accepted

if TYPE_CHECKING:
    from collections.abc import Sequence


def written_records(
    client: Any, stream: str, records: Sequence[UserRecord], container_key: str | int
) -> dict[bytes, Accepted]:
    """Where each record was written, by its data."""
    form = {"aggregation": "kpl", "container_key": container_key}
    config = {"stream_name": stream, "buffer_time_limit": 5.0, **form}
    with KinesisProducer(config, client=client) as producer:
        deliveries = [
            (one.data, producer.send(one.data, partition_key=one[1], explicit_hash_key=one[2]))
            for one in records
        ]
    places = {data: delivery.result() for data, delivery in deliveries}
    return {data: Accepted(one.shard_id, one.sequence_number) for data, one in places.items()}


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
