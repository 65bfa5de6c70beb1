"""The threads of a producer: senders, reporter and scout, started together."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from kinesis_producer import log
from kinesis_producer.errors import ProducerClosed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class Crew:
    """Daemon threads, started at the first send: later may be too late, as at interpreter exit.

    Args:
        work: what each thread runs.
        aside: what further threads run, whose end nobody waits for.
        on_crash: told of an error of our own that ended a thread.
        on_end: called by the last thread that ends; and again by one aside that ends after it.
        name: in the names of the threads.
    """

    def __init__(
        self,
        work: Sequence[Callable[[], None]],
        *,
        aside: Sequence[Callable[[], None]] = (),
        on_crash: Callable[[BaseException], None],
        on_end: Callable[[], None],
        name: str,
    ) -> None:
        self._work = dict(enumerate([*work, *aside]))
        self._aside = set(range(len(work), len(self._work)))
        self._on_crash = on_crash
        self._on_end = on_end
        self._name = name
        self._lock = threading.RLock()  # a signal handler that sends may come into `start`
        self._waiting = set(self._work)
        self._left = len(work)
        self._added = len(self._work) - 1
        self.started = False

    @property
    def ended(self) -> bool:
        """Whether all threads have been, and none is left but those aside."""
        return not self._left

    def start(self) -> None:
        """Start all threads; from any thread. Where it was broken off, the next call goes on.

        Raises:
            ProducerClosed: no thread can be started: the interpreter is shutting down, or a limit
                of the system is reached.
        """
        with self._lock:
            for number in sorted(self._waiting):
                self._start(number)
            self.started = True

    def add(self, work: Callable[[], None]) -> bool:
        """Start one more, from one of the others; whether it could be, which is told if not."""
        with self._lock:
            number = self._added = self._added + 1
            self._work[number] = work
            self._waiting.add(number)
            self._left += 1
        try:
            self._start(number)
        except ProducerClosed as error:
            with self._lock:
                self._waiting.discard(number)
                self._left -= 1
            log.warning("a sender that hangs cannot be replaced: %s", error)
            return False
        return True

    def _start(self, number: int) -> None:
        name = f"kinesis_producer-{self._name}-{number}"
        try:
            thread = threading.Thread(target=self._run, args=(number,), name=name, daemon=True)
            thread.start()
        except RuntimeError as error:
            raise ProducerClosed(f"no thread can be started: {error}") from error

    def _run(self, number: int) -> None:
        """Do the work of that number, unless another thread, started for it too, does it."""
        try:
            self._waiting.remove(number)
        except KeyError:
            return
        try:
            self._work.pop(number)()
        except BaseException as error:  # noqa: BLE001 -- the top of a thread: it is told
            if number not in self._aside:
                self._on_crash(error)
            log.exception("a thread of the producer ended by an error")
        finally:
            with self._lock:
                self._left -= number not in self._aside
                last = not self._left
            if last:
                self._on_end()
