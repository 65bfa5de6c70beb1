"""Giving records out: the part of the room that callers see.

An interruption (Ctrl-C, or a signal handler that raises) may break off a question anywhere in the
thread of the caller. The answer has reached the caller if ``received`` is that question's number,
which is stored last of all. Else the next question begins with reading anew what was not received.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

from kinesis_producer import log
from kinesis_producer.consumer.clock import now
from kinesis_producer.consumer.room import STRETCH
from kinesis_producer.consumer.unpacking import unpack
from kinesis_producer.errors import BadRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.consumer.room import Room
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

    Attributes:
        number: of the last question.
        received: that of the last question whose answer has reached the caller.
        ended: there is no more.
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
        self._given: list[Reading] = []
        self._asker = 0
        self._broken_off = False
        self.number = 0
        self.received = 0
        self.ended = False

    def ask(self, most: int, deadline: float) -> list[ConsumerRecord]:
        """The next records of one shard, so many at the most; none: no more, or not in time.

        To ask says that the records given before are done with. Blocks until there is any, and not
        for more.
        """
        try:
            return self._answer(most, deadline)
        except BaseException:
            self._broken_off = self.received != self.number  # whoever asks next
            raise

    def ask_for_one(self) -> ConsumerRecord | None:
        """As `ask`, where that would only give the next of what was taken apart: a third as long.

        None: ask. Nothing was said then. Does not block.
        """
        try:
            with self._room.lock:
                reading = self._given[0] if len(self._given) == 1 else None
                if reading is None or not self._goes_on(reading):
                    return None
                self._asker = threading.get_ident()
                reading.asked_on()
                self.number += 1
                return reading.give_one()
        except BaseException:
            self._broken_off = self.received != self.number  # as in `ask`
            raise

    def _answer(self, most: int, deadline: float) -> list[ConsumerRecord]:
        records: list[ConsumerRecord] = []
        with self._room.lock:
            self._asked_on()
        reading: Reading | None = None
        while len(records) < most:
            with self._room.lock:
                reading = self._next(reading if records else None)
                brought = self._give(reading, most, records) if reading is not None else None
            if reading is None:
                if records or self._is_over(deadline):
                    break
                self._room.arrived.wait(min(deadline - now(), STRETCH))
            elif brought is not None and not self._unpack(reading, brought, first=not records):
                break
        return records

    # with the lock held

    def _goes_on(self, reading: Reading) -> bool:
        """Whether nothing but the next record is due, nor will be when it was given."""
        room = self._room
        if self.received != self.number or self._broken_off or room.stopped:
            return False
        if room.trouble is not None or room.broken is not None:
            return False
        return len(reading.batch) > 1 and reading.may_give(now())

    def _asked_on(self) -> None:
        """The keeper is called where that was all of a shard, or of one to be handed over."""
        torn = self.received != self.number and self._asker == threading.get_ident()
        self._asker = threading.get_ident()
        if torn or self._broken_off:
            self._broken_off = False
            self._room.worker.rewind()
            self._given = []
        for reading in self._given:
            reading.asked_on()
        if any(one.has_ended or one.stopping for one in self._given):
            self._room.urge()
        self._room.read_on()
        self._given = []
        self.number += 1

    def _next(self, reading: Reading | None) -> Reading | None:
        """The shard to go on with: the same, or the one whose turn it is."""
        if reading is not None:
            return reading if reading.may_give(now()) else None
        self._raise_trouble()
        return None if self._room.stopped else self._room.desk.next_reading(now())

    def _give(self, reading: Reading, most: int, records: list[ConsumerRecord]) -> Brought | None:
        """Give what was taken apart; if nothing was, what is to be."""
        if not reading.batch:
            return reading.unpack()
        self._given.append(reading)
        records += reading.give(most - len(records))
        if not reading.batch:
            self._room.desk.turn(reading)
        return None

    def _raise_trouble(self) -> None:
        room = self._room
        trouble, room.trouble = room.broken or room.trouble, None
        if trouble is not None:
            self.received = self.number  # nothing was given, so nothing is read anew
            raise trouble

    # without it

    def _is_over(self, deadline: float) -> bool:
        room = self._room
        with room.lock:
            caught_up = self._until_caught_up and room.worker.is_caught_up(now())
            self.ended |= room.worker.is_over or caught_up
            waiting = [one.shard_id for one in room.desk if one.has_ended] if caught_up else []
        if waiting:
            log.warning(
                "%s ended: what follows waits for a checkpoint of all of it", ", ".join(waiting)
            )
        return self.ended or room.stopped or now() >= deadline

    def _unpack(self, reading: Reading, brought: Brought, *, first: bool) -> bool:
        """Take a Kinesis record apart; whether to go on with this question."""
        try:
            found = unpack(self._deaggregator, reading, brought)
        except BadRecord as error:
            if first:
                self._pass(reading, brought, error)
                return True
            self._put_back(reading, brought)  # what comes before it is given first
            return False
        with self._room.lock:
            reading.fill(found)
        return True

    def _pass(self, reading: Reading, brought: Brought, error: BadRecord) -> None:
        """Go past what cannot be read: it is met once."""
        tell = self._on_bad_record
        if tell is not None:
            self._tell(partial(tell, error), reading, brought)
        with self._room.lock:
            self._given.append(reading)
            reading.passed()
        if tell is None:
            self.received = self.number
            raise error

    def _tell(self, tell: Callable[[], object], reading: Reading, brought: Brought) -> None:
        """If that fails, the record is met again."""
        try:
            tell()
        except Exception:
            self._put_back(reading, brought)
            self.received = self.number
            raise

    def _put_back(self, reading: Reading, brought: Brought) -> None:
        with self._room.lock:
            reading.pack(brought)


def skip(error: BadRecord) -> None:
    """Say that a record was left out."""
    log.error("left out: %s", error)
