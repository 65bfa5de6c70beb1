"""What happens to pending records when a program ends without having closed its producers."""

from __future__ import annotations

import atexit
import importlib
import logging
import os
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kinesis_producer.producer.completion import Completion

_logger = logging.getLogger("kinesis_producer")

#: How long callbacks get, after everything was given up, to be told so.
_LAST_WORDS: Final = 1.0

#: multiprocessing calls only those that have a priority; the highest first.
_BEFORE_OTHERS: Final = 100

_watched: Final[set[int]] = set()
#: Producers that have accepted records. Held until their records are seen to: the program may have
#: dropped the producer itself.
_open: Final[set[Ending]] = set()


class Ending:
    """One producer, as the end of the program sees it.

    Args:
        completion: brings it to rest.
        name: of the stream, for stderr.
        timeout: seconds to wait for what is pending.
    """

    def __init__(self, completion: Completion, name: str, timeout: float) -> None:
        self._completion = completion
        self._name = name
        self._timeout = timeout

    def expect(self) -> None:
        """There are records to see to now."""
        _open.add(self)
        _watch_this_process()

    def forget(self) -> None:
        """All is settled, and unless records were lost without a word nothing is left to do."""
        if not self._completion.unsaid():
            _open.discard(self)

    def close(self) -> None:
        """Accept no more, so that all producers drain at the same time."""
        self._completion.close()

    def drain_after(self, error: BaseException) -> None:
        """Leave a ``with`` block by an exception: wait, but for Ctrl-C and exit not for long."""
        self._wait(None if isinstance(error, Exception) else self._timeout)

    def drain(self) -> None:
        """Wait for what is pending; say what was lost, where nobody else was told."""
        self._wait(self._timeout)
        lost = self._completion.unsaid()
        if lost:
            doubtful = self._completion.totals().possibly_written
            _say(
                f"kinesis_producer: {lost} records for stream {self._name} were not delivered when"
                f" the program ended (possibly written: {doubtful})"
            )

    def _wait(self, timeout: float | None) -> None:
        """Until all is settled; give up when time runs out, or at Ctrl-C."""
        try:
            self._completion.join(timeout)
        except (TimeoutError, KeyboardInterrupt):
            self._completion.abort()
            self._listen()

    def _listen(self) -> None:
        try:
            self._completion.join(_LAST_WORDS)
        except (TimeoutError, KeyboardInterrupt):
            return


def _say(message: str) -> None:
    """On stderr, for whoever ran the program, and in the log, for whoever looks later."""
    if sys.stderr is not None:
        print(message, file=sys.stderr)  # noqa: T201 -- the log may go elsewhere
    if _logger.hasHandlers():  # else logging would write it to stderr once more
        _logger.error("%s", message)


def drain_all() -> None:
    """Bring all producers to rest."""
    endings = list(_open)
    for ending in endings:
        ending.close()
    for ending in endings:
        ending.drain()


atexit.register(drain_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_open.clear)  # what was pending is the parent's


def _watch_this_process() -> None:
    """See to it that `drain_all` is called where atexit is not: in workers of multiprocessing.

    They end by ``os._exit`` where they were forked, after what multiprocessing itself has been told
    to do. It forgets that in each new worker, so it is told there, at the first send.
    """
    processes = sys.modules.get("multiprocessing.process")
    if processes is None or processes.parent_process() is None or os.getpid() in _watched:
        return
    _watched.add(os.getpid())
    util = importlib.import_module("multiprocessing.util")
    util.Finalize(None, drain_all, exitpriority=_BEFORE_OTHERS)
