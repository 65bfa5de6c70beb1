"""The shard with the most headroom is found without a look at each."""

from __future__ import annotations

import pytest

from kinesis_producer.core.hash_keys import WHOLE_RANGE
from kinesis_producer.core.lane import Lane
from kinesis_producer.core.limiter import CAPACITY, Limiter
from kinesis_producer.core.line import Load
from kinesis_producer.core.ranking import Ranking


def lanes(count, now=1.0):
    return [
        Lane(f"s{number}", WHOLE_RANGE, Limiter(now, known=True), Load()) for number in range(count)
    ]


def ranking(members, dice=lambda: 0.5):
    made = Ranking(dice)
    made.reset(members)
    return made


def test_who_has_spent_least_is_first():
    """Though it was looked at last."""
    members = lanes(3)
    found = ranking(members)
    for lane, spent in zip(members, (3000, 1000, 2000), strict=True):
        lane.limiter.spend(spent)
        found.rank(lane)
    order = []
    while (first := found.first()) is not None:
        order.append(first.shard_id)
        found.set_aside(first)
    assert order == ["s1", "s2", "s0"]


def test_time_that_passes_changes_no_order():
    """Until one has all the credit that can be saved up."""
    early, late = members = lanes(2)
    found = ranking(members)
    for lane, spent in ((early, 2000), (late, 1000)):
        lane.limiter.spend(spent)
        found.rank(lane)
    early.limiter.pass_time(1.1, CAPACITY)
    assert found.first() is late
    early.limiter.pass_time(9.0, CAPACITY)
    found.rank(early)
    assert found.first() is late


def test_a_shard_that_is_left_alone_for_a_while_is_no_candidate_before():
    """Whatever credit it has."""
    tried, silent = members = lanes(2)
    found = ranking(members)
    tried.limiter.spend(5000)
    silent.not_before = 9.0
    for lane in members:
        found.rank(lane)
    assert found.first() is tried


def test_who_is_set_aside_comes_back_when_it_is_ranked():
    """Not before."""
    (lane,) = members = lanes(1)
    found = ranking(members)
    found.set_aside(lane)
    assert found.first() is None
    found.rank(lane)
    assert found.first() is lane


def test_a_lane_of_a_shard_that_is_no_more_is_not_ranked():
    """Its answers may still come."""
    gone, left = lanes(2)
    found = ranking([left])
    found.rank(gone)
    found.set_aside(left)
    assert found.first() is None


@pytest.mark.parametrize("rolls", [(0.1, 0.9), (0.9, 0.1)])
def test_ties_are_broken_at_random(rolls):
    """Producers that begin together do not all begin with the same shard."""
    members = lanes(2)
    found = ranking(members, iter(rolls).__next__)
    assert found.first() is members[rolls.index(0.1)]


def test_places_that_are_out_of_date_take_no_room():
    """Each answer ranks its lanes anew."""
    members = lanes(3)
    found = ranking(members)
    for _ in range(1000):
        for lane in members:
            found.rank(lane)
    assert len(found._places) <= 20
    for lane in members:
        found.set_aside(lane)
    assert found.first() is None
