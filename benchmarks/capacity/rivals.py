"""Requests whose failed entries go again in the sender they came with: two other policies."""

from __future__ import annotations

import heapq
from collections import deque
from itertools import count
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.capacity.policy import Entry, Request
from benchmarks.capacity.site import SENDERS
from kinesis_producer.core.hash_keys import hash_key
from kinesis_producer.limits import MAX_RECORDS_PER_REQUEST, MIB, RANDOM_KEY_SIZE
from kinesis_producer.records import Accepted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from benchmarks.capacity.book import Book
    from kinesis_producer.core.put_records import Result
    from kinesis_producer.records import Keys


class Lot(NamedTuple):
    """An entry, and since when it is ready."""

    entry: Entry
    since: float


def lot(size: int, keys: Keys, dice: Random, now: float) -> Lot:
    """A new one: its key is random unless given, and stays."""
    if keys.partition_key is None:
        return Lot(Entry(size + RANDOM_KEY_SIZE, dice.getrandbits(128)), now)
    where = hash_key(keys.partition_key, keys.explicit_hash_key)
    return Lot(Entry(size + len(keys.partition_key), where), now)


def exponential(retries: int) -> float:
    """Seconds to the next retry: the ancestor's (``call_and_retry`` of kinesis_producer 0.2.1)."""
    return 0.1 * 2.0**retries


def at_once(retries: int) -> float:
    """No time at all, whichever retry it is."""
    return 0.0 * retries


class InTurn:
    """A `Policy`: a sender keeps a request until each of its entries is through.

    Args:
        book: where deliveries are noted.
        dice: for keys.
        size: of an entry's data.
        memory: bytes that may be pending.
        pause: seconds before so many retries and one; the sender sleeps through it.
        most: entries in one request.
    """

    def __init__(  # noqa: PLR0913 -- each is a fact of its own
        self,
        book: Book,
        dice: Random,
        size: int,
        memory: int,
        *,
        pause: Callable[[int], float],
        most: int = MAX_RECORDS_PER_REQUEST,
    ) -> None:
        self._book = book
        self._dice = dice
        self._size = size
        self._room = memory
        self._pause = pause
        self._most = min(most, 5 * MIB // (size + RANDOM_KEY_SIZE))
        self._queue: deque[Lot] = deque()
        self._asleep: list[tuple[float, int, int, list[Lot]]] = []
        self._numbers = count()
        self._busy = 0

    def offer(self, keys: Keys, now: float) -> bool:
        """Queue an entry, while there is memory."""
        if self._room < self._size:
            return False
        self._room -= self._size
        self._queue.append(lot(self._size, keys, self._dice, now))
        return True

    def due(self) -> float:
        """When a sender wakes; or now, if one has nothing to do."""
        if self._queue and self._busy < SENDERS:
            return float("-inf")
        return self._asleep[0][0] if self._asleep else float("inf")

    def take(self, now: float) -> Request | None:
        """What failed before, of a sender that has slept enough; or what came first."""
        if self._asleep and self._asleep[0][0] <= now:
            _, _, retries, lots = heapq.heappop(self._asleep)
            return self._request(lots, retries)
        if not self._queue or self._busy == SENDERS:
            return None
        self._busy += 1
        most = min(self._most, len(self._queue))
        return self._request([self._queue.popleft() for _ in range(most)], 0)

    def _request(self, lots: list[Lot], retries: int) -> Request:
        entries = [one.entry for one in lots]
        return Request(entries, lambda results, now: self._settle(lots, retries, results, now))

    def _settle(self, lots: list[Lot], retries: int, results: Sequence[Result], now: float) -> None:
        failed = []
        for one, result in zip(lots, results, strict=True):
            if isinstance(result, Accepted):
                self._room += self._size
                self._book.deliver(one.since, now)
            else:
                failed.append(one)
        if failed:
            until = now + self._pause(retries)
            heapq.heappush(self._asleep, (until, next(self._numbers), retries + 1, failed))
        else:
            self._busy -= 1
