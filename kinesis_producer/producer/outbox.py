"""The outbox: senders take batches from it, and outcomes are announced when they are known."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Final

from kinesis_producer.core.aggregate import State
from kinesis_producer.core.backlog import Backlog
from kinesis_producer.errors import KinesisProducerError, ProducerClosed, ProducerFailed
from kinesis_producer.producer.callers import Callers
from kinesis_producer.producer.completion import Completion
from kinesis_producer.producer.delivery import Delivery
from kinesis_producer.producer.reports import Reports
from kinesis_producer.producer.room import Room
from kinesis_producer.producer.roster import Roster
from kinesis_producer.waiting import Waiter

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.core.put_records import Answer, Batch
    from kinesis_producer.core.rules import BacklogRules
    from kinesis_producer.core.shard_map import StreamFacts
    from kinesis_producer.metrics import RequestMetrics
    from kinesis_producer.producer.reports import Notice
    from kinesis_producer.records import Failure

#: Own: seconds without a request after which a sender keeps no memory for the next.
_WHILE: Final = 1.0


class Outbox:
    """What is pending, and everybody who waits for it.

    Args:
        rules: sizes, times and bounds.
        senders: how many there are to be.
        told: somebody is told of every outcome.
        measuring: somebody hears of every aggregate and request.
        longest: bound in seconds of every wait that names none.
        clock: monotonic time.

    Attributes:
        scout: wakes the thread that looks at the stream.
        hire: starts another sender, in the place of one that is lost; whether it could.

    The lock of the room guards the backlog and these attributes:
        closed: no more records are accepted.
        callers: who waits for room.
        joiners: who waits until everything is settled and reported.
        broken: delimiters inside records that were sent.
        callback_errors: exceptions that callbacks have raised.
    """

    def __init__(  # noqa: PLR0913 -- each is a fact of its own
        self,
        rules: BacklogRules,
        *,
        senders: int,
        told: bool,
        measuring: bool,
        longest: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.clock = clock
        self.completion = Completion(self, longest)
        self.reports = Reports(told=told, measuring=measuring)
        self.backlog: Backlog[Delivery] = Backlog(
            rules,
            self.new_delivery,
            self.reports.keeps,
            random.Random().random,  # noqa: S311 -- it decides between equals
        )
        self.room = Room(self.backlog, self._leave, self.reports.reporter.wake)
        self.closed = False
        self.callers = Callers()
        self.joiners: list[Waiter] = []
        self._roster = Roster(senders)
        self._vacant = 0
        self.hire: Callable[[], bool] = bool
        self.broken = 0
        self.callback_errors = 0
        self._unlogged = 0
        self.scout = Waiter()
        self._stale = False

    # For senders

    def take(self, sender: Waiter, rest: Callable[[], None]) -> Batch[Delivery] | None:
        """The next request; blocks until there is one, ``None`` at the end of it all.

        Args:
            sender: whom to wake.
            rest: called when there was none for a while.
        """
        while True:
            found = self.room.decide(self._take, sender)
            self._fill()
            if not isinstance(found, float):
                return found
            left = found - self.clock()
            if not sender.wait(min(left, _WHILE)) and left > _WHILE:
                rest()
                sender.wait(found - self.clock())

    def settle(
        self,
        batch: Batch[Delivery],
        answer: Answer,
        *,
        spread: float,
        metrics: RequestMetrics | None,
    ) -> list[Failure]:
        """Read the answer to a request; what of it is worth an ERROR in the log.

        Who writes it there says `logged` afterwards: nothing is finished before.
        """
        return self.room.decide(self._settle, batch, answer, spread, metrics)

    def _take(self, sender: Waiter) -> Batch[Delivery] | float | None:
        now = self.clock()
        self._roster.rise(sender)
        if self._roster.replaced(sender):
            return None
        batch = self.backlog.take(now)
        self._look_for_lost()
        if batch is not None:
            self._roster.carry(sender, batch)
        elif not (self.closed and not len(self.backlog)):
            # it looks for what is overdue, too: the reporter may be held up by a callback
            due = min(self.backlog.due(), self.backlog.next_overdue(now))
            return self._roster.rest(sender, due)
        return batch

    def _look_for_lost(self) -> None:
        lost = self._roster.lose()
        if lost and (len(self.backlog) or self.refusal() is None):
            self._vacant += lost

    def _fill(self) -> None:
        """Have other senders started, outside of the room, for those that are lost."""
        while self._vacant:
            with self.room.hold():
                vacant, self._vacant = self._vacant, 0
            for _ in range(vacant):
                if not self.hire():
                    with self.room.hold():
                        self._roster.keep_one()

    def _settle(
        self,
        batch: Batch[Delivery],
        answer: Answer,
        spread: float,
        metrics: RequestMetrics | None,
    ) -> list[Failure]:
        self.backlog.settle(batch, answer, now=self.clock(), spread=spread)
        self._roster.put_down(batch)
        if metrics is not None:
            self.reports.add(metrics)
        news = self.backlog.service.news()
        self._unlogged += bool(news)
        return news

    def forsake(self, sender: Waiter, failure: Failure) -> None:
        """That sender has met an error of our own, and brings no answer to what it carries."""
        self.room.decide(self._forsake, sender, failure)

    def _forsake(self, sender: Waiter, failure: Failure) -> None:
        batch = self._roster.carried(sender)
        if batch is None:
            return
        for aggregate in batch.aggregates:
            if aggregate.state is State.IN_FLIGHT:
                self.backlog.settled.fail(aggregate, failure)
        self._roster.put_down(batch)

    def logged(self) -> None:
        """What `settle` returned is in the log."""
        self.room.decide(self._log)

    def _log(self) -> None:
        self._unlogged -= 1

    def count_broken(self, records: int) -> bool:
        """Count delimiters inside records; whether they are the first."""
        with self.room.hold():
            first = not self.broken
            self.broken += records
        return first

    # For the reporter

    def collect(self) -> list[Notice | RequestMetrics] | None:
        """What is to be reported; blocks until there is something, ``None`` at the end of it all.

        Settles what is overdue meanwhile. Asking again says that the last lot has been reported.
        """
        while True:
            found = self.room.decide(self._collect)
            self._fill()
            if not isinstance(found, float):
                return found
            self.reports.reporter.wait(found - self.clock())

    def _collect(self) -> list[Notice | RequestMetrics] | float | None:
        now = self.clock()
        self.backlog.expire(now)
        self._look_for_lost()
        self._announce()
        for aggregate in self.reports.seen():
            self.backlog.settled.reported(aggregate)
        if self.reports.waiting:
            return self.reports.hand_out()
        return None if self.finished() else self.backlog.next_overdue(now)

    def count_callback_error(self) -> None:
        """A callback has raised."""
        with self.room.hold():
            self.callback_errors += 1

    def heard(self, notice: Notice, *, well: bool) -> None:
        """Whether whoever was to be told of it has taken it in."""
        with self.room.hold():
            if well:
                self.reports.tell(notice.delivery)
            else:
                self.reports.missed(notice.delivery, notice.settlement)

    def dismiss_reporter(self) -> None:
        """It has met an error of our own, and reports nothing more."""
        self.room.decide(self.reports.abandon)

    # For the scout

    def await_look(self, due: Callable[[bool], float]) -> bool | None:
        """Whether there is evidence that the stream has changed; ``None`` at the end of it all.

        Blocks until it is time to look at it.

        Args:
            due: when that is, with such evidence, or without.
        """
        while True:
            with self.room.hold():
                ended, evidence = self._at_rest(), self.backlog.stale
            left = due(evidence) - self.clock()
            if ended or left <= 0:
                return None if ended else evidence
            self.scout.wait(left)

    def learn(self, facts: StreamFacts) -> None:
        """This is known of the stream now."""
        self.room.decide(self._learn, facts)

    def _learn(self, facts: StreamFacts) -> None:
        self.backlog.learn(facts, self.clock())

    # For all

    def refusal(self) -> KinesisProducerError | None:
        """Why nothing more is accepted, if so."""
        failure = self.failure()
        if failure is None and self.closed:
            return ProducerClosed("the producer is closed; make a new one to send more")
        return failure

    def failure(self) -> ProducerFailed | None:
        """The fatal answer, if there was one."""
        fatal = self.backlog.service.fatal
        if fatal is None:
            return None
        return ProducerFailed(f"{fatal.code}: {fatal.message}; nothing more can be sent")

    def finished(self) -> bool:
        """Whether everything is settled and reported, and nothing more can come."""
        ended = self._at_rest()
        announced = not self.backlog.settled.unannounced and self.reports.idle
        return ended and announced and not self._unlogged

    def _alert(self) -> None:
        """Wake the scout where there is something new for it."""
        stale = self.backlog.stale
        if (stale and not self._stale) or self._at_rest():
            self.scout.wake()
        self._stale = stale

    def _at_rest(self) -> bool:
        """Whether everything is settled, and nothing more can come."""
        return self.closed and not len(self.backlog)

    def new_delivery(self) -> Delivery:
        """A delivery that waits here."""
        return Delivery(self.completion)

    def _announce(self) -> None:
        unannounced = self.backlog.settled.unannounced
        while unannounced:
            aggregate = unannounced[0]
            self.reports.announce(aggregate)
            unannounced.popleft()

    def expire(self) -> None:
        """Settle what is overdue; a decision."""
        self.backlog.expire(self.clock())

    def _leave(self) -> None:
        """What follows from any decision: outcomes are set, and whoever can go on is woken."""
        self._announce()
        self.callers.let_in(self.backlog, self.refusal, self.clock())
        self._roster.call(self.backlog.due())
        if self.reports.waiting:
            self.reports.reporter.wake()
        if self._at_rest():
            self._roster.call_all()
            self.reports.reporter.wake()
        self._alert()
        if self.finished():
            for joiner in self.joiners:
                joiner.wake()
        if not self.callers.without_room and self.refusal() is None:
            self.backlog.reopen()
