"""SplitShard, MergeShards, UpdateShardCount. The shards change when UPDATING ends.

Each is here twice: as an operation, and as what `LocalKinesis` offers to a program.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from kinesis_producer.core.hash_keys import read_hash_key
from kinesis_producer.testing import resharding
from kinesis_producer.testing.messages import ServiceError
from kinesis_producer.testing.stream import Status, Stream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kinesis_producer.testing.account import Account
    from kinesis_producer.testing.operations.call import Call, Result


def split_shard(call: Call) -> Result:
    """SplitShard."""
    text = call.parameters["NewStartingHashKey"]
    at = read_hash_key(text)
    if at is None:
        raise ServiceError("InvalidArgumentException", f"{text[:50]} is not a hash key.")
    split(call.account, name=_name(call), shard_id=call.parameters["ShardToSplit"], at=at)
    return None


def merge_shards(call: Call) -> Result:
    """MergeShards."""
    merge(
        call.account,
        name=_name(call),
        shard_id=call.parameters["ShardToMerge"],
        adjacent_id=call.parameters["AdjacentShardToMerge"],
    )
    return None


def update_shard_count(call: Call) -> Result:
    """UpdateShardCount: uniform, at most double, at least half."""
    target = call.parameters["TargetShardCount"]
    name = _name(call)
    current = rescale(call.account, name=name, target=target)
    return {
        "StreamName": name,
        "CurrentShardCount": current,
        "TargetShardCount": target,
        "StreamARN": call.account.arn(name),
    }


def split(
    account: Account, *, name: str, shard_id: str, at: int | None = None, delay: float | None = None
) -> None:
    """Split a shard at hash key ``at``, in the middle if None. ``delay`` as in `Account.begin`."""
    with _reshardable(account, name=name) as stream:
        shard = stream.shard(shard_id)
        where = shard.hash_range.middle if at is None else at
        resharding.check_split(stream, shard=shard, at=where)
        account.check_shard_limit(more=1)
        account.begin(
            stream,
            Status.UPDATING,
            lambda now: resharding.split(stream, shard=shard, at=where, now=now),
            delay=delay,
        )


def merge(
    account: Account, *, name: str, shard_id: str, adjacent_id: str, delay: float | None = None
) -> None:
    """Merge a shard with the one that follows it. ``delay`` as in `Account.begin`."""
    with _reshardable(account, name=name) as stream:
        shard, adjacent = stream.shard(shard_id), stream.shard(adjacent_id)
        resharding.check_merge(stream, shard=shard, adjacent=adjacent)
        account.begin(
            stream,
            Status.UPDATING,
            lambda now: resharding.merge(stream, shard=shard, adjacent=adjacent, now=now),
            delay=delay,
        )


def rescale(account: Account, *, name: str, target: int, delay: float | None = None) -> int:
    """Make the open shards ``target`` equal ones; returns how many there were."""
    with _reshardable(account, name=name) as stream:
        current = len(stream.open_shards)
        resharding.check_shard_count(stream, target=target)
        account.check_shard_limit(more=target - current)
        account.begin(
            stream,
            Status.UPDATING,
            lambda now: resharding.rescale(stream, target=target, now=now),
            delay=delay,
        )
    return current


@contextmanager
def _reshardable(account: Account, *, name: str) -> Iterator[Stream]:
    with account.stream(name) as stream:
        stream.require(Status.ACTIVE)
        if stream.mode != "PROVISIONED":
            raise ServiceError(
                "InvalidArgumentException",
                f"Stream {name} is of mode {stream.mode}: the service manages its shards.",
            )
        yield stream


def _name(call: Call) -> str:
    return call.account.addressed(call.parameters)
