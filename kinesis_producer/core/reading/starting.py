"""Where to begin a shard that has no checkpoint, and which leases a stream needs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kinesis_producer.core.leasing.lease import Lease
from kinesis_producer.core.positions import LATEST, TRIM_HORIZON, Position
from kinesis_producer.core.reading.shards import is_due

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Set as AbstractSet

    from kinesis_producer.core.reading.shards import Family
    from kinesis_producer.core.shards import Shard


@dataclass(frozen=True, slots=True)
class Start:
    """Where to begin.

    Attributes:
        at: ``TRIM_HORIZON``, ``LATEST`` or ``AT_TIMESTAMP``.
        since: seconds since the epoch, for the last two: when the consumer came, or the time that
            was asked for.
        positions: of single shards, each that of the last record that is not wanted any more.
        chosen: the only shards to read; ``None``: all.
        made_at: when the consumer was made, in seconds since the epoch.
    """

    at: Position = TRIM_HORIZON
    since: float | None = None
    positions: Mapping[str, Position] = field(default_factory=dict)
    chosen: AbstractSet[str] | None = None
    made_at: float | None = None

    def reads(self, shard_id: str) -> bool:
        """Whether a shard is to be read at all."""
        return self.chosen is None or shard_id in self.chosen

    def lease(self, shard: Shard) -> Lease:
        """That of a shard that was there from the first."""
        at = self.positions.get(shard.shard_id, self.at)
        return _lease(shard, at, None if at in {TRIM_HORIZON} or at.is_record else self.since)


def missing(family: Family, leases: Mapping[str, Lease], start: Start) -> list[Lease]:
    """The leases that a stream needs and does not have, those of parents first.

    Args:
        family: all shards that are listed.
        leases: all there are; those of this stream only.
        start: where to begin.
    """
    lacking = [one for one in family if one.shard_id not in leases and start.reads(one.shard_id)]
    if not leases or start.chosen is not None:
        return [start.lease(one) for one in lacking if _is_first(one, start)]
    later = family.descendants(leases)
    before = family.ancestors(leases).union(*(one.parents for one in leases.values()))
    kin = later | before | family.ancestors(before)
    lost = [
        _again(one, leases, start)
        for one in lacking
        if one.shard_id not in kin and not _is_covered(one, leases)
    ]
    due = [child_lease(one) for one in lacking if is_due(one, leases, to_come=later)]
    return [*(one for one in lost if one is not None), *due]


def child_lease(shard: Shard) -> Lease:
    """That of a shard that came by resharding: it is read from its beginning, always."""
    return _lease(shard, TRIM_HORIZON, None)


def _is_first(shard: Shard, start: Start) -> bool:
    """Whether it is among those to begin with.

    Where only what is new is wanted, a closed shard may have some that came before it was closed:
    after the time that is the beginning, if there is one.
    """
    return start.since is not None or _may_have_news(shard, start)


def _may_have_news(shard: Shard, start: Start) -> bool:
    return start.at != LATEST or shard.is_open or shard.shard_id in start.positions


def _is_covered(shard: Shard, leases: Mapping[str, Lease]) -> bool:
    """Whether a shard that is being read has some of its keys.

    Then it is not lost, but its lease was removed in the end: the list of shards may be older than
    the leases, and show neither that it is closed nor what follows it.
    """
    ranges = (lease.hash_range for lease in leases.values() if not lease.is_finished)
    mine = shard.hash_range
    return mine is not None and any(
        one is not None and one.first <= mine.last and mine.first <= one.last for one in ranges
    )


def _again(shard: Shard, leases: Mapping[str, Lease], start: Start) -> Lease | None:
    """That of a shard whose lease was not made when the others were, or was removed.

    Begun when they were, or else from its beginning: rather twice than never.
    """
    if start.at == TRIM_HORIZON or shard.shard_id in start.positions:
        return start.lease(shard)
    times = [one.since for one in leases.values() if one.since is not None]
    if times:
        return _lease(shard, start.at, min(times))
    return child_lease(shard) if _may_have_news(shard, start) else None


def _lease(shard: Shard, at: Position, since: float | None) -> Lease:
    return Lease(
        shard_id=shard.shard_id,
        checkpoint=at,
        parents=shard.parents,
        hash_range=shard.hash_range,
        since=since,
    )
