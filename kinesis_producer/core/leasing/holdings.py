"""The leases that a worker has, and how it writes them: one write at a time to each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from kinesis_producer.core.leasing.lease import is_written, released, renewed, taken
from kinesis_producer.core.leasing.news import Happened, News
from kinesis_producer.core.leasing.requests import AWAY, Find, Put, Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.core.leasing.requests import Steps
    from kinesis_producer.core.positions import Position
    from kinesis_producer.core.reading.desk import Desk

#: A worker stops using a lease this part of the failover time before others could take it, should
#: its clock be slow.
MARGIN: Final = 0.05

#: Attempts at one write. Each that fails takes one more write of this worker that was given up and
#: was done late: there are few. Only another worker of the same name could go on for ever.
_ATTEMPTS: Final = 8


@dataclass(slots=True, eq=False)
class Held:
    """A lease that this worker has.

    Attributes:
        row: as it was last written or read.
        token: its counter when it was taken: greater than that of any earlier owner.
        valid_until: monotonic time until which no other may take it.
        writing: a write is going on, and no other may begin.
        doubtful: a write had no answer, and may have been done.
        asked_at: since when another worker asks for it.
        shared: transactions of the caller's write to it, too; whether they are committed shows only
            in the table.
    """

    row: Lease
    token: int
    valid_until: float
    writing: bool = False
    doubtful: bool = False
    asked_at: float | None = None
    shared: bool = False

    @property
    def shard_id(self) -> str:
        """The shard."""
        return self.row.shard_id


@dataclass(slots=True)
class Holdings:
    """The leases that a worker has, by shard. Its steps are as those of `Worker`.

    Attributes:
        name: the worker's.
        failover_time: seconds after which others take a lease that was not renewed.
        auto: what the caller has asked on after is checkpointed with each renewal.
        desk: where the shards are read.
        leases: all there are; what is written here is put there.
        news: what has happened.
        finished: shards that this worker has finished, each with its token.
    """

    name: str
    failover_time: float
    auto: bool
    desk: Desk
    leases: dict[str, Lease]
    news: News = field(default_factory=News)
    finished: dict[str, int] = field(default_factory=dict)
    _held: dict[str, Held] = field(default_factory=dict)
    _doubtful: set[str] = field(default_factory=set)  # were to be taken, without an answer

    def __iter__(self) -> Iterator[Held]:
        return iter(list(self._held.values()))

    def __contains__(self, shard_id: object) -> bool:
        return shard_id in self._held

    def __len__(self) -> int:
        return len(self._held)

    def get(self, shard_id: str) -> Held | None:
        """The lease, if this worker has it."""
        return self._held.get(shard_id)

    def has(self, held: Held) -> bool:
        """Whether it is had still, and not lost or taken anew meanwhile."""
        return self._held.get(held.shard_id) is held

    # what is dealt with

    def done(self, held: Held) -> Position | None:
        """What is to be checkpointed with the next write, if it is this worker that says so."""
        reading = self.desk.get(held.shard_id)
        return reading.done if self.auto and reading is not None else None

    def is_dealt_with(self, held: Held) -> bool:
        """Whether the caller is done with all that it was given of a shard."""
        reading = self.desk.get(held.shard_id)
        if reading is None or reading.is_dealt_with(held.row.checkpoint):
            return True
        return self.auto and not reading.is_in_hand

    # writing

    def take(self, lease: Lease) -> Steps:
        """Take a lease. It is read once more: its last owner may have checkpointed meanwhile."""
        new, doubtful = taken(lease, by=self.name), lease.shard_id in self._doubtful
        self._doubtful.add(lease.shard_id)
        reply = yield Put(lease, new)
        if reply.value is AWAY:
            return False
        self._doubtful.discard(lease.shard_id)
        if doubtful and not reply.value:
            return False  # if it is had, then since nobody knows when: it is taken once more
        found = yield Find(new.shard_id)
        if found.value is AWAY or not _is_ours(found.value, new):
            return False
        row = found.value
        self.leases[row.shard_id] = row
        self._held[row.shard_id] = Held(row, row.counter, self._valid(reply.asked_at))
        self.news.add(Happened.TAKEN, row.shard_id)
        return True

    def renew(self, held: Held) -> Steps:
        """Show that this worker lives, and checkpoint what is done."""
        return (yield from self.put(held, lambda row: renewed(row, checkpoint=self.done(held))))

    def release(self, held: Held, *, to: str | None) -> Steps:
        """Give a lease to another worker, or to whoever comes first. Nothing more is given out."""
        reading = self.desk.get(held.shard_id)
        if reading is not None:
            reading.stopping = True
        while held.writing:
            yield Wait(held.shard_id)
        change = lambda row: released(row, checkpoint=self.done(held), to=to)  # noqa: E731
        if not self.has(held) or not (yield from self.put(held, change)):
            return False
        self.let_go(held)
        return True

    def put(self, held: Held, change: Callable[[Lease], Lease]) -> Steps:
        """Write a change to a lease; if another has changed it, it is lost.

        A write without an answer may have been done. It shows then as a change of this worker's own
        that it does not know, and the change is made once more, from there. While the lease cannot
        be read, that is not known, and it is valid for no longer than before.
        """
        held.writing = True
        try:
            for _ in range(_ATTEMPTS):
                new, doubtful = change(held.row), held.doubtful
                held.doubtful = True
                reply = yield Put(held.row, new)
                found = reply if reply.value else (yield Find(new.shard_id))
                if found.value is AWAY:
                    return False
                if reply.value or self._was_done(held, found.value, new, doubtful=doubtful):
                    self._wrote(held, new, reply.asked_at)
                    return True
                if not self.has(held):
                    return False
        finally:
            held.writing = False
        return False

    def _was_done(self, held: Held, row: Lease | None, new: Lease, *, doubtful: bool) -> bool:
        """Whether a refused write was done by an attempt of its own that had no answer.

        What an earlier one may have done says nothing of how long the lease is valid from now on.
        """
        if is_written(row, new) and not (doubtful and new.owner == self.name):
            return True
        if row is None or row.owner != self.name or row.counter <= held.row.counter:
            self.lose(held, row)
        else:
            held.row, held.doubtful = row, False
        return False

    def _wrote(self, held: Held, new: Lease, asked_at: float) -> None:
        held.row, held.doubtful = new, False
        self.leases[new.shard_id] = new
        held.valid_until = self._valid(asked_at)
        reading = self.desk.get(held.shard_id)
        if reading is not None and self.has(held):
            reading.valid_until = held.valid_until

    # losing

    def catch_up(self, held: Held) -> Steps:
        """Take note of what others have written to a lease; whether it is had, as far as known."""
        held.writing = True
        try:
            found = yield Find(held.shard_id)
        finally:
            held.writing = False
        if found.value is AWAY:
            return False
        self.compare(held, found.value, at=found.at)
        return self.has(held)

    def compare(self, held: Held, row: Lease | None, *, at: float) -> None:
        """Take note of a lease of this worker, as it was just read."""
        if held.writing or (row is not None and row.counter < held.row.counter):
            return  # it was read before it was written
        if row is None or row.owner != self.name:
            self.lose(held, row)
            return
        held.row = replace(row, checkpoint=max(row.checkpoint, held.row.checkpoint))
        self.leases[row.shard_id] = held.row
        asked = row.wanted_by not in {None, self.name}
        held.asked_at = (held.asked_at or at) if asked else None
        reading = self.desk.get(held.shard_id)
        if reading is not None and reading.stopping and not asked:
            reading.stopping = False
            self.desk.resume(reading)

    def lose(self, held: Held, row: Lease | None) -> None:
        """Another has it; or this worker has finished it, and had no answer."""
        if not self.has(held):
            return
        if row is not None and row.is_finished and row.counter == held.row.counter + 1:
            self.finish(held)
        else:
            self.news.add(Happened.LOST, held.shard_id)
            self.let_go(held)

    def finish(self, held: Held) -> None:
        """It was dealt with to its end."""
        self.finished[held.shard_id] = held.token
        self.news.add(Happened.FINISHED, held.shard_id)
        self.let_go(held)

    def let_go(self, held: Held) -> None:
        """Read its shard no more."""
        if self.has(held):
            del self._held[held.shard_id]
            self.desk.drop(held.shard_id)

    def _valid(self, asked_at: float) -> float:
        return asked_at + self.failover_time * (1 - MARGIN)


def _is_ours(row: Lease | None, new: Lease) -> bool:
    """Whether a lease was taken: by the write, or by an earlier attempt of it."""
    return row is not None and row.owner == new.owner and row.counter == new.counter
