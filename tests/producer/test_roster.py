"""Idle senders: whoever is called is awake, also where Ctrl-C comes in between."""

from __future__ import annotations

import pytest

from kinesis_producer.producer.roster import Roster
from kinesis_producer.waiting import Waiter


class Interrupted(Waiter):
    """A sender in whose wake-up Ctrl-C comes."""

    def wake(self):
        raise KeyboardInterrupt


class Counted(Waiter):
    woken = 0

    def wake(self):
        self.woken += 1


@pytest.mark.parametrize("call", [lambda roster: roster.call(1.0), Roster.call_all])
def test_a_sender_that_was_not_woken_is_still_idle(call):
    """Else nobody would ever call it again."""
    roster = Roster(1)
    sender = Interrupted()
    roster.rest(sender, float("inf"))
    with pytest.raises(KeyboardInterrupt):
        call(roster)
    assert roster._idle == [sender]
    assert roster._alarm == float("inf")


def test_each_is_called_once():
    """Until it rests again."""
    roster = Roster(1)
    sender = Counted()
    roster.rest(sender, float("inf"))
    roster.call(1.0)
    roster.call(0.5)
    roster.call_all()
    assert sender.woken == 1
