"""The program that uses a consumer: it asks for records, handles them, and checkpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kinesis_producer.core.positions import Position
from kinesis_producer.records import ConsumerRecord
from tests.fleet.process import STRETCH
from tests.fleet.world import Nap

if TYPE_CHECKING:
    from collections.abc import Generator

    from kinesis_producer.core.reading.reading import Brought, Reading
    from tests.fleet.process import Process
    from tests.fleet.world import Sleep

#: Chances, for a batch of records: that an interruption loses it, and that its handler fails.
_INTERRUPTED: Final = 0.01
_FAILED: Final = 0.001


class Caller:
    """One program, on one process.

    Attributes:
        stopped: it asks for nothing more.
        steady: it makes no trouble any more.
    """

    def __init__(self, process: Process) -> None:
        self._process = process
        self._world = process.world
        self._judge = process.judge
        self._rules = process.judge.rules
        self._given: list[tuple[Reading, list[ConsumerRecord], Position | None]] = []
        self._undone: dict[tuple[str, int], Position] = {}
        self._count = 0
        self.stopped = False
        self.steady = False
        process.tasks.append(self._world.spawn(self._run(), process.life))
        if self._rules.elsewhere:
            self._world.spawn(self._elsewhere(), process.life)

    def leave(self, *, at_once: bool) -> None:
        """End the program: when the records in hand are handled, or before."""
        self.stopped = True
        self._process.wake("arrived")
        if at_once or not self._rules.worker.auto:
            self._judge.writes.excuse_all(self._process.name, "left")
        if at_once:
            self._process.close()

    def _run(self) -> Generator[Sleep, None, None]:
        while True:
            records = yield from self._ask(self._world.now + 2.0)
            if self.stopped and not records:
                break
            if self._is_interrupted(records):
                continue
            if self._is_failing(records):
                self.leave(at_once=True)
                return
            yield from self._handle(records)
            yield from self._perhaps_checkpoint(idle=not records)
        self._process.close()

    # asking: as `Giving.ask`

    def _ask(self, deadline: float) -> Generator[Sleep, None, list[ConsumerRecord]]:
        process = self._process
        for given, _, _ in self._given:
            given.asked_on()
        self._given.clear()
        process.urge()
        while not self.stopped and self._world.now < deadline:
            reading = process.desk.next_reading(process.now())
            if reading is None:
                yield Nap(min(deadline, self._world.now + STRETCH), "arrived")
            elif records := (yield from self._gather(reading)):
                return records
        return []

    def _gather(self, reading: Reading) -> Generator[Sleep, None, list[ConsumerRecord]]:
        records: list[ConsumerRecord] = []
        while len(records) < self._rules.most and reading.may_give(self._process.now()):
            if reading.batch:
                records += self._give(reading, self._rules.most - len(records))
            elif not (yield from self._unpack(reading, first=not records)):
                break
        return records

    def _give(self, reading: Reading, most: int) -> list[ConsumerRecord]:
        before = reading.delivered
        records = reading.give(most)
        self._given.append((reading, list(records), before))
        if not reading.batch:
            self._process.desk.turn(reading)
        places = [_position(one) for one in records]
        self._judge.gives(self._process.name, reading.shard_id, places)
        return records

    def _unpack(self, reading: Reading, *, first: bool) -> Generator[Sleep, None, bool]:
        brought = reading.unpack()
        if self._world.dice.random() < 0.2:
            yield self._world.dice.choice((0.0, 0.01, 2.0))
        records = self._read(reading, brought)
        if records:
            reading.fill(records)
        elif first:
            self._pass(reading)
        else:
            reading.pack(brought)
        return bool(records) or first

    def _pass(self, reading: Reading) -> None:
        place, before = Position(reading.number), reading.delivered
        reading.passed()
        self._given.append((reading, [], before))
        self._judge.begins(place)
        self._judge.ends(place)

    def _read(self, reading: Reading, brought: Brought) -> list[ConsumerRecord]:
        number = brought.record.sequence_number
        place = (reading.shard_id, str(number), brought.record.arrived_at, 0, reading.token)
        told = range(len(self._judge.stream.contents[number]))
        return [ConsumerRecord(b"", "k", None, sub, (), *place) for sub in told]

    def _is_interrupted(self, records: list[ConsumerRecord]) -> bool:
        """As Ctrl-C in the last moment: what was given is read anew."""
        if self.steady or not records or self._world.dice.random() >= _INTERRUPTED:
            return False
        for one, given, delivered in reversed(self._given):
            if given:
                last = _position(given[-1])
                self._judge.took_back(self._process.name, one.shard_id, delivered, last)
        self._given.clear()
        self._process.worker.rewind()
        return True

    def _is_failing(self, records: list[ConsumerRecord]) -> bool:
        return bool(records) and not self.steady and self._world.dice.random() < _FAILED

    # handling

    def _handle(self, records: list[ConsumerRecord]) -> Generator[Sleep, None, None]:
        for record in records:
            self._judge.begins(_position(record))
            yield self._seconds()
            self._judge.ends(_position(record))
            self._undone[record.shard_id, record.fencing_token] = _position(record)
            self._count += 1
            if self._rules.every and self._count % self._rules.every == 0:
                yield from self._perhaps_checkpoint(idle=True)

    def _seconds(self) -> float:
        dice, rules = self._world.dice, self._rules
        if not self.steady and dice.random() < rules.slow:
            return dice.uniform(0.5, 2.0) * rules.worker.failover_time
        return dice.random() * rules.pace

    # checkpoints by hand

    def _perhaps_checkpoint(self, *, idle: bool) -> Generator[Sleep, None, None]:
        rules = self._rules
        if not rules.worker.auto and not rules.elsewhere and idle:
            yield from self._checkpoint()

    def _elsewhere(self) -> Generator[Sleep, None, None]:
        while not self._rules.worker.auto:
            yield self._world.dice.choice((0.05, 1.0, 1.0, 5.0, 0.5 if self.steady else 15.0))
            yield from self._checkpoint()

    def _checkpoint(self) -> Generator[Sleep, None, None]:
        """All that was handled and not checkpointed."""
        process = self._process
        todo, self._undone = self._undone, {}
        for (shard_id, token), position in todo.items():
            steps = process.worker.checkpoint(shard_id, token, position)
            written, away = yield from process.drive(steps, 5.0)
            self._judge.writes.answered(process.name, shard_id, position, written=written)
            if not written and away:
                self._undone.setdefault((shard_id, token), position)
            elif not written:
                self._world.say(process.name, f"lost {shard_id}")
                held = process.worker.held.get(shard_id)
                assert held is None or held.token != token, f"{process.name} has {shard_id}"


def _position(record: ConsumerRecord) -> Position:
    return Position(int(record.sequence_number), record.sub_sequence_number)
