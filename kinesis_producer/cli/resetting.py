"""What it takes to have an application begin elsewhere: changes of leases, decided and written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from kinesis_producer.consumer_config import STARTS
from kinesis_producer.core.leasing.lease import reset
from kinesis_producer.core.positions import AT_TIMESTAMP, LATEST, Position
from kinesis_producer.core.reading.shards import Family
from kinesis_producer.core.reading.starting import Start

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.core.shards import Shard
    from kinesis_producer.stores import LeaseTable


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One lease as it is (``None``: there is none) and as it is to be."""

    old: Lease | None
    new: Lease

    @property
    def shard_id(self) -> str:
        """The shard."""
        return self.new.shard_id

    def write(self, table: LeaseTable) -> bool:
        """False if the lease was changed meanwhile; then nothing is written."""
        if self.old is None:
            return table.create(self.new)
        return table.replace(self.old, self.new)


def start_at(to: str | datetime | Position, *, now: float) -> Start:
    """Where to begin, by what `starts.where` has read; ``now`` is what latest means."""
    if isinstance(to, datetime):
        return Start(AT_TIMESTAMP, to.timestamp())
    at = STARTS[to] if isinstance(to, str) else to
    return Start(at, now if at == LATEST else None)


def changes(
    leases: Sequence[Lease], shards: Iterable[Shard], start: Start, *, chosen: AbstractSet[str]
) -> list[Change]:
    """What is to be done, parents first.

    The leases of shards that were dealt with are removed after a while. Whoever goes back gets them
    again, as far as the shards are there still, and comes from the leases that there are.

    Args:
        leases: all there are.
        shards: all that are listed.
        start: where to begin.
        chosen: the only shards to reset; none: all.
    """
    there = {one.shard_id: one for one in leases}
    gone = [] if start.at == LATEST else _ancestors(there, shards)
    made = [Change(old=None, new=start.lease(one)) for one in gone]
    to_reset = [Change(old=one, new=_reset(one, start)) for one in leases]
    wanted = [one for one in (*made, *to_reset) if not chosen or one.shard_id in chosen]
    return sorted(wanted, key=lambda one: one.shard_id)


def begun_children(change: Change, leases: Iterable[Lease]) -> list[str]:
    """The children of a shard that was finished, as far as they were begun."""
    return [
        one.shard_id
        for one in leases
        if change.shard_id in one.parents and one.checkpoint.sequence_number >= 0
        if change.old is None or change.old.is_finished
    ]


def living(before: Iterable[Lease], after: Iterable[Lease]) -> list[Lease]:
    """Leases that have an owner and were changed between two looks."""
    counters = {one.shard_id: one.counter for one in before}
    return [
        one
        for one in after
        if one.owner is not None and counters.get(one.shard_id, one.counter) != one.counter
    ]


def _reset(lease: Lease, start: Start) -> Lease:
    since = None if start.at.is_record else start.since
    return reset(lease, to=start.at, since=since)


def _ancestors(leases: Mapping[str, Lease], shards: Iterable[Shard]) -> list[Shard]:
    """Those that are listed and have no lease, of all that leases descend from."""
    family = Family(shards)
    parents = {parent for lease in leases.values() for parent in lease.parents}
    wanted = (parents | family.ancestors(parents)) - set(leases)
    return [one for one in family if one.shard_id in wanted]
