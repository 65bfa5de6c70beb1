"""Closed aggregates one behind the other: first retries that are due, then what closed first."""

from __future__ import annotations

import heapq
from collections import deque
from typing import TYPE_CHECKING, Generic

from kinesis_producer.core.aggregate import Aggregate, H, State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kinesis_producer.core.put_records import RequestLimits

_NEVER = float("inf")


class Load:
    """How much of what closed never went, in one line or in several.

    Attributes:
        count: Kinesis records.
        size: bytes of them.
    """

    __slots__ = ("count", "size")

    def __init__(self) -> None:
        self.count = 0
        self.size = 0

    def add(self, count: int, size: int) -> None:
        """So many more; or fewer, where they are negative."""
        self.count += count
        self.size += size

    def fills(self, limits: RequestLimits) -> bool:
        """Whether it is enough for a request."""
        return self.count >= limits.count or self.size >= limits.size


class Line(Generic[H]):
    """An aggregate that was settled meanwhile is passed over when its turn comes.

    Args:
        load: of this line and others.
    """

    def __init__(self, load: Load) -> None:
        self._load = load
        self._ready: deque[Aggregate[H]] = deque()
        self._again: list[tuple[int, Aggregate[H]]] = []
        self._waiting: list[tuple[float, int, Aggregate[H]]] = []

    def __bool__(self) -> bool:
        return bool(self._ready or self._again or self._waiting)

    def __iter__(self) -> Iterator[Aggregate[H]]:
        yield from (one for _, one in self._again)
        yield from (one for *_, one in self._waiting)
        yield from self._ready

    def latest(self) -> int:
        """The highest number of those that never went; 0 if there is none."""
        return max((one.number for one in self._ready), default=0)

    def add(self, aggregate: Aggregate[H]) -> None:
        """It has just closed."""
        self._ready.append(aggregate)
        self._load.add(aggregate.singles, aggregate.wire_size)

    def retry(self, aggregate: Aggregate[H], not_before: float) -> None:
        """It goes again, not before that time; minus infinity for at once."""
        if not_before == -_NEVER:
            heapq.heappush(self._again, (aggregate.number, aggregate))
        else:
            heapq.heappush(self._waiting, (not_before, aggregate.number, aggregate))

    def wake(self, now: float) -> None:
        """Those whose time has come go first."""
        while self._waiting and self._waiting[0][0] <= now:
            _, number, aggregate = heapq.heappop(self._waiting)
            heapq.heappush(self._again, (number, aggregate))

    def next_retry(self) -> float:
        """When a retry may go: minus infinity for now, infinity if there is none."""
        while self._again and not waits(self._again[0][1]):
            heapq.heappop(self._again)
        while self._waiting and not waits(self._waiting[0][2]):
            heapq.heappop(self._waiting)
        if self._again:
            return -_NEVER
        return self._waiting[0][0] if self._waiting else _NEVER

    def first(self) -> Aggregate[H] | None:
        """The first of those that never went."""
        while self._ready and not waits(self._ready[0]):
            self._pop_ready()
        return self._ready[0] if self._ready else None

    def head(self) -> Aggregate[H] | None:
        """Who goes next, of those that need not wait."""
        self.next_retry()
        return self._again[0][1] if self._again else self.first()

    def pop(self) -> None:
        """The head has gone."""
        if self._again:
            heapq.heappop(self._again)
        else:
            self._pop_ready()

    def clear(self) -> list[Aggregate[H]]:
        """All of them, oldest first; none is left."""
        everything = sorted(filter(waits, self), key=lambda one: one.number)
        while self._ready:
            self._pop_ready()
        self._again.clear()
        self._waiting.clear()
        return everything

    def _pop_ready(self) -> None:
        gone = self._ready.popleft()
        self._load.add(-gone.singles, -gone.wire_size)


def waits(aggregate: Aggregate[H]) -> bool:
    """Whether it still waits to be sent; it may have been settled meanwhile."""
    return aggregate.state is State.CLOSED
