"""How long somebody waits for outcomes, also across a stop of the whole process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_producer.core.live import FROZEN
from kinesis_producer.waiting import STRETCH

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.waiting import Waiter


class Patience:
    """How long somebody waits.

    Args:
        clock: monotonic time.
        seconds: how long.
        elastic: time during which the whole process was stopped does not count: what is pending
            then gets another attempt, and is to be waited for.
    """

    def __init__(self, clock: Callable[[], float], seconds: float, *, elastic: bool) -> None:
        self._clock = clock
        self._seen_at = clock()
        self._until = self._seen_at + seconds
        self._elastic = elastic

    def wait(self, waiter: Waiter) -> bool:
        """Wait for a stretch; false, at once, when time is over."""
        left = self._until_the_end(after=0.0)
        if left <= 0:
            return False
        stretch = min(left, STRETCH)
        waiter.wait(stretch)
        self._until_the_end(after=stretch)
        return True

    def _until_the_end(self, *, after: float) -> float:
        """Seconds left, when so many were to have gone by since the last look."""
        now = self._clock()
        stopped = now - self._seen_at - after
        if self._elastic and stopped > FROZEN:
            self._until += stopped
        self._seen_at = now
        return self._until - now
