"""What happens to pending records when a program ends without having closed its producers."""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING, Final, NoReturn

from kinesis_producer import log
from kinesis_producer.errors import ProducerClosed
from kinesis_producer.producer.draining import Drain

if TYPE_CHECKING:
    from kinesis_producer.producer.completion import Completion

#: multiprocessing calls only those that have a priority; the highest first.
_BEFORE_OTHERS: Final = 100

_watched: Final[set[int]] = set()
#: Producers that have accepted records. Held until their records are seen to: the program may have
#: dropped the producer itself.
_open: Final[set[Ending]] = set()

#: The program is ending: nobody would wait for what comes from now on.
_over: Final = threading.Event()


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
        self.timeout = timeout

    def expect(self) -> None:
        """There are records to see to now.

        Raises:
            ProducerClosed: nobody will any more.
        """
        if _over.is_set():
            raise ProducerClosed("the program has ended, nothing more can be delivered")
        _open.add(self)
        _watch_this_process()

    def forget(self) -> None:
        """All is settled, and unless records were lost without a word nothing is left to do."""
        if not self._completion.unsaid():
            _open.discard(self)

    def drain_after(self, error: BaseException) -> None:
        """Leave a ``with`` block by an exception: wait, but for Ctrl-C and exit not for long."""
        patient = isinstance(error, Exception)
        occasion = "when its with block was left by an exception"
        Drain([self], occasion, patient=patient, final=False).run()

    def close(self) -> None:
        """Accept no more."""
        self._completion.close()

    def wait(self, begun: float, timeout: float | None) -> None:
        """Until all is settled and reported, or so long after that time."""
        left = None if timeout is None else max(0.0, begun + timeout - time.monotonic())
        try:
            self._completion.join(left)
        except TimeoutError:
            if timeout is not None and time.monotonic() < begun + timeout:
                raise  # a signal handler's

    def abort(self) -> None:
        """Settle everything now."""
        self._completion.abort()

    def account(self, occasion: str) -> None:
        """Say what was lost, where nobody was told."""
        lost = self._completion.unsaid()
        if lost:
            doubtful = self._completion.totals().possibly_written
            _say(
                f"kinesis_producer: {lost} records for stream {self._name} were not delivered"
                f" {occasion} (possibly written: {doubtful})"
            )
        self._completion.undelivered()  # it has been said now
        _open.discard(self)


def _say(message: str) -> None:
    """On stderr, for whoever ran the program, and in the log, for whoever looks later."""
    with contextlib.suppress(OSError, ValueError):  # stderr is broken, or closed
        if sys.stderr is not None:
            print(message, file=sys.stderr)  # noqa: T201 -- the log may go elsewhere
    if log.is_heard():  # else logging would write it to stderr once more
        log.error("%s", message)


def drain_all() -> None:
    """Bring all producers to rest. An exit that comes meanwhile is no news: it is under way."""
    _over.set()
    with contextlib.suppress(SystemExit):
        Drain(list(_open), "when the program ended", patient=False, final=True).run()


atexit.register(drain_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_open.clear)  # what was pending is the parent's


def exit_on_sigterm() -> None:
    """Have SIGTERM end the program as ``sys.exit(143)`` does, so that pending records are seen to.

    Without a handler SIGTERM ends a Python program at once, whatever is pending. With this one,
    `SystemExit` is raised in the main thread, wherever that is; ``with`` blocks, ``finally`` and
    the end of the program do their part, and a producer waits at most ``exit_timeout``. Where the
    program is ending already, it goes on doing so, with its own exit code. A second SIGTERM ends
    the program at once.

    Call it in the main thread, once, where nothing else has set a handler; in a worker of gunicorn
    or Celery, or with asyncio, leave SIGTERM to them.

    Raises:
        ValueError: called in another thread.
    """
    signal.signal(signal.SIGTERM, _exit)


def _exit(number: int, _: object) -> NoReturn:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise SystemExit(128 + number)


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
