"""The tables of the KCL, made in advance, with one free lease for each shard.

So it starts within seconds. It would look after 20 s whether a table that it made is there, twice.
And a KCL that finds no leases waits for a random time of 1 to 30 s before it makes them, lest many
workers do so at once.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Seconds until a table must be ACTIVE.
TABLE_TIMEOUT: Final = 30.0

_THROUGHPUT: Final = {"ReadCapacityUnits": 1000, "WriteCapacityUnits": 1000}
_POLL: Final = 0.02


def make_tables(dynamodb: Any, application: str) -> None:
    """Make the tables of the KCL 3, and the index that it needs; they are empty."""
    _create(dynamodb, f"{application}-CoordinatorState", "key")
    _create(dynamodb, f"{application}-WorkerMetricStats", "wid")
    _create(dynamodb, application, "leaseKey", "leaseOwner", GlobalSecondaryIndexes=[_by_owner()])


def add(dynamodb: Any, application: str, shards: Iterable[Mapping[str, Any]]) -> None:
    """Add a lease from TRIM_HORIZON for each shard that ListShards named."""
    for shard in shards:
        dynamodb.put_item(TableName=application, Item=_lease(shard))


def _create(dynamodb: Any, table: str, hash_key: str, *indexed: str, **indexes: Any) -> None:
    names = (hash_key, *indexed)
    dynamodb.create_table(
        TableName=table,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in names],
        KeySchema=[_key(hash_key, "HASH")],
        ProvisionedThroughput=_THROUGHPUT,
        **indexes,
    )
    _settle(dynamodb, table)


def _by_owner() -> dict[str, Any]:
    """The index in which a worker finds the leases that it was given."""
    return {
        "IndexName": "LeaseOwnerToLeaseKeyIndex",
        "KeySchema": [_key("leaseOwner", "HASH"), _key("leaseKey", "RANGE")],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
        "ProvisionedThroughput": _THROUGHPUT,
    }


def _lease(shard: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    hash_keys = shard["HashKeyRange"]
    return {
        "leaseKey": {"S": shard["ShardId"]},
        "leaseCounter": {"N": "0"},
        "ownerSwitchesSinceCheckpoint": {"N": "0"},
        "checkpoint": {"S": "TRIM_HORIZON"},
        "checkpointSubSequenceNumber": {"N": "0"},
        "startingHashKey": {"S": hash_keys["StartingHashKey"]},
        "endingHashKey": {"S": hash_keys["EndingHashKey"]},
    }


def _key(name: str, kind: str) -> dict[str, str]:
    return {"AttributeName": name, "KeyType": kind}


def _settle(dynamodb: Any, table: str) -> None:
    deadline = time.monotonic() + TABLE_TIMEOUT
    while dynamodb.describe_table(TableName=table)["Table"]["TableStatus"] != "ACTIVE":
        if time.monotonic() > deadline:
            raise TimeoutError(f"{table} is not ACTIVE after {TABLE_TIMEOUT} seconds")
        time.sleep(_POLL)
