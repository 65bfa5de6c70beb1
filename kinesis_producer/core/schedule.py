"""Closed aggregates: which may go now, which wait for a time, and in what order."""

from __future__ import annotations

import heapq
from collections import deque
from typing import TYPE_CHECKING, Generic

from kinesis_producer.core.aggregate import Aggregate, H, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kinesis_producer.core.put_records import RequestLimits

_NEVER = float("inf")
_NOW = float("-inf")


class Schedule(Generic[H]):
    """First retries that are due, then what closed first.

    An aggregate that was settled meanwhile is passed over when its turn comes.

    Args:
        limits: what fits into one request.
        linger: how long a closed aggregate may wait for a full request; 0 except where every
            record is an aggregate of its own.
        ordered: one aggregate at a time, retries before successors.
    """

    def __init__(self, limits: RequestLimits, *, linger: float, ordered: bool) -> None:
        self._limits = limits
        self._linger = 0.0 if ordered else linger
        self._ordered = ordered
        self._ready: deque[Aggregate[H]] = deque()
        self._ready_size = 0
        self._hurried = 0
        self._again: list[tuple[int, Aggregate[H]]] = []
        self._waiting: list[tuple[float, int, Aggregate[H]]] = []
        self._halves: deque[Sequence[Aggregate[H]]] = deque()

    def __bool__(self) -> bool:
        """Whether anything closed is here."""
        return bool(self._ready or self._again or self._waiting or self._halves)

    @property
    def full(self) -> bool:
        """Whether what is ready fills a request."""
        if self._ordered:
            return bool(self._ready or self._again or self._waiting)
        return len(self._ready) >= self._limits.count or self._ready_size >= self._limits.size

    def add(self, aggregate: Aggregate[H]) -> None:
        """It has just closed."""
        self._ready.append(aggregate)
        self._ready_size += aggregate.wire_size

    def hurry(self) -> None:
        """What is ready now goes without waiting for a full request."""
        if self._ready:
            self._hurried = self._ready[-1].number

    def retry(self, aggregate: Aggregate[H], not_before: float) -> None:
        """It goes again, not before that time."""
        heapq.heappush(self._waiting, (not_before, aggregate.number, aggregate))

    def bisect(self, aggregates: Sequence[Aggregate[H]]) -> None:
        """Send the two halves as requests of their own, next."""
        middle = (len(aggregates) + 1) // 2
        self._halves.extend(half for half in (aggregates[:middle], aggregates[middle:]) if half)

    def due(self) -> float:
        """When something may go: minus infinity for now, infinity if nothing is here."""
        self._forget_settled()
        if self._halves or self._again:
            return _NOW
        waiting = self._waiting[0][0] if self._waiting else _NEVER
        if self._ordered and self._waiting:
            return waiting
        return min(waiting, self._ready_at())

    def take(self, now: float, spend: Callable[[int], bool]) -> list[Aggregate[H]]:
        """What fits into one request, leaving it for good; empty if nothing may go yet.

        Args:
            now: monotonic time.
            spend: accounts for the bytes of an entry, and says whether another may go with it.
        """
        if self._halves:
            return list(filter(_waits, self._halves.popleft()))
        while self._waiting and self._waiting[0][0] <= now:
            _, number, aggregate = heapq.heappop(self._waiting)
            heapq.heappush(self._again, (number, aggregate))
        return self._pack(spend) if self.due() <= now else []

    def rebuild(self, aggregates: Iterable[Aggregate[H]]) -> None:
        """Find what an interruption left in no queue, and have it go as if it had just closed."""
        here = {one.number for one in self._ready}
        here |= {number for number, _ in self._again}
        here |= {number for _, number, _ in self._waiting}
        here |= {one.number for half in self._halves for one in half}
        for aggregate in aggregates:
            if aggregate.state is State.CLOSED and aggregate.number not in here:
                self.add(aggregate)

    def _forget_settled(self) -> None:
        while self._halves and not any(map(_waits, self._halves[0])):
            self._halves.popleft()
        while self._waiting and not _waits(self._waiting[0][2]):
            heapq.heappop(self._waiting)
        while self._ready and not _waits(self._ready[0]):
            self._ready_size -= self._ready.popleft().wire_size

    def _ready_at(self) -> float:
        if not self._ready:
            return _NEVER
        oldest = self._ready[0]
        if not self._linger or self.full or oldest.number <= self._hurried:
            return _NOW
        return oldest.opened_at + self._linger

    def _pack(self, spend: Callable[[int], bool]) -> list[Aggregate[H]]:
        batch: list[Aggregate[H]] = []
        room = self._limits.size
        most = 1 if self._ordered else self._limits.count
        more = True
        while more and len(batch) < most and (head := self._head()) is not None:
            room -= head.wire_size
            if room < 0 and batch:
                break
            self._pop()
            batch.append(head)
            more = spend(head.wire_size)
        return batch

    def _head(self) -> Aggregate[H] | None:
        while self._again or self._ready:
            head = self._again[0][1] if self._again else self._ready[0]
            if _waits(head):
                return head
            self._pop()
        return None

    def _pop(self) -> None:
        if self._again:
            heapq.heappop(self._again)
        else:
            self._ready_size -= self._ready.popleft().wire_size


def _waits(aggregate: Aggregate[H]) -> bool:
    """Whether it still waits to be sent; it may have been settled meanwhile."""
    return aggregate.state is State.CLOSED
