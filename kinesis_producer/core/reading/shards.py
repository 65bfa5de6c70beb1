"""The shards of a stream as a family: parents are read before their children."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet

    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.core.shards import Shard


class Family:
    """Shards by their ids, as far as they are listed. What is no longer listed was trimmed.

    It goes through them parents first: ids count up.
    """

    def __init__(self, shards: Iterable[Shard]) -> None:
        ordered = sorted(shards, key=lambda one: one.shard_id)
        self._shards = {shard.shard_id: shard for shard in ordered}

    def __contains__(self, shard_id: str) -> bool:
        return shard_id in self._shards

    def __iter__(self) -> Iterator[Shard]:
        return iter(self._shards.values())

    def get(self, shard_id: str) -> Shard | None:
        """The shard, if it is listed."""
        return self._shards.get(shard_id)

    def add(self, shards: Iterable[Shard]) -> None:
        """Get to know more."""
        self._shards.update((shard.shard_id, shard) for shard in shards)

    def children(self, shard_id: str) -> list[Shard]:
        """Those that it was split or merged into."""
        return [shard for shard in self if shard_id in shard.parents]

    def ancestors(self, shard_ids: Iterable[str]) -> set[str]:
        """All that these come from, by however many steps."""
        return _reach(shard_ids, self._parents)

    def descendants(self, shard_ids: Iterable[str]) -> set[str]:
        """All that come from these, by however many steps."""
        children: dict[str, list[str]] = {}
        for shard in self:
            for parent in shard.parents:
                children.setdefault(parent, []).append(shard.shard_id)
        return _reach(shard_ids, lambda one: children.get(one, ()))

    def is_to_come(self, shard_id: str, leases: Mapping[str, Lease]) -> bool:
        """Whether a shard without a lease will have one: some shard that it comes from has."""
        return any(one in leases for one in self.ancestors([shard_id]))

    def _parents(self, shard_id: str) -> Iterable[str]:
        shard = self.get(shard_id)
        return () if shard is None else shard.parents


def _reach(first: Iterable[str], following: Callable[[str], Iterable[str]]) -> set[str]:
    """What is reached by steps from some shards. Each is gone through once."""
    reached: set[str] = set()
    left = list(first)
    while left:
        new = [one for one in following(left.pop()) if one not in reached]
        reached.update(new)
        left += new
    return reached


def is_due(
    shard: Shard, leases: Mapping[str, Lease], *, to_come: Container[str], ended: str | None = None
) -> bool:
    """Whether a shard should get its lease: a parent has ended, and none is still to come.

    Args:
        shard: one without a lease.
        leases: all there are.
        to_come: shards that will have one, of the parents at least.
        ended: a shard that is about to be finished.
    """
    follows = any(
        one == ended or (one in leases and leases[one].is_finished) for one in shard.parents
    )
    return follows and not any(one in to_come and one not in leases for one in shard.parents)


def is_ready(lease: Lease, leases: Mapping[str, Lease]) -> bool:
    """Whether its shard may be read: every parent is finished, or gone."""
    return all(one not in leases or leases[one].is_finished for one in lease.parents)


def is_outlived(lease: Lease, leases: Mapping[str, Lease], listed: AbstractSet[str]) -> bool:
    """Whether the lease of a finished shard is not needed any more.

    It is while a child has not been begun, or a parent is there: from them it would be made anew.
    """
    if not lease.is_finished or any(parent in leases for parent in lease.parents):
        return False
    if not lease.children:
        return lease.shard_id not in listed
    return all(
        one in leases and leases[one].checkpoint.sequence_number >= 0 for one in lease.children
    )
