"""Giving records out: the part of the room that callers see."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar

from kinesis_producer import log
from kinesis_producer.consumer.clock import now
from kinesis_producer.consumer.room import STRETCH
from kinesis_producer.consumer.unpacking import unpack
from kinesis_producer.errors import BadRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.consumer.room import Room
    from kinesis_producer.core.positions import Position
    from kinesis_producer.core.reading.reading import Brought, Reading
    from kinesis_producer.deaggregator import Deaggregator
    from kinesis_producer.records import ConsumerRecord

T = TypeVar("T")


class Giving:
    """What callers are given. One caller at a time.

    Args:
        room: where it comes from.
        deaggregator: reads Kinesis records.
        on_bad_record: is told of one that cannot be read; it may raise.
        until_caught_up: end when everything was given out that there is.
    """

    def __init__(
        self,
        room: Room,
        deaggregator: Deaggregator,
        *,
        on_bad_record: Callable[[BadRecord], object] | None,
        until_caught_up: bool,
    ) -> None:
        self._room = room
        self._deaggregator = deaggregator
        self._on_bad_record = on_bad_record
        self._until_caught_up = until_caught_up
        self._given: list[tuple[Reading, list[ConsumerRecord], Position | None]] = []
        self.ended = False

    def ask(self, most: int, deadline: float) -> list[ConsumerRecord]:
        """The next records of one shard, so many at the most; none: no more, or not in time.

        To ask says that the records given before are done with. Blocks until there is any, and not
        for more.
        """
        records: list[ConsumerRecord] = []
        with self._room.lock:
            self._asked_on()
            while not records:
                reading = self._wait_for_any(deadline)
                if reading is None:
                    break
                self._gather(reading, most, records)
        return records

    def take_back(self) -> None:
        """What was given last did not reach the caller: it is given again."""
        with self._room.lock:
            for reading, records, delivered in reversed(self._given):
                reading.take_back(records, delivered)
            self._given.clear()

    # with the lock held

    def _asked_on(self) -> None:
        """The keeper is called where that was all of a shard, or of one to be handed over."""
        over = False
        for reading, _, _ in self._given:
            reading.asked_on()
            over |= reading.has_ended or reading.stopping
        if self._given:
            self._room.read_on()
        self._given.clear()
        if over:
            self._room.urge()

    def _may_wait(self) -> bool:
        room = self._room
        if room.broken is not None:
            raise room.broken
        trouble, room.trouble = room.trouble, None
        if trouble is not None:
            raise trouble
        return not room.stopped

    def _wait_for_any(self, deadline: float) -> Reading | None:
        """The shard whose turn it is; nothing: there is no more, or it is too late."""
        room = self._room
        while self._may_wait():
            reading = room.desk.next_reading(now())
            if reading is not None or self._is_over(deadline):
                return reading
            room.arrived.wait(min(max(0.0, deadline - now()), STRETCH))
        return None

    def _is_over(self, deadline: float) -> bool:
        room = self._room
        if room.worker.is_over or (self._until_caught_up and room.worker.is_caught_up(now())):
            self.ended = True
        return self.ended or now() >= deadline

    def _gather(self, reading: Reading, most: int, records: list[ConsumerRecord]) -> None:
        """What there is of a shard, so many at the most."""
        while len(records) < most and reading.may_give(now()):
            if not self._unpack_or_give(reading, most, records):
                return

    def _unpack_or_give(self, reading: Reading, most: int, records: list[ConsumerRecord]) -> bool:
        """Whether there may be more of this shard for this question."""
        if reading.batch:
            before = reading.delivered
            given = reading.give(most - len(records))
            self._given.append((reading, given, before))
            records += given
            if not reading.batch:
                self._room.desk.turn(reading)
            return True
        brought = reading.unpack()
        try:
            reading.fill(self._outside(partial(unpack, self._deaggregator, reading, brought)))
        except BadRecord as error:
            if not records:
                return self._pass(reading, brought, error)
            reading.pack(brought)  # what comes before it is given first
            return False
        except BaseException:
            reading.pack(brought)
            raise
        return True

    def _pass(self, reading: Reading, brought: Brought, error: BadRecord) -> bool:
        """Go past what cannot be read: it is met once."""
        before = reading.delivered
        tell = self._on_bad_record
        if tell is not None:
            try:
                self._outside(partial(tell, error))
            except BaseException:
                reading.pack(brought)
                raise
        reading.passed()
        self._given.append((reading, [], before))
        if tell is None:
            raise error
        return True

    def _outside(self, act: Callable[[], T]) -> T:
        """Do something without the lock: it may take a while."""
        lock = self._room.lock
        lock.release()
        try:
            return act()
        finally:
            lock.acquire()


def skip(error: BadRecord) -> None:
    """Say that a record was left out."""
    log.error("left out: %s", error)
