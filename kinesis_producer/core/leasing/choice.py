"""Which leases a worker takes, and which it asks others for, so that all have about as many."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from kinesis_producer.core.leasing.heartbeats import Heartbeats
    from kinesis_producer.core.leasing.lease import Lease

#: What the names of workers end with that hand a lease over when it is asked for. From others, such
#: as the KCL's, it is taken without asking, as they do it.
KIN: Final = "/kinesis_producer"


@dataclass(frozen=True, slots=True)
class Choice:
    """What a worker is to do about leases that it does not have.

    Attributes:
        take: nobody has them, or their owner does not live.
        steal: their owner lives, and has too many, and would not hand them over.
        ask: their owner lives, and has too many, and would.
        withdraw: they were asked for, and are not needed any more.
    """

    take: Sequence[Lease] = ()
    steal: Sequence[Lease] = ()
    ask: Sequence[Lease] = ()
    withdraw: Sequence[Lease] = ()


def choose(
    leases: Iterable[Lease],
    *,
    me: str,
    held: Collection[str],
    heartbeats: Heartbeats,
    at: float,
) -> Choice:
    """What to do now.

    Args:
        leases: all there are, as they were just read.
        me: this worker.
        held: shards whose leases it has.
        heartbeats: what it knows of the others.
        at: monotonic time.
    """
    live = [one for one in leases if not one.is_finished]
    free: list[Lease] = []
    taken: list[Lease] = []
    for one in live:
        (free if _is_free(one, me, held, heartbeats, at) else taken).append(one)
    given = [one for one in free if one.owner == me]
    counts = Counter(one.owner for one in taken)
    counts[me] = len(held) + len(given)
    share = -(-len(live) // len(counts))
    old = [one for one in free if heartbeats.is_very_old(one, at=at)]
    others = sorted((one for one in free if one.owner != me), key=lambda one: _rank(me, one))
    few = others[: max(0, share - counts[me])]
    take = [*given, *dict.fromkeys([*few, *old])]
    counts[me] = len(held) + len(take)
    kept, withdraw = _asked(taken, counts, me)
    if free:
        return Choice(take=take, withdraw=withdraw)
    counts[me] += len(kept)
    wishes = _wishes(taken, counts, me)
    kin = [one for one in wishes if (one.owner or "").endswith(KIN)]
    steal = [one for one in wishes if not (one.owner or "").endswith(KIN)]
    return Choice(take=take, ask=kin, steal=steal[:1], withdraw=withdraw)


def _is_free(
    lease: Lease, me: str, held: Collection[str], heartbeats: Heartbeats, at: float
) -> bool:
    """Whether it may be taken: nobody's, its owner is gone, or it was handed to this worker."""
    if lease.shard_id in held:
        return False
    return lease.owner in {None, me} or heartbeats.is_expired(lease, at=at)


def _asked(
    taken: Sequence[Lease], counts: Counter[str | None], me: str
) -> tuple[list[Lease], list[Lease]]:
    """What was asked for: what is needed still, and what is not."""
    asked = [one for one in taken if one.wanted_by == me]
    needed = _from_the_rich([one.owner for one in asked], counts, counts[me])
    kept: list[Lease] = []
    withdraw: list[Lease] = []
    for one in asked:
        (kept if one.owner in needed else withdraw).append(one)
    return kept, withdraw


def _wishes(taken: Sequence[Lease], counts: Counter[str | None], me: str) -> list[Lease]:
    """One lease of each worker that has too many, those with most first."""
    busy = {me, *(one.owner for one in taken if one.wanted_by is not None)}
    owners = [owner for owner, _ in counts.most_common() if owner not in busy]
    first: dict[str | None, Lease] = {}
    for one in sorted(taken, key=lambda one: _rank(me, one)):
        first.setdefault(one.owner, one)
    return [first[owner] for owner in _from_the_rich(owners, counts, counts[me])]


def _from_the_rich(
    owners: Iterable[str | None], counts: Counter[str | None], number: int
) -> list[str | None]:
    """The owners of which one that has so many may have one: it has no more than they then."""
    rich: list[str | None] = []
    for owner in owners:
        if counts[owner] - number - len(rich) >= 2:
            rich.append(owner)
    return rich


def _rank(me: str, lease: Lease) -> int:
    """Each worker prefers others, so that they seldom fight for one."""
    return zlib.crc32(f"{me} {lease.shard_id}".encode())
