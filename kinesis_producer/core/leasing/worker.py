"""One worker of a fleet, and the rounds in which it looks after its leases.

Its steps are generators: they yield what is to be asked of the lease table or the service, and are
sent the answers. Between two steps, time passes and others act. Whoever drives them holds a lock
while they run, and none while a request is made.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from kinesis_producer.core.leasing.choice import choose
from kinesis_producer.core.leasing.heartbeats import Heartbeats
from kinesis_producer.core.leasing.holdings import Holdings
from kinesis_producer.core.leasing.lease import renewed, wanted
from kinesis_producer.core.leasing.news import Happened
from kinesis_producer.core.leasing.parting import Parting
from kinesis_producer.core.leasing.requests import AWAY, Look, Put, Wait
from kinesis_producer.core.leasing.syncing import Syncing
from kinesis_producer.core.reading.reader import reader_of
from kinesis_producer.core.reading.reading import Reading
from kinesis_producer.core.reading.shards import is_ready

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinesis_producer.core.leasing.holdings import Held
    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.core.leasing.requests import Steps
    from kinesis_producer.core.positions import Position
    from kinesis_producer.core.reading.desk import Desk
    from kinesis_producer.core.reading.reader import ReadRules
    from kinesis_producer.core.reading.starting import Start

#: Rounds in a failover time (the KCL renews as often).
_ROUNDS: Final = 3

#: Seconds until the next round if one was broken off.
_SOON: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRules:
    """How a worker behaves.

    Attributes:
        failover_time: seconds after which a lease that its owner did not renew is taken.
        handoff_time: seconds for which a lease that another asks for is kept, to let the caller
            checkpoint what it was given.
        auto: what the caller has asked on after is checkpointed; else what it says.
        sync_time: seconds between two looks at the shards of the stream.
    """

    failover_time: float = 10.0
    handoff_time: float = 30.0
    auto: bool = False
    sync_time: float = 60.0

    @property
    def interval(self) -> float:
        """Seconds between two rounds."""
        return min(self.failover_time / _ROUNDS, self.sync_time)


@dataclass(slots=True)
class Worker:
    """See the module. Not thread-safe.

    Args:
        name: no other worker has it.
        start: where to begin without a checkpoint.
        rules: how it behaves.
        reading: how shards are read.
        desk: where they are read.

    Attributes:
        leases: all there are, as they were last read or written.
        held: those that it has.
        settled: the last round found nothing to take, and nothing to wait for.
        due: monotonic time of the next round.
    """

    name: str
    start: Start
    rules: WorkerRules
    reading: ReadRules
    desk: Desk
    leases: dict[str, Lease] = field(default_factory=dict)
    settled: bool = False
    due: float = 0.0
    held: Holdings = field(init=False)
    sync: Syncing = field(init=False)
    _heartbeats: Heartbeats = field(init=False)
    _parting: Parting = field(init=False)
    _broken_off: bool = False

    def __post_init__(self) -> None:
        rules = self.rules
        self.held = Holdings(self.name, rules.failover_time, rules.auto, self.desk, self.leases)
        self.sync = Syncing(self.start, self.leases, self.desk, self.held.news, rules.sync_time)
        self._parting = Parting(self.held, self.sync, self.desk, rules)
        self._heartbeats = Heartbeats(rules.failover_time)

    def is_urgent(self, now: float) -> bool:
        """Whether there is something to be done before the next round is due.

        What could not be done has to wait for it.
        """
        return not (self._broken_off and now < self.due) and self._parting.is_urgent(now)

    @property
    def is_over(self) -> bool:
        """Whether all that is to be read was read to its end."""
        return self.settled and all(one.is_finished for one in self.leases.values())

    def is_caught_up(self, now: float) -> bool:
        """Whether everything was given out that there was, of the shards that this worker has."""
        if not self.settled or self._parting.is_urgent(now):
            return False
        return all(map(self._is_caught_up, self.held))

    # steps

    def round(self, now: float) -> Steps:
        """Renew, look around, pass on, take; whether all of it could be done."""
        self.due = now + min(self.rules.interval, _SOON)
        self.settled, self._broken_off = False, True
        yield from self._renew()
        if not (yield from self._look()):
            return False
        if self.sync.is_due(now) and not (yield from self._sync(now)):
            return False
        passed_on = yield from self._parting.round(now)
        yield from self._take(now)
        self._begin()
        if passed_on:
            self.due = min(now + self.rules.interval, self._next_expiry(now))
            self._broken_off = False
        return passed_on

    def close(self) -> Steps:
        """Let go of every lease, so that others can take it at once."""
        for held in self.held:
            yield from self.held.release(held, to=None)
        return not len(self.held)

    def checkpoint(self, shard_id: str, token: int, position: Position) -> Steps:
        """Write down that everything up to a position was dealt with.

        False: it was not written, because the lease is lost, or because the table was away.
        """
        while (held := self.held.get(shard_id)) is not None and held.writing:
            yield Wait(shard_id)
        if (
            held is None
            or held.token != token
            or (held.shared and not (yield from self.held.catch_up(held)))
        ):
            return self.held.finished.get(shard_id) == token
        if position <= held.row.checkpoint:
            return True
        written = yield from self.held.put(held, lambda row: renewed(row, checkpoint=position))
        reading = self.desk.get(shard_id)
        if written and held.asked_at is not None and reading is not None:
            reading.stopping |= reading.is_dealt_with(position)
        return written

    # parts of a round

    def _renew(self) -> Steps:
        for held in self.held:
            if not held.writing and self.held.has(held):
                yield from self.held.renew(held)
        return True

    def _look(self) -> Steps:
        reply = yield Look()
        if reply.value is AWAY:
            return False
        found: Sequence[Lease] = reply.value
        self._heartbeats.saw(found, at=reply.at)
        rows = {one.shard_id: one for one in found if self.start.reads(one.shard_id)}
        self.leases.clear()
        self.leases.update(rows)
        for held in self.held:
            self.held.compare(held, rows.get(held.shard_id), at=reply.at)
            self._parting.stop_if_asked(held, reply.at)
        self._begin()
        return True

    def _sync(self, now: float) -> Steps:
        return (yield from self.sync.round(now)) and (yield from self._look())

    def _take(self, now: float) -> Steps:
        choice = choose(
            self.leases.values(),
            me=self.name,
            held={held.shard_id for held in self.held},
            heartbeats=self._heartbeats,
            at=now,
        )
        for lease in choice.take:
            expired = lease.owner not in {None, self.name}
            if (yield from self.held.take(lease)) and expired:
                self.held.news.add(Happened.EXPIRED, lease.shard_id)
        for lease in choice.steal:
            yield from self.held.take(lease)
        for lease in choice.ask:
            yield Put(lease, wanted(lease, by=self.name))
        for lease in choice.withdraw:
            yield Put(lease, wanted(lease, by=None))
        wishes = choice.steal or choice.ask
        self.settled = not wishes and all(map(self._heartbeats.is_alive, self._others()))
        return True

    # decisions

    def _begin(self) -> None:
        """Read the shards whose turn has come: after their parents."""
        for held in self.held:
            if self.desk.get(held.shard_id) is None and is_ready(held.row, self.leases):
                self.desk.begin(self._reading(held))

    def _is_caught_up(self, held: Held) -> bool:
        """A shard that is known to be closed is not before its end, where its children begin."""
        reading = self.desk.get(held.shard_id)
        if reading is None:
            return not is_ready(held.row, self.leases)
        ended = reading.has_ended or not self.sync.is_closed(held.shard_id)
        return ended and reading.is_caught_up

    def rewind(self) -> None:
        """Read on from what the caller has asked on after: an interruption broke off what followed.

        What was taken apart for it, or half given out, is not known any more.
        """
        begun = [(held, self.desk.get(held.shard_id)) for held in self.held]
        for held, before in ((held, one) for held, one in begun if one is not None):
            after = self._reading(held, before.done)
            after.owed = after.owed_then = before.owed_then
            after.stopping = before.stopping
            self.desk.replace(before, after)

    def _reading(self, held: Held, done: Position | None = None) -> Reading:
        """What reads a shard from its checkpoint, or from what is done."""
        row = held.row if done is None else replace(held.row, checkpoint=done)
        start = self.start
        return Reading(
            shard_id=held.shard_id,
            reader=reader_of(row, self.reading, since=start.since, made_at=start.made_at),
            token=held.token,
            checkpoint=row.checkpoint,
            hash_range=row.hash_range,
            valid_until=held.valid_until,
            delivered=done,
            done=done,
        )

    def _others(self) -> list[Lease]:
        live = (one for one in self.leases.values() if not one.is_finished)
        return [one for one in live if one.shard_id not in self.held]

    def _next_expiry(self, now: float) -> float:
        """What runs out while a round goes on was not taken in it: the next one comes at once."""
        return self._heartbeats.next_expiry(self._others(), after=now)
