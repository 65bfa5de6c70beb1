"""Which owners live, by what this worker has seen on its own clock. No two clocks are compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kinesis_producer.core.leasing.lease import Lease

#: A lease that nobody has changed for so many failover times is taken beyond the share (KCL 3.5.1).
_VERY_OLD: Final = 3


class _Beat(NamedTuple):
    counter: int
    owner: str | None
    since: float
    changed: bool


class Heartbeats:
    """When the counter of each lease was seen to change.

    Between two looks at the table that lie further apart than ``failover_time``, nothing counts as
    having been still: the store may have been away, or this process frozen, and the owners too.

    Args:
        failover_time: seconds.
    """

    def __init__(self, failover_time: float) -> None:
        self._failover_time: Final = failover_time
        self._beats: dict[str, _Beat] = {}
        self._looked_at: float | None = None

    def saw(self, leases: Iterable[Lease], *, at: float) -> None:
        """Take note of all leases, as they were read just now."""
        gap = self._looked_at is not None and at - self._looked_at > self._failover_time
        known = {} if gap else self._beats
        self._beats = {one.shard_id: _beat(one, known.get(one.shard_id), at) for one in leases}
        self._looked_at = at

    def age(self, shard_id: str, *, at: float) -> float:
        """Seconds for which a lease was seen to be still."""
        beat = self._beats.get(shard_id)
        return 0.0 if beat is None else at - beat.since

    def is_expired(self, lease: Lease, *, at: float) -> bool:
        """Whether the owner has not changed a lease for the failover time."""
        return self.age(lease.shard_id, at=at) >= self._failover_time

    def is_very_old(self, lease: Lease, *, at: float) -> bool:
        """Whether everybody seems to have too many to take this one."""
        return self.age(lease.shard_id, at=at) >= _VERY_OLD * self._failover_time

    def is_alive(self, lease: Lease) -> bool:
        """Whether the owner was seen to change it."""
        beat = self._beats.get(lease.shard_id)
        return beat is not None and beat.changed

    def next_expiry(self, leases: Iterable[Lease], *, after: float) -> float:
        """When the next of these would expire that had not then, if it stays as it is."""
        beats = (self._beats[one.shard_id] for one in leases if one.shard_id in self._beats)
        times = (beat.since + self._failover_time for beat in beats)
        return min((time for time in times if time > after), default=float("inf"))


def _beat(lease: Lease, before: _Beat | None, at: float) -> _Beat:
    if before is None or before.owner != lease.owner:
        return _Beat(lease.counter, lease.owner, at, changed=False)
    if before.counter != lease.counter:
        return _Beat(lease.counter, lease.owner, at, changed=True)
    return before
