"""What the tests of leasing build with: a table and a service that answer steps, and fail."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from kinesis_producer.core.leasing.choice import KIN
from kinesis_producer.core.leasing.requests import (
    AWAY,
    Create,
    Delete,
    Find,
    ListShards,
    Look,
    Put,
    Reply,
    Wait,
)
from kinesis_producer.core.leasing.worker import Worker, WorkerRules
from kinesis_producer.core.positions import Position
from kinesis_producer.core.reading.desk import Desk
from kinesis_producer.core.reading.pages import GetIterator
from kinesis_producer.core.reading.reader import ReadRules
from kinesis_producer.core.reading.starting import Start
from kinesis_producer.core.shards import Shard
from kinesis_producer.limits import MAX_PAGE_SIZE
from kinesis_producer.stores import StreamId
from kinesis_producer.stores.memory import MemoryStore
from tests.core.reading.building import closed, last_page, page, user_records

if TYPE_CHECKING:
    from collections.abc import Callable

ME, YOU, SHE = (f"{name}{KIN}" for name in ("me", "you", "she"))


class World:
    """One table, one stream, one clock.

    Attributes:
        faults: what becomes of the next requests of a type: "undone" or "done", both unanswered.
        before: is called before a request is answered; something may happen then.
        asked: all requests.
    """

    def __init__(self, *shards):
        self.shards = [Shard(one) if isinstance(one, str) else one for one in shards]
        self.table = MemoryStore().table("app", StreamId(arn="", name="", created=0))
        self.now = 0.0
        self.faults = {}
        self.before: Callable[[Any], object] = lambda request: None
        self.asked = []

    def fail(self, kind, *fates):
        """Have the next requests of this type fail."""
        self.faults.setdefault(kind, deque()).extend(fates)

    def drive(self, steps):
        """Go through all steps; what they come to."""
        reply = None
        while True:
            try:
                request = next(steps) if reply is None else steps.send(reply)
            except StopIteration as end:
                return end.value
            self.asked.append(request)
            assert len(self.asked) < 100_000
            self.before(request)
            reply = Reply(self.answer(request), self.now, self.now)

    def answer(self, request):
        """What the table or the service says."""
        fates = self.faults.get(type(request))
        fate = fates.popleft() if fates else None
        if fate == "undone":
            return AWAY
        value = self.ask(request)
        return value if fate is None else AWAY

    def ask(self, request: Any) -> Any:
        value: Any = None
        match request:
            case Look():
                value = self.table.leases()
            case Find(shard_id):
                value = self.table.lease(shard_id)
            case Put(old, new):
                value = self.table.replace(old, new)
            case Create(lease):
                value = self.table.create(lease)
            case Delete(lease):
                value = self.table.delete(lease)
            case ListShards():
                value = list(self.shards)
            case _:
                assert isinstance(request, Wait)
        return value

    def worker(self, name=ME, start=None, subscribing=False, **rules):
        """A worker on this table."""
        desk = Desk(100 * MAX_PAGE_SIZE)
        return Worker(
            name,
            start or Start(),
            WorkerRules(**rules),
            ReadRules(subscribing=subscribing),
            desk,
        )

    def round(self, *workers, seconds=0.0):
        """Time goes by, then each does a round; what the last came to."""
        self.now += seconds
        done = None
        for worker in workers:
            done = self.drive(worker.round(self.now))
        return done

    def row(self, shard_id):
        return self.table.lease(shard_id)

    def change(self, shard_id, change):
        """Somebody else writes."""
        row = self.row(shard_id)
        assert self.table.replace(row, change(row))

    def owners(self):
        return {one.shard_id: one.owner for one in self.table.leases()}

    def split(self, parent, *children):
        """Close a shard."""
        self.reshard([parent], children)

    def reshard(self, parents, children):
        self.shards = [
            closed(one.shard_id, *one.parents) if one.shard_id in parents else one
            for one in self.shards
        ]
        self.shards += [Shard(child, tuple(parents)) for child in children]

    def children(self, shard_id):
        return [one for one in self.shards if shard_id in one.parents]

    def trim(self, *names):
        self.shards = [one for one in self.shards if one.shard_id not in names]


def read(worker, shard_id, *numbers, ended=False, at=0.0, children=()):
    """Have a shard bring these records, or end with them."""
    reading = worker.desk.get(shard_id)
    call = reading.reader.call(1)
    if isinstance(call, GetIterator):
        reading.reader.opened("it")
        call = reading.reader.call(1)
    made = last_page(*numbers, children=tuple(children)) if ended else page(*numbers)
    worker.desk._reserved += MAX_PAGE_SIZE
    worker.desk.answered(call, reading, made, at=at)
    return reading


def give(reading, *, asked_on=True):
    """Give out all that a shard has brought; the caller is done with it, or not yet."""
    given = []
    while reading.waiting:
        number = reading.unpack().record.sequence_number
        reading.fill(user_records(number))
        if reading.batch:
            given.append(number)
            reading.give(1)
    if asked_on:
        reading.asked_on()
    return given


def finish(world, worker, shard_id, *, children=None):
    """Read a shard to its end, deal with it, and do a round.

    The service tells of the children; an end without any is read twice.
    """
    told = world.children(shard_id) if children is None else children
    give(read(worker, shard_id, ended=True, children=told))
    if not told:
        world.round(worker)
        read(worker, shard_id, ended=True)
    return world.round(worker)


def happened(worker):
    """What happened since the last call."""
    return [(what.name, shard_id) for what, shard_id in worker.held.news.latest()]


def token(worker, shard_id):
    return worker.held.get(shard_id).token


def checkpoint(world, worker, shard_id, number, *, token_of=None):
    """As a caller does it."""
    given = token(worker, shard_id) if token_of is None else token_of
    return world.drive(worker.checkpoint(shard_id, given, Position(number)))
