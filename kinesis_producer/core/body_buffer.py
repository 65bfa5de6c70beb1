"""Memory in which one body after the other is put together.

What is allocated anew for each request of several megabytes comes from the operating system page by
page: at 1 KB a record that was a third of all CPU time (measured over TLS, medians).
"""

from __future__ import annotations


class BodyBuffer:
    """Puts parts together in a bytearray, from its beginning on.

    Args:
        memory: what it is written over; it grows where it has to, and ends with what is written.
            While somebody else has a view of it, it cannot be used.

    Attributes:
        end: bytes that have been added.
    """

    def __init__(self, memory: bytearray) -> None:
        self._memory = memory
        self._view = memoryview(memory)
        self.end = 0

    def add(self, part: bytes) -> None:
        """Behind what was added before."""
        start, self.end = self.end, self.end + len(part)
        if self.end <= len(self._view):
            self._view[start : self.end] = part
            return
        self._view.release()
        del self._memory[start:]
        self._memory += part
        self._view = memoryview(self._memory)

    def write_over(self, start: int, part: bytes) -> None:
        """In the place of what was added there."""
        self._view[start : start + len(part)] = part

    def finish(self) -> bytearray:
        """The memory, which holds what was added, and nothing else."""
        self._view.release()
        del self._memory[self.end :]
        return self._memory
