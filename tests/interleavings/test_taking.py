"""Senders that take from the outbox at once."""

from __future__ import annotations

from functools import partial

from kinesis_producer.producer.outbox import Outbox
from tests.interleavings.search import explore, found
from tests.interleavings.stage import Stage


def closed():
    stage = Stage(begun=2, aggregation="none")
    stage.producer.close()
    return stage


def take_and_carry(stage):
    """One finds something, the other waits for the end."""
    try:
        batch = stage.take()
        if batch is not None:
            stage.carry(batch)
    except Exception as error:  # noqa: BLE001 -- a sender that has no lock may meet any
        stage.told.append(error)


def taken_once(stage):
    assert not stage.told, "a queue was broken"
    return stage.check()


TWO_TAKE = partial(explore, closed, take_and_carry, take_and_carry, right=taken_once, preemptions=1)


def test_two_senders_take_everything_once():
    """And none sleeps on when all is done."""
    TWO_TAKE().assert_holds()


def take_hastily(self, sender):
    """As `Outbox.take`, without the lock."""
    while isinstance(found := self._take(sender), float):
        sender.wait(found - self.clock())
    return found


def test_taking_without_the_lock_would_take_twice(monkeypatch):
    """Or break the queues, whichever is seen first."""
    monkeypatch.setattr(Outbox, "take", take_hastily)
    assert found(TWO_TAKE(), "a queue was broken")
