"""The lease of one shard, and what becomes of it: each change makes the row that is to be written.

Every change but `wanted` counts up ``counter``. It is both the lock (a change is written only if
the counter in the store is still that of the row it was made from) and the heartbeat (others judge
by it whether the owner lives). The rules are those of the KCL (its lease table, version 3.5.1).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from kinesis_producer.core.positions import SHARD_END

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinesis_producer.core.hash_keys import HashRange
    from kinesis_producer.core.positions import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """A row of the lease table.

    Attributes:
        shard_id: the shard.
        checkpoint: up to where it has been dealt with.
        counter: how often the row was changed.
        owner: the worker that reads the shard; ``None``: nobody.
        switches: changes of the owner since the last checkpoint.
        parents: shards to be finished before this one is begun.
        children: shards that follow, once the end of this one was reached.
        hash_range: hash keys of the shard, where they are known.
        since: seconds since the epoch from which the shard is read, where ``checkpoint`` is
            ``LATEST`` or ``AT_TIMESTAMP``.
        wanted_by: a worker with fewer leases that asks the owner for this one.
    """

    shard_id: str
    checkpoint: Position
    counter: int = 0
    owner: str | None = None
    switches: int = 0
    parents: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    hash_range: HashRange | None = None
    since: float | None = None
    wanted_by: str | None = None

    @property
    def is_finished(self) -> bool:
        """Whether the shard has been dealt with to its end."""
        return self.checkpoint == SHARD_END


def taken(lease: Lease, *, by: str) -> Lease:
    """Owned by this worker from now on."""
    switched = lease.owner is not None and lease.owner != by
    return replace(
        lease,
        owner=by,
        counter=lease.counter + 1,
        switches=lease.switches + switched,
        wanted_by=None,
    )


def renewed(lease: Lease, *, checkpoint: Position | None = None) -> Lease:
    """Still owned; perhaps with a later checkpoint. A position never moves back."""
    if checkpoint is None or checkpoint <= lease.checkpoint:
        return replace(lease, counter=lease.counter + 1)
    return replace(lease, counter=lease.counter + 1, checkpoint=checkpoint, switches=0)


def finished(lease: Lease, *, children: Sequence[str]) -> Lease:
    """Dealt with to its end, and nobody's any more."""
    return replace(
        renewed(lease, checkpoint=SHARD_END),
        children=tuple(children),
        owner=None,
        wanted_by=None,
    )


def released(lease: Lease, *, checkpoint: Position | None = None, to: str | None = None) -> Lease:
    """Handed to another worker, or to whoever comes first."""
    return replace(renewed(lease, checkpoint=checkpoint), owner=to, wanted_by=None)


def wanted(lease: Lease, *, by: str | None) -> Lease:
    """Asked for, or no more. The counter stays: the owner's next change must not fail for it."""
    return replace(lease, wanted_by=by)


def reset(lease: Lease, *, to: Position, since: float | None = None) -> Lease:
    """Begun again elsewhere, by whoever comes first: what no worker does, only a person."""
    return replace(
        lease,
        checkpoint=to,
        since=since,
        counter=lease.counter + 1,
        owner=None,
        switches=0,
        wanted_by=None,
    )


def is_written(found: Lease | None, wanted: Lease) -> bool:
    """Whether a row shows that this change was written, though no answer said so.

    A retried write may meet the effect of its first attempt. Nobody else makes the same counter
    with the same owner, since each consumer is a worker with a name of its own.
    """
    return (
        found is not None
        and found.counter == wanted.counter
        and found.owner == wanted.owner
        and found.checkpoint == wanted.checkpoint
    )


def changes(old: Lease, new: Lease) -> dict[str, Any]:
    """What differs in ``new``, by attribute: all that a store has to write."""
    pairs = ((one.name, getattr(old, one.name), getattr(new, one.name)) for one in fields(Lease))
    return {name: after for name, before, after in pairs if before != after}


def merged(found: Lease, old: Lease, new: Lease) -> Lease:
    """What becomes of a row by that: what differs is changed, all else stays as it was found."""
    return replace(found, **changes(old, new))
