"""The policy of Amazon's KPL: a limiter for each shard, above its rate, and no backoff."""

from __future__ import annotations

import heapq
from collections import deque
from itertools import count
from typing import TYPE_CHECKING, Final

from benchmarks.capacity.policy import Request
from benchmarks.capacity.rivals import lot
from benchmarks.capacity.stream import Bucket
from kinesis_producer.limits import KIB, MAX_RECORDS_PER_REQUEST, MIB
from kinesis_producer.records import Accepted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from random import Random

    from benchmarks.capacity.book import Book
    from benchmarks.capacity.policy import Entry
    from benchmarks.capacity.rivals import Lot
    from kinesis_producer.core.put_records import Result
    from kinesis_producer.core.shard_map import ShardMap
    from kinesis_producer.records import Keys

#: Of a shard's rate (KPL 1.0.7, ``RateLimit``), and its bucket's depth in seconds.
RATE: Final = 1.5

#: Seconds until what failed goes again; until what waits is given up (``RecordTtl``); between two
#: looks at the limiters.
AGAIN: Final = 0.05
TTL: Final = 30.0
LOOK: Final = 0.025

#: Bytes for one shard in one request.
BURST: Final = 256 * KIB


class Kpl:
    """A `Policy`.

    Args:
        book: where deliveries are noted.
        dice: for keys.
        size: of an entry's data.
        memory: bytes that may be pending; the KPL itself has no such bound.
        shards: where it takes entries to land.
    """

    def __init__(self, book: Book, dice: Random, size: int, memory: int, shards: ShardMap) -> None:
        self._book = book
        self._dice = dice
        self._size = size
        self._room = memory
        self._shards = shards
        self._lanes: dict[str, deque[Lot]] = {name: deque() for name in shards.ranges}
        self._limiters = {name: Bucket(0.0, RATE, RATE) for name in shards.ranges}
        self._again: list[tuple[float, int, Lot]] = []
        self._numbers = count()
        self._next_look = 0.0
        self._passed: dict[str, deque[Lot]] = {name: deque() for name in shards.ranges}

    def offer(self, keys: Keys, now: float) -> bool:
        """Queue an entry, while there is memory."""
        if self._room < self._size:
            return False
        self._room -= self._size
        one = lot(self._size, keys, self._dice, now)
        self._lanes[self._lane(one.entry)].append(one)
        return True

    def due(self) -> float:
        """When the limiters let something pass, or may do so."""
        if any(self._passed.values()):
            return float("-inf")
        if self._again or any(self._lanes.values()):
            return self._next_look
        return float("inf")

    def take(self, now: float) -> Request | None:
        """What the limiters let pass, as much of it as fits into a request."""
        if now >= self._next_look:
            self._look(now)
        lots: list[Lot] = []
        room = 5 * MIB
        for passed in self._passed.values():
            burst = BURST
            while passed and len(lots) < MAX_RECORDS_PER_REQUEST:
                size = passed[0].entry.size
                if size > burst or size > room:
                    break
                burst, room = burst - size, room - size
                lots.append(passed.popleft())
        return self._request(lots) if lots else None

    def _look(self, now: float) -> None:
        self._next_look = now + LOOK * self._dice.uniform(0.5, 1.5)  # or several would keep step
        while self._again and self._again[0][0] <= now:
            one = heapq.heappop(self._again)[2]
            self._lanes[self._lane(one.entry)].appendleft(one)
        for name, lane in self._lanes.items():
            while lane and now - lane[0].since > TTL:
                lane.popleft()
                self._room += self._size
                self._book.lost += 1
            while lane and self._limiters[name].take(lane[0].entry.size, now):
                self._passed[name].append(lane.popleft())

    def _lane(self, entry: Entry) -> str:
        return self._shards.at(entry.hash_key) or next(iter(self._lanes))

    def _request(self, lots: list[Lot]) -> Request:
        entries = [one.entry for one in lots]
        return Request(entries, lambda results, now: self._settle(lots, results, now))

    def _settle(self, lots: list[Lot], results: Sequence[Result], now: float) -> None:
        for one, result in zip(lots, results, strict=True):
            if isinstance(result, Accepted):
                self._room += self._size
                self._book.deliver(one.since, now)
            else:
                heapq.heappush(self._again, (now + AGAIN, next(self._numbers), one))
