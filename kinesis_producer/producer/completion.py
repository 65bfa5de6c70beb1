"""Waiting for outcomes: flush, join, and the result of one delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from kinesis_producer.core.aggregate import CloseReason
from kinesis_producer.producer import interruption
from kinesis_producer.producer.patience import Patience
from kinesis_producer.producer.room import Reentered
from kinesis_producer.records import Failure
from kinesis_producer.waiting import Waiter

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.errors import ProducerFailed, UndeliveredRecords
    from kinesis_producer.producer.delivery import Delivery
    from kinesis_producer.producer.outbox import Outbox
    from kinesis_producer.records import Settlement, Totals

P = ParamSpec("P")
T = TypeVar("T")

#: Seconds that a wait without a timeout has beyond the longest that an outcome can take, so that
#: those set at the last moment are also reported, instead of ending in a `TimeoutError`.
_LAST_REPORTS: Final = 1.0


class Completion:
    """How a producer comes to rest. It is the `Desk` of the deliveries of its outbox.

    Args:
        outbox: what is to come to rest.
        longest: seconds until any record that is accepted now has its outcome.
    """

    def __init__(self, outbox: Outbox, longest: float) -> None:
        self._outbox = outbox
        self._longest = longest
        self._orphaned = False

    def orphan(self) -> None:
        """This is the child of a fork: what was pending here is the parent's to see to."""
        self._orphaned = True

    def flush(self, timeout: float | None) -> None:
        """Close open aggregates, and wait until everything accepted so far is settled."""
        patience = self._patience(timeout)
        for delivery in self._decide("flush", self._flush):
            self._wait(delivery, patience)

    def close(self) -> None:
        """Accept no more; returns at once."""
        try:
            self._outbox.room.decide(self._close)
        except Reentered:
            self._outbox.room.later(self._close)

    def abort(self) -> None:
        """Accept no more, and settle everything now."""
        try:
            self._outbox.room.decide(self._abort)
        except Reentered:
            self._outbox.room.later(self._abort)

    def join(self, timeout: float | None) -> None:
        """Close, and wait until everything is settled and reported."""
        patience = self._patience(timeout)
        joiner = Waiter()
        finished = self._decide("join", self._join, joiner)
        try:
            while not finished:
                self._stretch(joiner, patience, "join")
                finished = self._decide("join", self._watch)
        finally:
            self._decide("join", self._outbox.joiners.remove, joiner)

    def wait_for(self, delivery: Delivery, timeout: float | None) -> Settlement:
        """Wait until a delivery is settled; whoever gets it has been told."""
        self._check_parentage()
        told = False
        with self._outbox.room.hold():
            delivery.asking += 1
        try:
            settlement = self._wait(delivery, self._patience(timeout))
            told = True
        finally:
            with self._outbox.room.hold():
                self._outbox.reports.answered(delivery, told=told)
        return settlement

    def call_back(self, delivery: Delivery, callback: Callable[[Delivery], object]) -> None:
        """Have the reporter call when it is settled, or call at once."""
        self._check_parentage()
        with self._outbox.room.hold():
            self._outbox.reports.tell(delivery)
            later = self._outbox.reports.call_back(delivery, callback)
        if not later:
            callback(delivery)

    def crash(self, error: BaseException) -> None:
        """A thread of this producer met an error of our own: nothing more can be trusted to it."""
        self._outbox.room.decide(self._crash, type(error).__name__)

    def undelivered(self) -> UndeliveredRecords | None:
        """What `join` has to raise: records were given up and nobody was told until now."""
        with self._outbox.room.hold():
            return self._outbox.reports.undelivered(self._outbox.backlog.totals())

    def unsaid(self) -> int:
        """Records that were given up and of which nobody was told, not even by `undelivered`."""
        with self._outbox.room.hold():
            return self._outbox.reports.unsaid + self._outbox.reports.unheard()

    def failure(self) -> ProducerFailed | None:
        """The fatal answer, if there was one."""
        with self._outbox.room.hold():
            return self._outbox.failure()

    def totals(self) -> Totals:
        """The counts now."""
        with self._outbox.room.hold():
            return self._outbox.backlog.totals()

    def _crash(self, name: str) -> None:
        self._outbox.backlog.end(Failure("InternalError", f"{name} in a thread of the producer"))

    def _flush(self) -> list[Delivery]:
        self._outbox.backlog.flush(CloseReason.FLUSH)
        return self._outbox.backlog.handles()

    def _close(self) -> None:
        self._outbox.closed = True
        self._outbox.backlog.flush(CloseReason.CLOSE)

    def _abort(self) -> None:
        self._outbox.closed = True
        self._outbox.backlog.abort()

    def _join(self, joiner: Waiter) -> bool:
        self._close()
        self._outbox.joiners.append(joiner)
        return self._watch()

    def _watch(self) -> bool:
        """Whoever waits also settles what is overdue: a callback may hold up the reporter."""
        self._outbox.backlog.expire(self._outbox.clock())
        return self._outbox.finished()

    def _wait(self, delivery: Delivery, patience: Patience) -> Settlement:
        waiter = Waiter()
        with self._outbox.room.hold():
            delivery.waiters.append(waiter)
        try:
            while (settlement := delivery.settlement) is None:
                self._stretch(waiter, patience, "the outcome")
                self._decide("waiting", self._watch)
        finally:
            with self._outbox.room.hold():
                delivery.waiters.remove(waiter)
        return settlement

    def _decide(self, what: str, decision: Callable[P, T], *args: P.args, **kw: P.kwargs) -> T:
        if self._outbox.room.owned() or interruption.serves(self._outbox):
            raise RuntimeError(
                f"{what} would wait for ever in a callback or a log handler that a thread of the"
                " producer calls, or in a signal handler that interrupted the producer itself;"
                " close() is allowed there"
            )
        return self._outbox.room.decide(decision, *args, **kw)

    def _check_parentage(self) -> None:
        if self._orphaned:
            raise RuntimeError("this delivery is the parent process's; it was made before the fork")

    def _stretch(self, waiter: Waiter, patience: Patience, what: str) -> None:
        if not patience.wait(waiter):
            raise TimeoutError(f"{what}: time ran out with {self._left()}")

    def _left(self) -> str:
        """What is still to be waited for."""
        pending = self.totals().pending
        with self._outbox.room.hold():
            unreported = self._outbox.reports.count
        if pending or not unreported:
            return f"{pending} records pending"
        return f"no record pending, and {unreported} calls of callbacks to come"

    def _patience(self, timeout: float | None) -> Patience:
        if timeout is None:
            return Patience(self._outbox.clock, self._longest + _LAST_REPORTS, elastic=True)
        return Patience(self._outbox.clock, timeout, elastic=False)
