"""One process with a consumer in it: its clock, its threads as tasks, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.core.leasing.choice import KIN
from kinesis_producer.core.leasing.requests import AWAY, ListShards, Reply, Wait
from kinesis_producer.core.leasing.worker import Worker
from kinesis_producer.core.reading.desk import Desk
from kinesis_producer.core.reading.pages import GetRecords, Page
from kinesis_producer.core.reading.reader import ReadRules
from kinesis_producer.core.retry import SPREAD
from kinesis_producer.limits import MAX_PAGE_SIZE
from kinesis_producer.records import Failure
from tests.fleet.rules import DRIFT
from tests.fleet.world import Life, Nap, Task

if TYPE_CHECKING:
    from collections.abc import Generator

    from kinesis_producer.core.leasing.requests import Request, Steps
    from kinesis_producer.core.reading.pages import Call
    from kinesis_producer.core.reading.reading import Reading
    from kinesis_producer.core.reading.starting import Start
    from tests.fleet.judge import Judge
    from tests.fleet.service import Service
    from tests.fleet.table import Table
    from tests.fleet.world import Sleep, World

#: Seconds that a thread waits at a stretch.
STRETCH: Final = 0.5


class Process:
    """A worker. Its threads do what those of `kinesis_producer.consumer` do.

    Attributes:
        closing: leases are to be let go; then it ends.
        away: the table gave no answer to the last thing it was asked.
    """

    def __init__(
        self,
        name: str,
        world: World,
        table: Table,
        service: Service,
        judge: Judge,
        start: Start,
    ) -> None:
        dice = world.dice
        self.name: Final = name + KIN
        self.world: Final = world
        self.judge: Final = judge
        self.life: Final = Life()
        self.closing = False
        self._table = table
        self._service = service
        self._rate = 1 + dice.uniform(-DRIFT, DRIFT)
        self._offset = dice.uniform(0.0, 1e6)
        self.desk: Final = Desk(judge.rules.memory)
        reading = ReadRules(page_limit=dice.choice((5, 10_000)), idle_time=dice.choice((0.5, 1.0)))
        self.worker: Final = Worker(self.name, start, judge.rules.worker, reading, self.desk)
        bodies = [self._keep(), *(self._fetch() for _ in range(dice.randint(1, 3)))]
        self.tasks: Final[list[Task]] = [world.spawn(body, self.life) for body in bodies]
        world.say(self.name, "comes")

    def now(self) -> float:
        """By its own clock."""
        return self._offset + self._rate * self.world.now

    def truly(self, local: float) -> float:
        """When its clock shows that."""
        return (local - self._offset) / self._rate

    def wake(self, *what: str) -> None:
        """Those of its tasks that wait for one of these."""
        for task in self.tasks:
            self.world.wake(task, *what)

    def urge(self) -> None:
        """Call the keeper if there is something to do at once."""
        if self.worker.is_urgent(self.now()):
            self.wake("tending")

    def close(self) -> None:
        """Let go of the leases, and end."""
        self.closing = True
        self.wake("tending", "work")

    # the keeper

    def _keep(self) -> Generator[Sleep, None, None]:
        patience = self.worker.rules.interval / 2
        while not self.closing:
            seconds = self.worker.due - self.now()
            if seconds <= 0 or self.worker.is_urgent(self.now()):
                yield from self.drive(self.worker.round(self.now()), patience)
            else:
                yield Nap(self.truly(self.now() + min(seconds, STRETCH)), "tending")
        yield from self.drive(self.worker.close(), patience)
        self.end("leaves")

    def end(self, why: str) -> None:
        """Nothing of it goes on."""
        self.life.ended = True
        self.judge.writes.ended(self.name, why)

    def drive(self, steps: Steps, patience: float) -> Generator[Sleep, None, tuple[bool, bool]]:
        """Go through all steps; what they come to, and whether the table was away in the end."""
        reply: Reply | None = None
        away = False
        while True:
            try:
                request = next(steps) if reply is None else steps.send(reply)
            except StopIteration as end:
                self.wake("arrived", "work", "written")
                return bool(end.value), away
            self.wake("arrived", "work", "written")
            asked_at = self.now()
            value = yield from self._answer(request, patience)
            if not isinstance(request, Wait | ListShards):
                away = value is AWAY
            reply = Reply(value, asked_at, self.now())

    def _answer(self, request: Request, patience: float) -> Generator[Sleep, None, Any]:
        if isinstance(request, ListShards):
            return (yield from self._service.shards())
        if isinstance(request, Wait):
            held = self.worker.held.get(request.shard_id)
            if held is not None and held.writing:
                yield Nap(self.world.now + STRETCH, "written")
            return None
        return (yield from self._table.ask(self.name, request, patience=patience))

    # the fetchers

    def _fetch(self) -> Generator[Sleep, None, None]:
        while not self.closing:
            call = self.desk.next_call(self.now())
            reading = None if call is None else self.desk.get(call.shard_id)
            if call is None or reading is None:
                until = min(self.truly(self.desk.due()), self.world.now + STRETCH)
                yield Nap(until, "work")
                continue
            at = self.now()
            answer = yield from self._service.ask(call)  # type: ignore[arg-type]
            self._came(call, reading, answer, at)

    def _came(self, call: Call, reading: Reading, answer: str | Page | Failure, at: float) -> None:
        """As `Room.opened`, `Room.answered` and `Room.failed`."""
        if isinstance(answer, Failure):
            spread = self.world.dice.uniform(*SPREAD)
            self.desk.failed(call, reading, answer, at=self.now(), spread=spread)
            if reading.reader.gone:
                self.worker.due = min(self.worker.due, self.now())
                self.wake("tending")
        elif isinstance(answer, Page) and isinstance(call, GetRecords):
            self.desk.answered(call, reading, answer, at=at)
            assert self.desk.buffered <= max(self.judge.rules.memory, MAX_PAGE_SIZE)
        else:
            self.desk.opened(call, reading, str(answer))
        self.wake("work", "arrived")
        if reading.reader.has_ended:
            self.urge()
