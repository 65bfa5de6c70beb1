"""Virtual time: what happens next, happens now."""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """Events in the order of their times; those of one time in the order they were made.

    Attributes:
        now: seconds.
    """

    def __init__(self) -> None:
        self.now = 0.0
        self._numbers = count()
        self._events: list[tuple[float, int, Callable[[], object]]] = []

    def at(self, when: float, what: Callable[[], object]) -> None:
        """Have it happen then; what is late already happens next."""
        heapq.heappush(self._events, (max(when, self.now), next(self._numbers), what))

    def run(self, until: float) -> None:
        """Let everything happen up to that time."""
        while self._events and self._events[0][0] <= until:
            self.now, _, what = heapq.heappop(self._events)
            what()
        self.now = until
