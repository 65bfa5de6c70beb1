"""The threads of a producer: its senders and its reporter, started together."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from kinesis_producer.errors import ProducerClosed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kinesis_producer.client.connection import Connection

_logger = logging.getLogger("kinesis_producer")


class Crew:
    """Daemon threads, started at the first send: later may be too late, as at interpreter exit.

    Args:
        work: what each thread runs.
        connection: closed by the last thread that ends.
        on_crash: told of an error of our own that ended a thread.
        name: in the names of the threads.
    """

    def __init__(
        self,
        work: Sequence[Callable[[], None]],
        connection: Connection,
        *,
        on_crash: Callable[[BaseException], None],
        name: str,
    ) -> None:
        self._work = work
        self._connection = connection
        self._on_crash = on_crash
        self._name = name
        self._lock = threading.Lock()
        self._left = len(work)
        self.started = False

    def start(self) -> None:
        """Start all threads, once; from any thread.

        Raises:
            ProducerClosed: the interpreter is shutting down and starts no more threads.
        """
        with self._lock:
            if self.started:
                return
            self.started = True
            for number, run in enumerate(self._work):
                self._start(run, f"kinesis_producer-{self._name}-{number}")

    def _start(self, run: Callable[[], None], name: str) -> None:
        thread = threading.Thread(target=self._run, args=(run,), name=name, daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            raise ProducerClosed(f"no thread can be started: {error}") from error

    def _run(self, run: Callable[[], None]) -> None:
        try:
            run()
        except BaseException as error:
            _logger.critical("a thread of the producer ended by an error", exc_info=True)
            self._on_crash(error)
        finally:
            with self._lock:
                self._left -= 1
                last = not self._left
            if last:
                self._connection.close()
