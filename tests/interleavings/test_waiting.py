"""`flush`, `join` and `close` beside a sender: whoever waits is woken when there is cause, once."""

from __future__ import annotations

from kinesis_producer import Outcome
from kinesis_producer.core.aggregate import CloseReason
from kinesis_producer.producer.completion import Completion
from kinesis_producer.waiting import Waiter
from tests.interleavings.search import explore, found
from tests.interleavings.stage import Stage


class InFlight(Stage):
    """Its one record is on its way."""

    def __init__(self):
        super().__init__(begun=1)
        self.engine.outbox.backlog.flush(CloseReason.FLUSH)
        self.batch = self.take()


def answer(stage):
    stage.carry(stage.batch)


def look(stage):
    """What whoever comes back sees."""
    ((_, delivery),) = stage.accepted
    stage.told.append(delivery.outcome)


def flush(stage):
    stage.producer.flush()
    look(stage)


def join(stage):
    stage.engine.completion.join(None)
    look(stage)


def close_and_join(stage):
    stage.producer.close()
    join(stage)


def all_were_told(stage):
    """Nobody came back before the end."""
    assert set(stage.told) == {Outcome.DELIVERED}, "somebody came back too early"
    return stage.check()


def test_a_flush_returns_with_the_outcome():
    """Whether that comes before it waits, while it waits, or in between."""
    explore(InFlight, flush, answer, right=all_were_told).assert_holds()


def wait_hastily(self, delivery, patience):
    """As `Completion._wait`, but it looks before it is among those who are woken."""
    waiter = Waiter()
    if delivery.settlement is None:
        with self._outbox.room.hold():
            delivery.waiters.append(waiter)
        self._stretch(waiter, patience, "the outcome")


def test_looking_too_early_would_miss_the_outcome(monkeypatch):
    """A lost wake-up is seen: without one, no time has to pass."""
    monkeypatch.setattr(Completion, "_wait", wait_hastily)
    assert found(explore(InFlight, flush, answer, right=all_were_told), "a wake-up was lost")


def test_a_join_returns_at_the_end():
    """However it meets the last answer."""
    explore(InFlight, join, answer, right=all_were_told).assert_holds()


def test_all_who_close_and_join_at_once_see_the_same_end():
    """Nobody comes back before it, and nobody is forgotten."""
    workers = [join, close_and_join, answer]
    explore(InFlight, *workers, right=all_were_told, preemptions=1).assert_holds()


def join_hastily(self, timeout):
    """As `Completion.join`, but it looks before it is among those who are woken."""
    self.close()
    joiner = Waiter()
    if not self._decide("join", self._watch):
        with self._outbox.room.hold():
            self._outbox.joiners.append(joiner)
        self._stretch(joiner, self._patience(timeout), "join")


def test_looking_too_early_would_miss_the_end(monkeypatch):
    """As with flush."""
    monkeypatch.setattr(Completion, "join", join_hastily)
    assert found(explore(InFlight, join, answer, right=all_were_told), "a wake-up was lost")


def test_leaving_the_waiting_to_who_joined_first_would_be_too_early(monkeypatch):
    """Whoever finds the producer closed would come back at once."""
    wait = Completion.join

    def join_early(self, timeout):
        if not self._outbox.closed:
            wait(self, timeout)

    monkeypatch.setattr(Completion, "join", join_early)
    workers = [join, close_and_join, answer]
    result = explore(InFlight, *workers, right=all_were_told, preemptions=1)
    assert found(result, "came back too early")
