"""What goes into a request: who is passed over in one is not forgotten by the next."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from kinesis_producer.core.limiter import CUT, Limiter
from kinesis_producer.core.packing import Packing
from kinesis_producer.core.put_records import RequestLimits
from tests.core.building import aggregate_rules, backlog
from tests.core.stream import even, facts, put, sent


def test_a_shard_whose_turn_it_was_when_a_request_was_full_begins_the_next():
    """It has the most headroom still."""
    limits = RequestLimits(150_000)
    box = backlog(aggregate_rules(size_limit=0), facts=facts(), requests=limits)
    for _ in range(4):
        put(box, b"x" * 100_000)
    went = [one.aim.shard_id for _ in range(4) for one in sent(box, 1.0).aggregates]
    assert set(went[:2]) == set(went[2:]) == {"s0", "s1"}


@pytest.mark.parametrize("told", [None, facts(even(8))], ids=["shards unknown", "shards known"])
def test_a_request_has_500_entries_at_the_most(told):
    """The service refuses more, all of them; and it gets so many where there are more."""
    box = backlog(aggregate_rules(size_limit=0), facts=told)
    for _ in range(600):
        put(box, b"x")
    assert len(sent(box, 1.0).aggregates) == 500


class Shards:
    """Of which the mean rate is asked for; counted."""

    def __init__(self):
        self.asked = 0
        self.rate = 1000.0

    def mean_rate(self):
        self.asked += 1
        return self.rate


@pytest.fixture
def shards():
    return Shards()


@pytest.fixture
def packing(shards):
    unused = None
    return Packing(unused, shards, unused, unused, unused, unused)  # type: ignore[arg-type]


class Heard:
    """A lane whose limiter remembers what it was told of the others."""

    def __init__(self):
        self.means = []
        self.limiter = SimpleNamespace(pass_time=lambda _, mean: self.means.append(mean))


def test_the_mean_of_all_shards_is_that_of_now(packing, shards):
    """Or of a moment ago: one that was held down is to grow as the others are now."""
    lane = Heard()
    packing.pass_time(lane, 1.0)
    shards.rate *= CUT
    packing.pass_time(lane, 1.05)
    packing.pass_time(lane, 1.2)
    assert lane.means == [1000.0, 1000.0, 1000.0 * CUT]


def test_thousands_of_shards_are_added_up_once(packing, shards):
    """Not for each of them."""
    lanes = [SimpleNamespace(limiter=Limiter(0.0, known=True)) for _ in range(1000)]
    for number, lane in enumerate(lanes):
        packing.pass_time(lane, 1.0 + number / 100_000)
    assert shards.asked == 1
    assert len({lane.limiter.headroom for lane in lanes}) == 1
