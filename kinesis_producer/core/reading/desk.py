"""All shards that are read here: what is read next, and what is given out next."""

from __future__ import annotations

import heapq
from collections import OrderedDict
from itertools import count
from typing import TYPE_CHECKING, Final

from kinesis_producer.core.reading.pages import GetRecords
from kinesis_producer.core.reading.reading import Memory
from kinesis_producer.limits import MAX_PAGE_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kinesis_producer.core.reading.pages import Call, KinesisRecord, Page
    from kinesis_producer.core.reading.reading import Reading
    from kinesis_producer.records import Failure


class Desk:
    """The shards that are read here, by id. Pure; whoever uses it holds a lock.

    Shards take turns: one Kinesis record is given out of each that has any. A shard is read on when
    its own part of the memory has room, so that none can take it all. One that is due and finds no
    room is put by: until something of its own was given out, or until there is room for any.

    Args:
        memory: bytes that may be read ahead; a page that is being read counts as the largest.
    """

    def __init__(self, memory: int) -> None:
        self._limit: Final = memory
        self._memory: Final = Memory()
        self._readings: dict[str, Reading] = {}
        self._turns: OrderedDict[str, None] = OrderedDict()
        self._due: list[tuple[float, int, str]] = []
        self._order = count()
        self._full: set[str] = set()  # by its own part
        self._waiting: OrderedDict[str, None] = OrderedDict()  # for room for any
        self._reserved = 0

    def __iter__(self) -> Iterator[Reading]:
        return iter(self._readings.values())

    def __len__(self) -> int:
        return len(self._readings)

    def get(self, shard_id: str) -> Reading | None:
        """The shard, if it is read here."""
        return self._readings.get(shard_id)

    def begin(self, reading: Reading) -> None:
        """Read a shard from now on."""
        self._readings[reading.shard_id] = reading
        reading.memory = self._memory
        self._schedule(reading)

    def replace(self, before: Reading, after: Reading) -> None:
        """Read a shard anew. Broken off, it can be done again: the shard is read all the while."""
        after.memory = self._memory
        self._readings[after.shard_id] = after
        self._memory.used = sum(one.buffered for one in self)
        before.memory = Memory()
        before.stopping = True
        self._full.discard(after.shard_id)
        self._schedule(after)

    def drop(self, shard_id: str) -> None:
        """Read it no more, and forget what it brought."""
        reading = self._readings.pop(shard_id, None)
        if reading is not None:
            self._memory.used -= reading.buffered
            reading.memory = Memory()
            # whoever takes a record of it apart just now gives it to nobody
            reading.stopping = True
            self._take_up(shard_id)

    @property
    def buffered(self) -> int:
        """Bytes that were read ahead."""
        return self._memory.used

    # reading

    def due(self) -> float:
        """Monotonic time of the next call; infinity: not before something happens."""
        self._refill()
        self._clean()
        return self._due[0][0] if self._due else float("inf")

    def next_call(self, now: float) -> Call | None:
        """The next call to be made, if one is due. It is answered through the reading."""
        while self.due() <= now:
            reading = self._readings[heapq.heappop(self._due)[2]]
            if not self._put_by(reading):
                call = reading.reader.call(self._share())
                self._reserved += MAX_PAGE_SIZE if isinstance(call, GetRecords) else 0
                return call
        return None

    def opened(self, call: Call, reading: Reading, iterator: str) -> None:
        """GetShardIterator has answered."""
        if self._is_current(call, reading):
            reading.reader.opened(iterator)
            self._schedule(reading)

    def answered(self, call: GetRecords, reading: Reading, page: Page, *, at: float) -> None:
        """GetRecords has answered."""
        self._reserved -= MAX_PAGE_SIZE
        if self._is_current(call, reading):
            records = reading.reader.answered(page, asked=call.limit, at=at)
            self._bring(reading, records)
            self._schedule(reading)

    def pushed(self, call: Call, reading: Reading, page: Page) -> bool:
        """A subscription has an event; whether to go on listening."""
        if not self._is_current(call, reading) or reading.stopping:
            return False
        self._bring(reading, reading.reader.pushed(page))
        return not reading.reader.has_ended

    def unsubscribed(self, call: Call, reading: Reading, *, at: float) -> None:
        """A subscription has ended."""
        if self._is_current(call, reading):
            reading.reader.unsubscribed(at=at)
            self._schedule(reading)

    def failed(
        self, call: Call, reading: Reading, failure: Failure, *, at: float, spread: float
    ) -> bool:
        """A call has failed; whether it is time to tell somebody."""
        if isinstance(call, GetRecords):
            self._reserved -= MAX_PAGE_SIZE
        if not self._is_current(call, reading):
            return False
        telling = reading.reader.failed(failure, at=at, spread=spread)
        self._schedule(reading)
        return telling

    def resume(self, reading: Reading) -> None:
        """Read on a shard whose end turned out to be none."""
        self._schedule(reading)

    def has_room(self, reading: Reading) -> bool:
        """Whether a subscription may bring more."""
        return not self._is_full(reading) and self._has_room()

    # giving out

    def next_reading(self, now: float) -> Reading | None:
        """The shard whose turn it is, among those that have anything to give out."""
        for _ in range(len(self._turns)):
            shard_id = next(iter(self._turns))
            reading = self._readings.get(shard_id)
            if reading is None or not reading.has_more:
                del self._turns[shard_id]
            elif reading.may_give(now):
                return reading
            else:
                self._turns.move_to_end(shard_id)
        return None

    def turn(self, reading: Reading) -> None:
        """It has given out a Kinesis record: the next one's turn."""
        if reading.shard_id in self._turns:
            self._turns.move_to_end(reading.shard_id)

    def _bring(self, reading: Reading, records: Sequence[KinesisRecord]) -> None:
        reading.bring(records)
        if reading.has_more:
            self._turns.setdefault(reading.shard_id)

    def _is_current(self, call: Call, reading: Reading) -> bool:
        return self._readings.get(call.shard_id) is reading

    def _schedule(self, reading: Reading) -> bool:
        """Have the next call made when it is time; whether there is one."""
        reader = reading.reader
        self._take_up(reading.shard_id)
        if reader.has_ended or reading.stopping:
            return False
        heapq.heappush(self._due, (reader.not_before, next(self._order), reading.shard_id))
        return True

    def _clean(self) -> None:
        """Forget calls of shards that are read no more, or that are being made."""
        while self._due:
            reading = self._readings.get(self._due[0][2])
            if reading is not None and self._is_wanted(reading, self._due[0][0]):
                return
            heapq.heappop(self._due)

    def _is_wanted(self, reading: Reading, at: float) -> bool:
        reader = reading.reader
        return not (reader.in_flight or reader.has_ended or reading.stopping) and (
            reader.not_before == at
        )

    # room

    def _put_by(self, reading: Reading) -> bool:
        """Whether there is no room for what a shard would bring: then it is not due any more."""
        if reading.reader.iterator is None and not reading.reader.rules.subscribing:
            return False  # an iterator takes none
        if self._is_full(reading):
            self._full.add(reading.shard_id)
        elif not self._has_room():
            self._waiting[reading.shard_id] = None
        else:
            return False
        return True

    def _refill(self) -> None:
        """Shards that have given something out are due again, and one that waits for room.

        Not all that wait, since the first to be read may take what room there is.
        """
        for shard_id in self._memory.take_freed():
            if shard_id in self._full:
                self._schedule(self._readings[shard_id])
        while self._waiting and self._has_room():
            if self._schedule(self._readings[next(iter(self._waiting))]):
                return

    def _take_up(self, shard_id: str) -> None:
        self._full.discard(shard_id)
        self._waiting.pop(shard_id, None)

    def _is_full(self, reading: Reading) -> bool:
        return 0 < reading.buffered >= self._share()

    def _has_room(self) -> bool:
        used = self._memory.used + self._reserved
        return not used or used + MAX_PAGE_SIZE <= self._limit

    def _share(self) -> int:
        return max(1, self._limit // max(1, len(self._readings)))
