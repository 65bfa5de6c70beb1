"""The room with the one lock, and what happens each time somebody leaves it."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from kinesis_producer.core.backlog import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.core.backlog import Backlog
    from kinesis_producer.producer.delivery import Delivery

P = ParamSpec("P")
T = TypeVar("T")


class Reentered(Exception):
    """This thread is inside the room already: it was interrupted there, and calls again."""


class Room:
    """Everything the lock guards: the backlog, and all that `Outbox` keeps beside it.

    Two ways lead in. The short path of ``send`` looks whether there is an aggregate at the front,
    and if so enters the lock by itself and appends to it. Everything else is a *decision*: it runs
    with the front shut, never inside another one, and ends with ``leave``, which sees to what
    follows from it.

    A decision that is broken off (Ctrl-C raises between any two calls in the main thread) leaves
    queues half changed; the next one finds the mark and first makes them agree again.

    Args:
        backlog: what the lock guards.
        leave: sees to what follows from a decision.
        remind: has another thread make a decision soon.

    Attributes:
        lock: entered directly on the short path, by `decide` everywhere else.
        deciding: a decision is being made; read without the lock, as a hint to `give_way`.
    """

    def __init__(
        self, backlog: Backlog[Delivery], leave: Callable[[], None], remind: Callable[[], None]
    ) -> None:
        self.lock = threading.RLock()
        self.backlog = backlog
        self._leave = leave
        self._remind = remind
        self.deciding = False
        self._broken_off = False
        self._later: deque[Callable[[], object]] = deque()
        self._catching_up = False

    def decide(self, decision: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a decision; blocks for the lock alone, which is never held while anybody waits.

        Raises:
            Reentered: called from a signal handler, a finalizer or the like that interrupted a
                decision of the same thread.
        """
        if self.deciding:
            self.give_way()
        with self.lock:
            if self.deciding:
                raise Reentered
            try:
                return self._run(decision, *args, **kwargs)
            finally:
                self._catch_up()

    def slip_in(
        self, decision: Callable[P, T | None], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        """Run a decision from which nothing follows; ``None`` where one has to be made in full.

        The front stays as it is, but nobody sees it meanwhile: who would sleep on the lock for it
        gives way instead.
        """
        if self.deciding:
            self.give_way()
        with self.lock:
            if self.deciding or self._broken_off:
                return None
            front = self.backlog.front
            self.deciding = True
            try:
                self.backlog.front = NOWHERE
                return decision(*args, **kwargs)
            except BaseException:
                self._broken_off = True
                raise
            finally:
                self.backlog.front = front
                self.deciding = False
                self._catch_up()

    def hold(self) -> threading.RLock:
        """The lock, for a look or a mark that leaves the backlog as it is; for ``with``."""
        if self.deciding:
            self.give_way()
        return self.lock

    def give_way(self) -> None:
        """Let a decision of another thread come to its end, without standing in its queue.

        A decision takes long enough for its thread to lose the GIL in the middle. Whoever then
        sleeps on the lock is woken at each release from then on, finds the lock taken again, and
        sleeps again: a convoy that costs 8 senders 5,000 ns a record. Handing on the GIL until the
        decision is over costs them 600, no more than one alone (measured, CPython 3.11 and 3.13).
        """
        if not self.owned():
            while self.deciding:
                time.sleep(0)

    def later(self, decision: Callable[[], object]) -> None:
        """Have a decision run as soon as the one that was interrupted has ended."""
        self._later.append(decision)

    def owned(self) -> bool:
        """Whether this thread is inside already, so that waiting would never end."""
        # As threading.Condition asks its lock; there is no public name for it.
        return self.lock._is_owned()  # type: ignore[attr-defined,no-any-return] # noqa: SLF001

    def _catch_up(self) -> None:
        """Make the decisions that were put off, one after the other, also those put off meanwhile.

        Never one inside the other: finalizers that send may come into each of them, and a thousand
        on top of each other are more than Python allows.
        """
        while self._later and not self._catching_up:
            self._catching_up = True
            try:
                while self._later:
                    self._run(self._later[0])  # what Ctrl-C breaks off here is done again
                    self._later.popleft()
            finally:
                self._catching_up = False

    def _run(self, decision: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        self.deciding = True
        try:
            self.backlog.shut()
            if self._broken_off:
                self.backlog.repair()
                self._broken_off = False
            result = decision(*args, **kwargs)
            self._follow()
        except BaseException:
            self._broken_off = True
            raise
        else:
            return result
        finally:
            self.deciding = False

    def _follow(self) -> None:
        """See to what follows; where memory is short for that, what was decided stands.

        Else ``send`` would raise, and the record would be delivered.
        """
        try:
            self._leave()
        except MemoryError:
            self._broken_off = True
            self._remind()
