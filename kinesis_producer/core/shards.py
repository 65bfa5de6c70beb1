"""A shard, as ListShards tells of it: both producer and consumer know the stream by these."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kinesis_producer.core.hash_keys import HashRange

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Shard:
    """What ListShards says of a shard.

    Attributes:
        parents: one after a split, two after a merge; they may be gone.
        is_open: whether it still takes records.
    """

    shard_id: str
    parents: tuple[str, ...] = ()
    hash_range: HashRange | None = None
    is_open: bool = True


def read_shard(told: Mapping[str, Any]) -> Shard:
    """A shard of ListShards, or a child shard of GetRecords, which are open when they are told."""
    named = told.get("ParentShards") or (
        told.get("ParentShardId"),
        told.get("AdjacentParentShardId"),
    )
    numbers = told.get("SequenceNumberRange") or {}
    return Shard(
        told["ShardId"],
        tuple(sorted({name for name in named if name})),
        _read_range(told.get("HashKeyRange")),
        "EndingSequenceNumber" not in numbers,
    )


def _read_range(told: Mapping[str, str] | None) -> HashRange | None:
    if not told:
        return None
    return HashRange(int(told["StartingHashKey"]), int(told["EndingHashKey"]))
