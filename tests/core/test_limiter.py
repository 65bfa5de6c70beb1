"""How fast one shard may be sent to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer.core.limiter import (
    CAPACITY,
    CUT,
    CUT_OF_UNKNOWN,
    FLOOR,
    GROWTH,
    LEAST_COST,
    MOST_CREDIT,
    WORTH_A_REQUEST,
    Limiter,
)

NEVER = float("inf")
STEP = 0.02


def limiter(*, known=True):
    return Limiter(0.0, known=known)


def use_up(one, now, mean=0.0):
    """Let time pass, and spend all that was earned."""
    one.pass_time(now, mean)
    one.spend(max(one.headroom * one.rate, 0.0) + LEAST_COST)


def grown(one, begin, seconds, mean=0.0):
    """How much the rate has grown in that time, while all credit was used."""
    before = one.rate
    for step in range(1, round(seconds / STEP) + 1):
        use_up(one, begin + step * STEP, mean)
    return one.rate - before


def test_it_begins_with_what_a_shard_takes_and_nothing_saved():
    """The first entry may go at once, the second when the first has been paid for."""
    one = limiter()
    assert one.rate == CAPACITY
    assert (one.open, one.due()) == (True, -NEVER)
    one.spend(CAPACITY / 4)
    assert not one.open
    assert one.headroom == pytest.approx(-0.25)
    assert one.due() == pytest.approx(0.25 + WORTH_A_REQUEST)


@pytest.mark.parametrize("size", [1, 1000, 25_000, 10 * CAPACITY])
def test_an_entry_may_run_into_debt_whatever_its_size(size):
    """It never waits for enough credit; those after it wait."""
    one = limiter()
    assert one.open
    one.spend(size)
    assert not one.open
    one.pass_time(max(size, LEAST_COST) / CAPACITY, 0.0)
    assert one.open


def test_a_small_entry_costs_a_thousandth_of_a_second():
    """A shard takes a thousand of them, however small."""
    one = limiter()
    sent = 0
    for step in range(1, 1001):
        one.pass_time(step / 1000, 0.0)
        while one.open:
            one.spend(1)
            sent += 1
    assert sent == pytest.approx(1000, abs=2)


def test_credit_is_saved_up_for_a_fifth_of_a_second():
    """Whoever was idle for an hour does not overflow the bucket of a shard."""
    one = limiter()
    one.pass_time(3600.0, 0.0)
    assert one.headroom == pytest.approx(MOST_CREDIT)


def test_time_does_not_go_back():
    """Two threads may bring their times in the wrong order."""
    one = limiter()
    one.pass_time(0.1, 0.0)
    one.pass_time(0.05, 0.0)
    one.pass_time(0.1, 0.0)
    assert one.headroom == pytest.approx(0.1)


@pytest.mark.parametrize(("known", "left"), [(True, CUT), (False, CUT_OF_UNKNOWN)])
def test_a_throttle_cuts_the_rate_and_takes_the_credit(known, left):
    """More is left where the rate is not known."""
    one = limiter(known=known)
    one.pass_time(1.0, 0.0)
    one.throttled(sent_at=1.0, now=1.1)
    assert one.rate == pytest.approx(left * CAPACITY)
    assert one.headroom == 0.0


def test_a_throttle_does_not_forgive_a_debt():
    """What was sent has to be paid for all the same."""
    one = limiter()
    one.spend(CAPACITY)
    one.throttled(sent_at=0.0, now=0.0)
    assert one.headroom == pytest.approx(-1 / CUT)


def test_what_was_sent_before_a_cut_cuts_no_more():
    """All requests of one moment meet the same full bucket."""
    one = limiter()
    one.throttled(sent_at=1.0, now=1.1)
    one.throttled(sent_at=1.05, now=1.2)
    assert one.rate == pytest.approx(CUT * CAPACITY)
    one.throttled(sent_at=1.1, now=1.3)
    assert one.rate == pytest.approx(CUT**2 * CAPACITY)


def test_cuts_end_at_a_fiftieth():
    """A shard that takes nothing is asked now and then."""
    one = limiter()
    for second in range(30):
        one.throttled(sent_at=float(second), now=float(second))
    assert one.rate == FLOOR


def test_the_rate_grows_slowly_while_throttles_are_recent():
    """By a twentieth of itself in a second."""
    one = limiter()
    one.throttled(sent_at=0.0, now=0.0)
    use_up(one, STEP)
    before = one.rate
    assert grown(one, STEP, 1.0) / before == pytest.approx(GROWTH, rel=0.05)


def test_growth_doubles_with_each_quiet_second():
    """After three times as long as there usually is between two throttles."""
    one = limiter(known=False)
    for second in range(60):
        one.throttled(sent_at=float(second), now=float(second))
    begin = 59 + 3 * one.gap
    assert begin == pytest.approx(62, abs=0.1)
    rates = [grown(one, begin + second, 1.0) / one.rate for second in range(4)]
    assert rates[0] < rates[1] < rates[2] < rates[3]
    assert rates[3] > 0.3


def test_growth_is_the_whole_rate_in_a_second_at_the_most():
    """However long it was quiet."""
    one = limiter(known=False)
    use_up(one, 1000.0)
    before = one.rate
    use_up(one, 1000.0 + STEP)
    assert one.rate / before == pytest.approx(1 + STEP)


def test_one_that_was_held_down_grows_by_the_mean_of_all():
    """So that it is back in seconds, not in a minute."""
    alone, among = limiter(), limiter()
    for one in (alone, among):
        for second in range(30):
            one.throttled(sent_at=float(second), now=float(second))
        use_up(one, 29 + STEP)
    alone_grown = grown(alone, 29 + STEP, 1.0, mean=0.0)
    among_grown = grown(among, 29 + STEP, 1.0, mean=CAPACITY)
    assert among_grown > 20 * alone_grown


def test_what_does_not_use_its_credit_does_not_grow():
    """Then the program is the limit, and nothing is found out."""
    one = limiter()
    one.throttled(sent_at=0.0, now=0.0)
    for second in range(1, 100):
        one.pass_time(float(second), 0.0)
    assert one.rate == pytest.approx(CUT * CAPACITY)


@given(
    st.lists(st.tuples(st.floats(0.0, 5.0), st.integers(0, 2_000_000), st.booleans()), max_size=40)
)
def test_a_known_rate_is_never_exceeded(steps):
    """Nor is more sent than it allows, but for what was saved, and the debt of one entry."""
    one, now, sent, largest = limiter(), 0.0, 0.0, 0.0
    for seconds, size, throttled in steps:
        now += seconds
        one.pass_time(now, CAPACITY)
        assert FLOOR <= one.rate <= CAPACITY
        if one.open and size:
            one.spend(size)
            sent, largest = sent + size, max(largest, size)
        if throttled:
            one.throttled(now, now)
        assert sent <= now * CAPACITY + MOST_CREDIT * CAPACITY + largest


def test_growth_ends_at_a_known_rate():
    """To the byte: one above it would throttle itself."""
    one = limiter()
    one.throttled(sent_at=0.0, now=0.0)
    grown(one, 0.0, 60.0)
    assert one.rate == CAPACITY


def test_an_unknown_rate_is_found_out():
    """It grows beyond what a shard of a provisioned stream takes."""
    one = limiter(known=False)
    grown(one, 0.0, 20.0)
    assert one.rate > 2 * CAPACITY


def test_what_is_smaller_than_was_expected_gives_credit_back():
    """But no entry costs less than the least."""
    one = limiter()
    one.spend(100_000)
    one.give_back(100_000, 20_000)
    assert one.headroom * CAPACITY == pytest.approx(-20_000)
    one.give_back(20_000, 0)
    assert one.headroom * CAPACITY == pytest.approx(-LEAST_COST)


def test_what_is_larger_than_was_expected_is_paid_for():
    """The guess was too low."""
    one = limiter()
    one.spend(1)
    one.give_back(1, 50_000)
    assert one.headroom * CAPACITY == pytest.approx(-50_000)


def test_a_child_begins_as_its_parents_were():
    """With the mean of their rates, and of the times between throttles; and no debt."""
    parents = [limiter(), limiter()]
    parents[0].throttled(sent_at=1.0, now=1.0)
    parents[0].spend(CAPACITY)
    child = Limiter(1.0, known=True)
    child.inherit(parents)
    assert child.rate == pytest.approx((1 + CUT) / 2 * CAPACITY)
    assert child.gap == pytest.approx((4.0 + 5.0) / 2)
    assert child.headroom == 0.0


def test_a_child_of_a_known_rate_takes_no_more_than_that():
    """Whatever its parent had found out."""
    parent = limiter(known=False)
    parent.rate = 3 * CAPACITY
    child = Limiter(1.0, known=True)
    child.inherit([parent])
    assert child.rate == CAPACITY


def test_usual_times_between_throttles_are_learned():
    """A quarter at a time; and what is longer than twenty seconds says no more than that."""
    one = limiter()
    assert one.gap == 5.0
    one.throttled(sent_at=1.0, now=1.0)
    assert one.gap == pytest.approx(5.0 - 0.25 * 4.0)
    one.throttled(sent_at=1000.0, now=1000.0)
    assert one.gap == pytest.approx(4.0 + 0.25 * 16.0)
