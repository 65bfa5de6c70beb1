"""Callers that wait for room: behind those who wait for the same, and in nobody else's way."""

from __future__ import annotations

import pytest

from kinesis_producer.core.hash_keys import uniform_ranges
from kinesis_producer.errors import ProducerClosed
from kinesis_producer.limits import KIB
from kinesis_producer.producer.callers import Caller, Callers, Parcel
from kinesis_producer.records import NO_KEYS, Accepted
from tests.core.building import aggregate_rules, backlog
from tests.core.stream import even, facts, key_to, sent

SPANS = uniform_ranges(4)
SIZE = 9_000


def room():
    """A buffer of 256 KiB for four shards; each may have a quarter of it."""
    return backlog(aggregate_rules(size_limit=1000), facts=facts(even(4)), memory=256 * KIB)


def parcel(shard, *, size=SIZE, letter=b"x"):
    keys = NO_KEYS if shard is None else key_to(SPANS[shard])
    return Parcel(letter * size, keys, 0 if shard is None else 1)


def fill(box, shard):
    """Send to a shard until its lane is full."""
    while box.fits(parcel(shard).keys, parcel(shard).charge):
        box.append(*parcel(shard), 1.0)


def wait(callers, *parcels):
    waiting = [Caller(one) for one in parcels]
    for one in waiting:
        callers.add(one)
    return waiting


def let_in(callers, box, refusal=lambda: None):
    callers.let_in(box, refusal, 1.0)


def deliver(box, number=None):
    """Have a request delivered, or so many of its entries."""
    batch = sent(box, 1.0)
    results = [Accepted(one.aim.shard_id, "1") for one in batch.aggregates]
    box.settle(batch, results, now=1.0, spread=1.0)
    return len(results)


def test_who_waits_for_a_full_lane_is_in_nobody_elses_way():
    """Others go by, to other shards and without a key."""
    box, callers = room(), Callers()
    fill(box, 0)
    stuck, other, free = wait(callers, parcel(0), parcel(1), parcel(None))
    let_in(callers, box)
    assert stuck.answer is None
    assert other.answer is not None
    assert free.answer is not None
    assert len(callers) == 1
    assert not callers.without_room


def test_for_a_lane_it_is_first_come_first_served():
    """A smaller record for which there would be room does not overtake."""
    box, callers = room(), Callers()
    fill(box, 0)
    large, small = wait(callers, parcel(0, size=20_000), parcel(0, size=1))
    let_in(callers, box)
    assert box.fits(small.parcel.keys, small.parcel.charge)
    assert (large.answer, small.answer) == (None, None)
    deliver(box)
    let_in(callers, box)
    assert large.answer < small.answer


def test_a_new_caller_waits_behind_those_of_its_lane_only():
    """It asks before it goes by the short way."""
    box, callers = room(), Callers()
    fill(box, 0)
    wait(callers, parcel(0, size=20_000))
    let_in(callers, box)
    assert callers.come_before(box.lane_of(parcel(0).keys))
    assert not callers.come_before(box.lane_of(parcel(1).keys))
    assert not callers.come_before(None)


def test_where_there_is_no_room_at_all_everybody_waits():
    """First come first served, whatever the lane."""
    box, callers = room(), Callers()
    for shard in range(4):
        fill(box, shard)
    while box.memory.ask(parcel(None).charge):
        box.append(*parcel(None), 1.0)
    first, second = wait(callers, parcel(None), parcel(None, size=1))
    let_in(callers, box)
    assert callers.without_room
    assert (first.answer, second.answer) == (None, None)
    assert callers.come_before(None)
    assert callers.come_before(box.lane_of(parcel(1).keys))
    deliver(box)
    let_in(callers, box)
    assert first.answer < second.answer
    assert not callers.without_room


def test_when_the_last_has_gone_nobody_waits_any_more():
    """Who gave up leaves nothing behind."""
    box, callers = room(), Callers()
    fill(box, 0)
    (stuck,) = wait(callers, parcel(0))
    let_in(callers, box)
    callers.remove(stuck)
    assert len(callers) == 0
    let_in(callers, box)
    assert not callers.come_before(box.lane_of(parcel(0).keys))


def test_at_the_end_each_is_told_by_an_error_of_its_own():
    """Whoever gets one may write in it: a traceback, a note."""
    box, callers = room(), Callers()
    both = wait(callers, parcel(0), parcel(1))
    let_in(callers, box, lambda: ProducerClosed("closed"))
    first, second = (one.answer for one in both)
    assert isinstance(first, ProducerClosed)
    assert isinstance(second, ProducerClosed)
    assert first is not second
    assert len(callers) == 0


def test_who_has_an_answer_is_not_let_in_again():
    """It was told, and has not come to take itself out yet."""
    box, callers = room(), Callers()
    (one,) = wait(callers, parcel(0))
    one.tell(ProducerClosed("closed"))
    let_in(callers, box)
    assert len(box) == 0
    assert len(callers) == 0


@pytest.mark.parametrize(("shard", "more"), [(None, 0), (0, 128)])
def test_keys_of_their_own_are_charged_for(shard, more):
    """A record that is the first of an aggregate is charged no more than that."""
    box = room()
    one = parcel(shard, size=100)
    box.append(*one, 1.0)
    assert box.memory.charged <= one.charge
    assert one.charge - more == 100 + one.key_size + 64 + 800
