"""Giving records out: the part of the room that callers see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_producer import log
from kinesis_producer.consumer.clock import now
from kinesis_producer.consumer.room import STRETCH
from kinesis_producer.consumer.unpacking import unpack
from kinesis_producer.errors import BadRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kinesis_producer.consumer.room import Room
    from kinesis_producer.core.positions import Position
    from kinesis_producer.core.reading.reading import Brought, Reading
    from kinesis_producer.deaggregator import Deaggregator
    from kinesis_producer.records import ConsumerRecord


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
        """The next records, so many at the most; none: there is no more, or it is too late.

        To ask says that the records given before are done with. Blocks until there is any.
        """
        records: list[ConsumerRecord] = []
        room = self._room
        with room.lock:
            self._asked_on()
            while not records and self._may_wait():
                reading = room.desk.next_reading(now())
                if reading is None:
                    if self._is_over(deadline):
                        break
                    room.arrived.wait(min(max(0.0, deadline - now()), STRETCH))
                else:
                    self._unpack_or_give(reading, most, records)
        return records

    def take_back(self) -> None:
        """What was given last did not reach the caller: it is given again."""
        with self._room.lock:
            for reading, records, delivered in self._given:
                reading.take_back(records, delivered)
            self._given.clear()

    # with the lock held

    def _asked_on(self) -> None:
        for reading, _, _ in self._given:
            reading.asked_on()
        self._given.clear()
        self._room.urge()

    def _may_wait(self) -> bool:
        room = self._room
        if room.broken is not None:
            raise room.broken
        trouble, room.trouble = room.trouble, None
        if trouble is not None:
            raise trouble
        return not room.stopped

    def _is_over(self, deadline: float) -> bool:
        room = self._room
        if room.worker.is_over or (self._until_caught_up and room.worker.is_caught_up(now())):
            self.ended = True
        return self.ended or now() >= deadline

    def _unpack_or_give(self, reading: Reading, most: int, records: list[ConsumerRecord]) -> None:
        if reading.batch:
            before = reading.delivered
            records += reading.give(most)
            self._given.append((reading, list(records), before))
            if not reading.batch:
                self._room.desk.turn(reading)
            return
        brought = reading.unpack()
        try:
            reading.fill(self._outside(reading, brought))
        except BadRecord as error:
            self._pass(reading, error)
        except BaseException:
            reading.pack(brought)
            raise

    def _pass(self, reading: Reading, error: BadRecord) -> None:
        """Go past what cannot be read: it is met once."""
        reading.passed()
        self._given.append((reading, [], reading.delivered))
        if self._on_bad_record is None:
            raise error

    def _outside(self, reading: Reading, brought: Brought) -> Sequence[ConsumerRecord]:
        """Take a Kinesis record apart without the lock: it may take a while."""
        lock = self._room.lock
        lock.release()
        try:
            return unpack(self._deaggregator, reading, brought)
        except BadRecord as error:
            if self._on_bad_record is not None:
                self._on_bad_record(error)
            raise
        finally:
            lock.acquire()


def skip(error: BadRecord) -> None:
    """Say that a record was left out."""
    log.error("left out: %s", error)
