"""Which request meets which fault."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinesis_producer.testing.messages import Fault


class Faults:
    """Which fault the next request of an operation meets. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards both
        self._scripts: dict[str, deque[Fault]] = {}
        self._standing: dict[str, Fault] = {}

    def script(self, operation: str, *faults: Fault) -> None:
        """Let the next requests of ``operation`` meet these, one each, in order.

        They come after what was scripted before, and before what `always` says.
        """
        with self._lock:
            self._scripts.setdefault(operation, deque()).extend(faults)

    def always(self, operation: str, fault: Fault) -> None:
        """Let every request of ``operation`` that finds no script meet ``fault``."""
        with self._lock:
            self._standing[operation] = fault

    def clear(self) -> None:
        """Forget every fault. Requests that met one already go through with it."""
        with self._lock:
            self._scripts.clear()
            self._standing.clear()

    def take(self, operation: str) -> Fault | None:
        """The fault that a request arriving now meets; a scripted one is used up."""
        with self._lock:
            script = self._scripts.get(operation)
            return script.popleft() if script else self._standing.get(operation)
