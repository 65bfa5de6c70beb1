"""`send` beside other calls: what it accepts is delivered, and what it refuses is not."""

from __future__ import annotations

from functools import partial

import pytest

from kinesis_producer import KinesisProducer
from kinesis_producer.producer.intake import Intake
from tests.interleavings.search import explore, found
from tests.interleavings.stage import Stage

#: Into an open aggregate records come by the short path of `send`.
PATHS = pytest.mark.parametrize("begun", [0, 1], ids=["long path", "short path"])


def send(stage):
    stage.send(b"x")


def send_another(stage):
    stage.send(b"y")


@PATHS
def test_a_record_that_meets_a_close_is_delivered_or_refused(begun):
    """One or the other, never accepted and lost; and both happen."""
    refused = set()

    def right(stage):
        refused.add(len(stage.refused))
        return stage.check()

    explore(partial(Stage, begun=begun), send, Stage.drain, right=right).assert_holds()
    assert refused == {0, 1}


def accept_hastily(self, parcel, _):
    """As `Intake.accept`, but it asks whether the producer is closed before it has the lock."""
    refusal = self._outbox.refusal()
    if refusal is not None:
        raise refusal
    return self._outbox.room.decide(self._outbox.backlog.append, *parcel, self._outbox.clock())


def test_asking_whether_it_is_closed_without_the_lock_would_lose_records(monkeypatch):
    """The long path is seen to go wrong where it is wrong."""
    monkeypatch.setattr(Intake, "accept", accept_hastily)
    assert found(explore(Stage, send, Stage.drain), "accepted and not in the stream: [b'x']")


class Hasty(KinesisProducer):
    """Its short path looks at the front before it has the lock."""

    def send(self, record, *_, **__):
        aggregate = self._backlog.front
        size = aggregate.size + len(record) + self._overhead
        if size > aggregate.full_at:
            return self._send(record, None, None, None)
        with self._lock:
            aggregate.size = size
            aggregate.records.append(record)
            return aggregate.handle


def test_looking_at_the_front_without_the_lock_would_lose_records():
    """The short path is: it appends to what has been sent meanwhile."""
    result = explore(partial(Stage, Hasty, begun=1), send, Stage.drain)
    assert found(result, "accepted and not in the stream: [b'x']")


def both_are_in(stage):
    """The size of what is open is that of its records, and all of them are delivered."""
    front = stage.engine.outbox.backlog.front
    real = sum(len(one) + stage.producer._overhead for one in front.records)
    assert front.size == real, "a size was overwritten"
    stage.drain()
    return stage.check()


@PATHS
def test_two_threads_that_send_are_both_let_in(begun):
    """Neither undoes what the other did."""
    explore(partial(Stage, begun=begun), send, send_another, right=both_are_in).assert_holds()


def test_looking_at_the_front_without_the_lock_would_count_one_of_two():
    """That is seen, too."""
    result = explore(partial(Stage, Hasty, begun=1), send, send_another, right=both_are_in)
    assert found(result, "a size was overwritten")
