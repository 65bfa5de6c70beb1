"""Which owners live, as far as one worker has seen."""

from __future__ import annotations

from kinesis_producer.core.leasing.heartbeats import Heartbeats
from tests.core.reading.building import lease

NEVER = float("inf")


def row(counter=0, owner="w-1", name="s-0"):
    return lease(name, counter=counter, owner=owner)


def looks(*seen, failover=10.0):
    """Heartbeats after looks at these times and counters."""
    beats = Heartbeats(failover)
    for at, counter in seen:
        beats.saw([row(counter)], at=at)
    return beats


def test_an_owner_that_changes_nothing_has_expired():
    """After the failover time, counted from when it was first seen so, whatever it did before."""
    beats = looks((0.0, 1), (5.0, 1), (9.9, 1))
    assert not beats.is_expired(row(), at=9.9)
    assert beats.is_expired(row(), at=10.0)
    assert beats.age("s-0", at=9.0) == 9.0


def test_an_owner_that_renews_lives():
    """Each change begins the time anew."""
    beats = looks((0.0, 1), (5.0, 2), (12.0, 2))
    assert beats.is_alive(row())
    assert not beats.is_expired(row(), at=14.9)
    assert beats.is_expired(row(), at=15.0)


def test_a_new_owner_has_its_own_time():
    """It was not seen to live yet."""
    beats = looks((0.0, 1), (5.0, 2))
    beats.saw([row(3, owner="w-2")], at=9.0)
    assert not beats.is_alive(row(owner="w-2"))
    assert not beats.is_expired(row(owner="w-2"), at=18.9)


def test_what_was_never_seen_has_not_expired():
    """Nor does it live, as far as is known."""
    beats = Heartbeats(10.0)
    assert not beats.is_expired(row(), at=99.0)
    assert not beats.is_alive(row())
    assert beats.next_expiry([row()], after=99.0) == NEVER


def test_nobody_expires_by_a_gap():
    """The store was away for longer than that, and everybody could as little renew."""
    beats = looks((0.0, 1), (10.5, 1))
    assert not beats.is_expired(row(), at=20.4)
    assert not beats.is_alive(row())
    assert beats.is_expired(row(), at=20.5)


def test_looks_that_lie_close_together_are_no_gap():
    """As long as a failover time, at the most."""
    assert looks((0.0, 1), (10.0, 1)).is_expired(row(), at=10.0)


def test_what_nobody_takes_is_very_old():
    """After three times."""
    beats = looks((0.0, 1), (9.0, 1), (18.0, 1), (27.0, 1))
    assert not beats.is_very_old(row(), at=29.9)
    assert beats.is_very_old(row(), at=30.0)


def test_it_says_when_the_next_owner_would_expire():
    """Of those that had not at a time, which may be before the last look."""
    beats = Heartbeats(10.0)
    others = [row(name="s-0"), row(name="s-1")]
    assert beats.next_expiry(others, after=0.0) == NEVER
    beats.saw([others[0]], at=0.0)
    beats.saw(others, at=4.0)
    assert beats.next_expiry(others, after=4.0) == 10.0
    beats.saw(others, at=11.0)
    assert beats.next_expiry(others, after=9.9) == 10.0
    assert beats.next_expiry(others, after=10.0) == 14.0


def test_a_lease_that_is_gone_is_forgotten():
    """It begins anew when it comes back."""
    beats = looks((0.0, 1))
    beats.saw([], at=5.0)
    beats.saw([row(1)], at=9.0)
    assert not beats.is_expired(row(), at=18.0)


def test_alone_nobody_ever_expires():
    """There is nobody else."""
    assert not looks((0.0, 1), (1e9, 1), failover=NEVER).is_expired(row(), at=1e12)
