"""Keeping the lease table in step with the shards of the stream."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kinesis_producer.core.leasing.news import Happened
from kinesis_producer.core.leasing.requests import AWAY, Create, Delete, ListShards
from kinesis_producer.core.reading.shards import Family, is_due, is_outlived
from kinesis_producer.core.reading.starting import child_lease, missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.core.leasing.news import News
    from kinesis_producer.core.leasing.requests import Steps
    from kinesis_producer.core.reading.desk import Desk
    from kinesis_producer.core.reading.starting import Start
    from kinesis_producer.core.shards import Shard


@dataclass(slots=True)
class Syncing:
    """The shards that there are, and the leases that they need. Its steps are as `Worker`'s.

    Attributes:
        start: which shards to read, and where to begin.
        leases: all there are; what is created or deleted here is put there.
        desk: where shards are read.
        news: what has happened.
        every: seconds between two looks at the shards.
    """

    start: Start
    leases: dict[str, Lease]
    desk: Desk
    news: News
    every: float
    family: Family = field(default_factory=lambda: Family(()))
    _last: float | None = None

    def is_due(self, now: float) -> bool:
        """Whether it is time to look at the shards, or a shard could not be found."""
        if self._last is None or now - self._last >= self.every:
            return True
        return any(reading.reader.gone for reading in self.desk)

    def is_closed(self, shard_id: str) -> bool:
        """Whether a shard was listed as one that takes no more records."""
        shard = self.family.get(shard_id)
        return shard is not None and not shard.is_open

    def round(self, now: float) -> Steps:
        """Make the leases that are missing; remove those that nobody needs."""
        reply = yield ListShards()
        if reply.value is AWAY:
            return False
        self.family = Family(reply.value)
        for lease in missing(self.family, self.leases, self.start):
            if not (yield from self._create(lease)):
                return False
        yield from self._clean_up()
        self._end_gone()
        self._last = now
        return True

    def children(
        self, shard_id: str, listed: Sequence[Shard], *, gone: bool
    ) -> Sequence[Shard] | None:
        """The shards that follow one that has ended; ``None`` if it is open, or not listed yet."""
        self.family = Family(listed)
        shard = self.family.get(shard_id)
        if not gone and (shard is None or shard.is_open):
            return None
        return self.family.children(shard_id)

    def knows_parents(self, children: Sequence[Shard]) -> bool:
        """Whether the other parents of merged shards are known, so that none is forgotten."""
        parents = (parent for child in children for parent in child.parents)
        return all(one in self.leases or one in self.family for one in parents)

    def follow(self, children: Sequence[Shard], *, ended: str) -> Steps:
        """Make the leases of children, but of those that a parent still to come will see to."""
        self.family.add(children)
        for child in children:
            if self._is_wanted(child, ended) and not (yield from self._create(child_lease(child))):
                return False
        return True

    def _is_wanted(self, child: Shard, ended: str) -> bool:
        if child.shard_id in self.leases or self.start.chosen is not None:
            return False
        to_come = [one for one in child.parents if self.family.is_to_come(one, self.leases)]
        return is_due(child, self.leases, to_come=to_come, ended=ended)

    def _create(self, lease: Lease) -> Steps:
        reply = yield Create(lease)
        if reply.value is AWAY:
            return False
        if reply.value:
            self.leases[lease.shard_id] = lease
        return True

    def _clean_up(self) -> Steps:
        """One generation at a time: who reads the table meanwhile may see a part of it only.

        Were a shard gone there and its parents not, it would seem to be due.
        """
        listed = {one.shard_id for one in self.family}
        outlived = [one for one in self.leases.values() if is_outlived(one, self.leases, listed)]
        for lease in outlived if self.start.chosen is None else ():
            reply = yield Delete(lease)
            if reply.value is True:
                self.leases.pop(lease.shard_id, None)
        return True

    def _end_gone(self) -> None:
        """Shards that the service knows no more have no more records."""
        for reading in self.desk:
            if reading.reader.gone and reading.shard_id not in self.family:
                reading.reader.end(self.family.children(reading.shard_id))
                self.news.add(Happened.UNREAD, reading.shard_id)
