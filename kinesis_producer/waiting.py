"""Waiting outside the room: a wake-up that comes before the wait is not lost."""

from __future__ import annotations

import contextlib
import threading
from typing import Final

#: Seconds a caller waits at a stretch before it looks around: for signals where a lock cannot be
#: interrupted (Windows), and for what is overdue while the reporter is held up by a callback.
STRETCH: Final = 0.2


class Waiter:
    """One thread waits, others wake it. From any thread, and from signal handlers."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lock.acquire()

    def wake(self) -> None:
        """End the wait of the thread, or its next one."""
        if self._lock.locked():
            with contextlib.suppress(RuntimeError):  # another thread has just done so
                self._lock.release()

    def wait(self, seconds: float) -> bool:
        """Block until woken, at most so long; whether it was. Infinity and the past are fine."""
        longest = threading.TIMEOUT_MAX
        return self._lock.acquire(timeout=min(max(seconds, 0.0), longest))
