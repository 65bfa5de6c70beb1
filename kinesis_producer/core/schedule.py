"""Closed aggregates of a stream whose shards are not known: which may go now, in what order."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic

from kinesis_producer.core.aggregate import Aggregate, H, State
from kinesis_producer.core.line import Line, Load, waits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kinesis_producer.core.put_records import RequestLimits

_NEVER = float("inf")
_NOW = float("-inf")


class Halves(Generic[H]):
    """Halves of batches in which the service found a fault: each is a request of its own."""

    def __init__(self) -> None:
        self._halves: deque[Sequence[Aggregate[H]]] = deque()

    def __bool__(self) -> bool:
        while self._halves and not any(map(waits, self._halves[0])):
            self._halves.popleft()
        return bool(self._halves)

    def add(self, aggregates: Sequence[Aggregate[H]]) -> None:
        """Send the two halves, next."""
        middle = (len(aggregates) + 1) // 2
        self._halves.extend(half for half in (aggregates[:middle], aggregates[middle:]) if half)

    def take(self) -> list[Aggregate[H]]:
        """The next one."""
        return list(filter(waits, self._halves.popleft()))

    def all(self) -> list[Aggregate[H]]:
        """Every aggregate in them."""
        return [one for half in self._halves for one in half]


class Schedule(Generic[H]):
    """First retries that are due, then what closed first.

    Args:
        limits: what fits into one request.
        patience: how long a closed aggregate may wait for a full request.
        ordered: one aggregate at a time, retries before successors.
    """

    def __init__(
        self, limits: RequestLimits, *, patience: Callable[[], float], ordered: bool
    ) -> None:
        self._limits = limits
        self._patience = patience
        self._ordered = ordered
        self._load = Load()
        self._line: Line[H] = Line(self._load)
        self._halves: Halves[H] = Halves()
        self._hurried = 0
        self._since = _NEVER

    def __bool__(self) -> bool:
        """Whether anything closed is here."""
        return bool(self._line or self._halves)

    @property
    def full(self) -> bool:
        """Whether what is ready fills a request."""
        if self._ordered:
            return bool(self._line)
        return self._load.fills(self._limits)

    def add(self, aggregate: Aggregate[H]) -> None:
        """It has just closed."""
        self._since = min(self._since, aggregate.opened_at)
        self._line.add(aggregate)

    def hurry(self) -> None:
        """What is ready now goes without waiting for a full request."""
        self._hurried = max(self._hurried, self._line.latest())

    def retry(self, aggregate: Aggregate[H], not_before: float) -> None:
        """It goes again, not before that time."""
        self._line.retry(aggregate, not_before)

    def bisect(self, aggregates: Sequence[Aggregate[H]]) -> None:
        """Send the two halves as requests of their own, next."""
        self._halves.add(aggregates)

    def due(self) -> float:
        """When something may go: minus infinity for now, infinity if nothing is here."""
        if self._halves:
            return _NOW
        retry = self._line.next_retry()
        if self._ordered and retry < _NEVER:
            return retry
        return min(retry, self._ready_at())

    def take(self, now: float, spend: Callable[[int], bool]) -> list[Aggregate[H]]:
        """What fits into one request, leaving it for good; empty if nothing may go yet.

        Args:
            now: monotonic time.
            spend: accounts for the bytes of an entry, and says whether another may go with it.
        """
        if self._halves:
            return self._halves.take()
        self._line.wake(now)
        return self._pack(spend) if self.due() <= now else []

    def rebuild(self, aggregates: Iterable[Aggregate[H]]) -> None:
        """Find what an interruption left in no queue, and have it go as if it had just closed."""
        here = {one.number for one in (*self._line, *self._halves.all())}
        for aggregate in aggregates:
            if aggregate.state is State.CLOSED and aggregate.number not in here:
                self.add(aggregate)

    def _ready_at(self) -> float:
        oldest = self._line.first()
        if oldest is None:
            return _NEVER
        if self.full or oldest.number <= self._hurried:
            return _NOW
        patience = self._patience()
        return self._since + patience if patience else _NOW

    def _pack(self, spend: Callable[[int], bool]) -> list[Aggregate[H]]:
        batch: list[Aggregate[H]] = []
        room = self._limits.size
        most = 1 if self._ordered else self._limits.count
        more = True
        count = 0
        while more and count < most and (head := self._line.head()) is not None:
            size = head.next_size
            room -= size
            count += head.entries
            if batch and (room < 0 or count > self._limits.count):
                break
            self._line.pop()
            batch.append(head)
            head.cost = size
            more = spend(size)
        if not self._line:
            self._since = _NEVER  # else what is left has waited long enough, beside what went
        return batch
