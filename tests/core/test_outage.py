"""The pause that all requests share while the service is down."""

from __future__ import annotations

import pytest

from kinesis_producer.core.outage import LONGEST_PAUSE, Outage

NEVER = float("inf")


def fail(outage, now, taken_at=None):
    """A request fails that was taken then, or just before."""
    outage.failed(taken_at=now if taken_at is None else taken_at, now=now, spread=1.0)
    return outage.not_before - now


def test_one_failure_holds_up_nobody():
    """It may be a matter of one connection."""
    outage = Outage(300.0)
    assert outage.not_before == -NEVER
    assert fail(outage, 5.0) == 0


def test_the_pause_doubles_up_to_its_longest():
    """From the second failure on."""
    outage = Outage(300.0)
    pauses = [fail(outage, float(now)) for now in range(0, 100, 10)]
    assert pauses == pytest.approx([0, 0.1, 0.2, 0.4, 0.8, 1.6, *[LONGEST_PAUSE] * 4])


def test_requests_of_one_round_count_once():
    """All senders were on their way when the first of them failed."""
    outage = Outage(300.0)
    fail(outage, 1.0)
    for _ in range(20):
        fail(outage, 1.1, taken_at=0.9)
    assert fail(outage, 1.2) == pytest.approx(0.1)


def test_a_request_that_gets_through_ends_it():
    """At once, and from the beginning."""
    outage = Outage(300.0)
    for now in range(10):
        fail(outage, float(now))
    outage.over()
    assert outage.not_before == -NEVER
    assert fail(outage, 20.0) == 0


def test_records_that_have_little_time_do_not_wait_for_long():
    """A tenth of it."""
    outage = Outage(2.0)
    pauses = [fail(outage, float(now)) for now in range(10)]
    assert max(pauses) == pytest.approx(0.2)
