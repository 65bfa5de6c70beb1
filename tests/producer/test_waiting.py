"""Waiting for a wake-up."""

from __future__ import annotations

import threading

from kinesis_producer.waiting import Waiter

#: Seconds; no wait here takes as long, unless a wake-up is lost.
LONG = 5.0


def waiting(waiter):
    """Have a thread wait for a wake-up; the event says that it came."""
    ended = threading.Event()

    def wait():
        waiter.wait(float("inf"))
        ended.set()

    threading.Thread(target=wait, daemon=True).start()
    return ended


def test_a_wake_up_ends_a_wait():
    """From another thread, whenever it comes."""
    waiter = Waiter()
    ended = waiting(waiter)
    assert not ended.is_set()
    waiter.wake()
    assert ended.wait(LONG)


def test_a_wake_up_that_comes_before_the_wait_is_not_lost():
    """Several count as one."""
    waiter = Waiter()
    waiter.wake()
    waiter.wake()
    assert waiting(waiter).wait(LONG)
    again = waiting(waiter)
    waiter.wake()
    assert again.wait(LONG)


def test_what_is_past_is_not_waited_for():
    """Nor does it need a wake-up."""
    Waiter().wait(-1.0)
    Waiter().wait(float("-inf"))
