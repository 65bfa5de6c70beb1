"""Splits and merges: how the open shards of a stream come to cover the hash keys in new pieces.

Every function wants the room's lock. Checks and acts are apart, because the service checks when it
is asked and acts when the stream's UPDATING ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_producer.core.hash_keys import HashRange, uniform_ranges
from kinesis_producer.testing.messages import ServiceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinesis_producer.testing.shard import Shard
    from kinesis_producer.testing.stream import Moment, Stream


def check_split(stream: Stream, *, shard: Shard, at: int) -> None:
    """Refuse a split of a closed shard, or at a hash key that leaves a child too little."""
    _require_open(stream, shard=shard)
    whole = shard.hash_range
    if not whole.first + 1 < at < whole.last:
        raise ServiceError(
            "InvalidArgumentException",
            f"NewStartingHashKey {at} used in SplitShard() on shard {shard.shard_id} in stream "
            f"{stream.name} under account {stream.owner} is not both greater than one plus the "
            f"shard's StartingHashKey {whole.first} and less than the shard's EndingHashKey "
            f"{whole.last}.",
        )


def check_merge(stream: Stream, *, shard: Shard, adjacent: Shard) -> None:
    """Refuse to merge closed shards, or shards of which the second does not follow the first."""
    _require_open(stream, shard=shard)
    _require_open(stream, shard=adjacent)
    if shard.hash_range.last + 1 != adjacent.hash_range.first:
        raise ServiceError(
            "InvalidArgumentException",
            f"Shards {shard.shard_id} and {adjacent.shard_id} in stream {stream.name} under "
            f"account {stream.owner} are not an adjacent pair of shards eligible for merging",
        )


def check_shard_count(stream: Stream, *, target: int) -> None:
    """Refuse more than double or less than half (API reference, UpdateShardCount)."""
    current = len(stream.open_shards)
    if target > 2 * current or 2 * target < current:
        bound = "up over double" if target > current else "down below half"
        raise ServiceError(
            "LimitExceededException",
            f"UpdateShardCount cannot scale {bound} your current open shard count. "
            f"Current open shard count: {current} Target shard count: {target}",
        )


def split(stream: Stream, *, shard: Shard, at: int, now: Moment) -> tuple[Shard, Shard]:
    """Close ``shard``; its children meet at the hash key ``at``, where the second begins."""
    whole = shard.hash_range
    stream.close_shard(shard, now=now)
    left = stream.open_shard(HashRange(whole.first, at - 1), parents=[shard], now=now)
    right = stream.open_shard(HashRange(at, whole.last), parents=[shard], now=now)
    return left, right


def merge(stream: Stream, *, shard: Shard, adjacent: Shard, now: Moment) -> Shard:
    """Close two neighbours; their one child covers the ranges of both."""
    stream.close_shard(shard, now=now)
    stream.close_shard(adjacent, now=now)
    whole = HashRange(shard.hash_range.first, adjacent.hash_range.last)
    return stream.open_shard(whole, parents=[shard, adjacent], now=now)


def rescale(stream: Stream, *, target: int, now: Moment) -> None:
    """Make the open shards ``target`` equal ones.

    First splits at every boundary of the target that lies inside a shard, then merges of what lies
    inside one target range, two by two: each new shard has at most two parents.
    """
    ranges = uniform_ranges(target)
    for boundary in ranges[1:]:
        shard = stream.shard_for(boundary.first)
        if shard.hash_range.first != boundary.first:
            split(stream, shard=shard, at=boundary.first, now=now)
    for wanted in ranges:
        pieces = [shard for shard in stream.open_shards if shard.hash_range.first in wanted]
        _merge_all(stream, pieces=pieces, now=now)


def _merge_all(stream: Stream, *, pieces: Sequence[Shard], now: Moment) -> None:
    whole, *rest = pieces
    for piece in rest:
        whole = merge(stream, shard=whole, adjacent=piece, now=now)


def _require_open(stream: Stream, *, shard: Shard) -> None:
    if not shard.is_open:
        raise ServiceError(
            "InvalidArgumentException",
            f"Shard {shard.shard_id} in stream {stream.name} under account {stream.owner} is "
            "closed: it can be neither split nor merged",
        )
