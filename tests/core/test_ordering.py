"""Order within each shard, where the shards are known: over retries, splits and merges."""

from __future__ import annotations

import pytest

from kinesis_producer.core.aggregate import CloseReason
from kinesis_producer.core.formats.packed import PackedFormat
from kinesis_producer.core.limiter import CAPACITY
from kinesis_producer.core.retry import RetryRules
from kinesis_producer.limits import MIB
from kinesis_producer.records import NO_KEYS, Outcome
from tests.core.building import INTERNAL, INVALID, SILENCE, THROTTLED, aggregate_rules, backlog
from tests.core.stream import (
    MERGED,
    S0,
    S1,
    SPLIT,
    TWO,
    A,
    B,
    accept,
    answer,
    data,
    even,
    facts,
    key_to,
    lanes_of,
    put,
    sent,
)

NEVER = float("inf")
ALONE = aggregate_rules(size_limit=0)
TO_0, TO_1 = key_to(S0), key_to(S1)
TO_A, TO_B = key_to(A), key_to(B)


def in_order(aggregates=ALONE, shards=TWO, **given):
    known = None if shards is None else facts(shards)
    return backlog(aggregates, facts=known, **{"ordered": True, "senders": 1, **given})


def test_one_aggregate_of_a_lane_is_in_flight():
    """The next waits for its answer; other lanes do not."""
    box = in_order()
    for record, keys in ((b"a", TO_0), (b"b", TO_0), (b"c", TO_1), (b"d", TO_1)):
        put(box, record, keys)
    first = sent(box, 1.0)
    assert sorted(data(first)) == [b"a", b"c"]
    assert box.due() == NEVER
    assert box.take(9.0) is None
    accept(box, first, now=1.1)
    assert sorted(data(sent(box, 1.1))) == [b"b", b"d"]


def test_lanes_go_on_by_themselves():
    """An answer of one is not waited for by the other."""
    box = in_order(senders=2)
    for record, keys in ((b"a", TO_0), (b"b", TO_0), (b"c", TO_1), (b"d", TO_1)):
        put(box, record, keys)
    batches = [sent(box, 1.0), sent(box, 1.0)]
    assert sorted(map(data, batches)) == [[b"a"], [b"c"]]
    (fast,) = [batch for batch in batches if data(batch) == [b"c"]]
    accept(box, fast, now=1.1)
    assert data(sent(box, 1.1)) == [b"d"]


def test_no_request_takes_all_lanes():
    """The others of the senders would have nothing to do until its answer."""
    box = in_order(shards=even(8), senders=4)
    for span in even(8).ranges.values():
        put(box, b"x", key_to(span))
    assert [len(sent(box, 1.0).aggregates) for _ in range(4)] == [2, 2, 2, 2]


def test_a_retry_goes_before_its_successors():
    """They wait for its backoff, too."""
    box = in_order()
    put(box, b"a", TO_0)
    put(box, b"b", TO_0)
    answer(box, sent(box, 1.0), INTERNAL, now=1.0)
    assert box.due() == pytest.approx(1.1)
    assert box.take(1.05) is None
    batch = sent(box, 1.1)
    assert data(batch) == [b"a"]
    accept(box, batch, now=1.2)
    assert data(sent(box, 1.2)) == [b"b"]


def test_a_throttled_retry_goes_before_its_successors():
    """At once, where the lane may be sent to."""
    box = in_order()
    put(box, b"a", TO_0)
    put(box, b"b", TO_0)
    answer(box, sent(box, 1.0), THROTTLED, now=1.0)
    batch = sent(box, 1.0)
    assert data(batch) == [b"a"]
    accept(box, batch, now=1.1)
    assert data(sent(box, 1.1)) == [b"b"]


def test_successors_of_a_failure_wait_for_its_settlement():
    """Then they go: whoever sees the hole was told of it."""
    box = in_order(retries=RetryRules(1, 10.0))
    put(box, b"a", TO_0)
    put(box, b"b", TO_0)
    answer(box, sent(box, 1.0), INTERNAL, now=1.0)
    assert not box.settled.unannounced
    assert box.take(1.05) is None
    answer(box, sent(box, 1.1), INTERNAL, now=1.1)
    assert [one.settlement.outcome for one in box.settled.unannounced] == [Outcome.POSSIBLY_WRITTEN]
    assert data(sent(box, 1.1)) == [b"b"]


def test_a_request_whose_time_is_over_holds_up_no_other():
    """What it carried was given up, and may turn up at any time."""
    box = in_order(delivery_timeout=20.0)
    put(box, b"hangs", TO_0)
    sent(box, 1.0)
    put(box, b"later", TO_0, 15.0)
    assert box.due() == NEVER
    box.expire(31.0)
    assert data(sent(box, 31.0)) == [b"later"]


def test_records_without_keys_keep_their_order_in_a_shard():
    """A retry stays in the shard it was sent to, before what goes there later."""
    box = in_order(shards=even(1))
    put(box, b"a")
    put(box, b"b")
    answer(box, sent(box, 1.0), THROTTLED, now=1.0)
    batch = sent(box, 1.0)
    assert data(batch) == [b"a"]
    accept(box, batch, even(1), now=1.1)
    assert data(sent(box, 1.1)) == [b"b"]


def test_records_without_keys_do_not_overtake_a_retry_that_waits():
    """In its shard; another takes them meanwhile."""
    box = in_order()
    put(box, b"a")
    batch = sent(box, 1.0)
    (one,) = batch.aggregates
    other = S1 if one.hash_key in S0 else S0
    answer(box, batch, INTERNAL, now=1.0)
    put(box, b"b")
    put(box, b"c")
    batch = sent(box, 1.0)
    assert data(batch) == [b"b"]
    assert batch.aggregates[0].hash_key in other
    assert box.take(1.05) is None


def test_single_records_do_not_wait_for_a_full_request():
    """There is one of each lane in it, whatever there is."""
    box = in_order(linger=0.5)
    put(box, b"x", TO_0, 1.0)
    assert data(sent(box, 1.0)) == [b"x"]


# Sizes


def test_aggregates_grow_with_the_round_trip():
    """One in each has to be enough for what a shard takes; and a Kinesis record holds so much."""
    box = in_order(aggregate_rules())
    now = 1.0
    for _ in range(100):
        put(box, b"x" * 50_000, TO_0, now)
        now = max(now + 0.2, box.due())
        batch = sent(box, now)
        now += 0.2
        accept(box, batch, now=now)
    assert box.accumulator.size_limit == pytest.approx(1.3 * 0.2 * MIB, rel=0.01)
    for _ in range(100):
        put(box, b"x", TO_0, now)
        now = max(now + 0.2, box.due())
        batch = sent(box, now)
        now += 10.0
        accept(box, batch, now=now)
    assert box.accumulator.size_limit == MIB


def test_aggregates_do_not_grow_out_of_order():
    """Many of a shard may be in flight there."""
    box = in_order(aggregate_rules(), ordered=False)
    put(box, b"x", TO_0, 1.0)
    batch = sent(box, 1.2)
    accept(box, batch, now=60.0)
    assert box.accumulator.size_limit == 100_000


def test_whoever_sends_each_record_alone_gets_no_aggregates():
    """However long the round trip is."""
    box = in_order()
    put(box, b"x", TO_0)
    accept(box, sent(box, 1.0), now=9.0)
    put(box, b"x", TO_0, 9.0)
    put(box, b"x", TO_0, 9.0)
    assert len(sent(box, 9.0).aggregates[0].records) == 1


def test_an_aggregate_that_has_grown_enough_does_not_wait_for_its_age():
    """Once its lane is free, what was asked for as a size is enough."""
    box = in_order(aggregate_rules(size_limit=1000, time_limit=60.0))
    put(box, b"x" * 1000, TO_0, 1.0)
    batch = sent(box, 1.0)
    box.accumulator.size_limit = MIB
    put(box, b"x" * 500, TO_0, 1.0)
    put(box, b"x" * 500, TO_0, 1.0)
    assert box.due() == NEVER
    accept(box, batch, now=1.1)
    assert len(data(sent(box, 1.1))) == 2


# Shards that change


def test_after_a_split_the_children_wait_for_what_is_left_of_their_parent():
    """In its line and in flight; then both go on, and the other shard was never held up."""
    box = in_order()
    put(box, b"a1", TO_A)
    put(box, b"b1", TO_B)
    flying = sent(box, 1.0)
    assert data(flying) == [b"a1"]
    box.learn(facts(SPLIT), 1.0)
    put(box, b"a2", TO_A)
    put(box, b"b2", TO_B)
    put(box, b"c", TO_1)
    batch = sent(box, 2.0)
    assert data(batch) == [b"c"]
    assert box.take(2.0) is None
    accept(box, flying, SPLIT, now=2.0)
    batch = sent(box, 2.0)
    assert data(batch) == [b"b1"]
    assert box.take(2.5) is None
    accept(box, batch, SPLIT, now=3.0)
    assert sorted(data(sent(box, 3.0))) == [b"a2", b"b2"]


def test_after_a_split_the_children_wait_for_the_halves_of_a_batch_that_go_again():
    """They are in no line and in no request just then, and their lane has not ended."""
    box = in_order()
    for record, keys in ((b"a", TO_0), (b"b", TO_1)):
        put(box, record, keys)
    box.settle(sent(box, 1.0), INVALID, now=1.0, spread=1.0)
    box.learn(facts(SPLIT), 1.0)
    put(box, b"c", TO_0, 1.0)
    halves = [sent(box, 1.0), sent(box, 1.0)]
    assert {bytes(one.records[0]) for half in halves for one in half.aggregates} == {b"a", b"b"}
    assert box.take(1.0) is None
    for half in halves:
        accept(box, half, SPLIT, now=1.1)
    assert [one.records for one in sent(box, 1.1).aggregates] == [[b"c"]]


def test_after_a_merge_the_child_waits_for_both_its_parents():
    """Whichever is the last."""
    box = in_order(senders=2)
    put(box, b"0", TO_0)
    put(box, b"1", TO_1)
    batches = [sent(box, 1.0), sent(box, 1.0)]
    box.learn(facts(MERGED), 1.0)
    put(box, b"next", TO_0)
    for batch in batches:
        assert box.take(1.0) is None
        accept(box, batch, MERGED, now=1.1)
    assert data(sent(box, 1.2)) == [b"next"]


def test_a_grandchild_waits_for_what_is_left_of_the_first():
    """Two changes, one soon after the other."""
    box = in_order(shards=MERGED)
    put(box, b"1", TO_A)
    flying = sent(box, 1.0)
    box.learn(facts(TWO), 1.0)
    put(box, b"2", TO_A)
    box.learn(facts(SPLIT), 1.0)
    put(box, b"3", TO_A)
    assert box.take(1.0) is None
    accept(box, flying, SPLIT, now=1.1)
    for expected in (b"2", b"3"):
        batch = sent(box, 2.0)
        assert data(batch) == [expected]
        accept(box, batch, SPLIT, now=2.0)


def test_records_without_keys_do_not_go_to_a_shard_that_is_closed():
    """Its lane ends; it takes nothing new."""
    box = in_order()
    for number in range(4):
        put(box, b"%d" % number, TO_0)
    flying = sent(box, 1.0)
    box.learn(facts(SPLIT), 1.0)
    put(box, b"free")
    batch = sent(box, 1.0)
    assert data(batch) == [b"free"]
    assert batch.aggregates[0].hash_key in S1
    accept(box, flying, SPLIT, now=1.1)
    assert data(sent(box, 1.2)) == [b"1"]


def test_open_aggregates_of_the_parent_are_open_in_its_children():
    """Where all records have the same keys nothing is closed for a change."""
    box = in_order(aggregate_rules())
    put(box, b"1", TO_A, 1.0)
    box.learn(facts(SPLIT), 1.0)
    put(box, b"2", TO_A, 1.1)
    batch = sent(box, 1.3)
    assert data(batch) == [b"1", b"2"]
    assert batch.aggregates[0].aim.shard_id == "a"


def test_shared_aggregates_of_the_parent_are_closed():
    """Their records belong to different children now: they go in pieces, before what comes."""
    box = in_order(aggregate_rules(form=PackedFormat()))
    put(box, b"a1", TO_A, 1.0)
    put(box, b"b1", TO_B, 1.0)
    box.learn(facts(SPLIT), 1.0)
    put(box, b"a2", TO_A, 1.0)
    batch = sent(box, 1.3)
    (one,) = batch.aggregates
    assert (one.records, one.reason) == ([b"a1", b"b1"], CloseReason.SHARDS)
    assert [piece.records for piece in one.aloft] == [[b"a1"], [b"b1"]]
    assert box.take(1.3) is None
    accept(box, batch, SPLIT, now=1.4)
    assert data(sent(box, 1.4)) == [b"a2"]


def test_what_is_in_flight_when_the_shards_become_known_ends_first():
    """It went by no lane; what waits behind it goes by the lanes."""
    box = in_order(shards=None)
    put(box, b"1", TO_0)
    put(box, b"2", TO_0)
    put(box, b"3", TO_1)
    flying = sent(box, 1.0)
    assert data(flying) == [b"1"]
    box.learn(facts(TWO), 1.0)
    assert box.due() == NEVER
    accept(box, flying, now=1.1)
    assert sorted(data(sent(box, 1.2))) == [b"2", b"3"]


def test_what_was_in_flight_when_the_shards_became_known_may_fail():
    """Its retry goes before what came behind it, all the same."""
    box = in_order(shards=None)
    put(box, b"1", TO_0)
    put(box, b"2", TO_0)
    flying = sent(box, 1.0)
    box.learn(facts(TWO), 1.0)
    box.settle(flying, SILENCE, now=1.1, spread=1.0)
    now = box.due()
    batch = sent(box, now)
    assert data(batch) == [b"1"]
    accept(box, batch, now=now)
    assert data(sent(box, now)) == [b"2"]


def test_with_nothing_in_flight_the_first_map_holds_up_nothing():
    """There is nothing to wait for."""
    box = in_order(shards=None)
    put(box, b"1", TO_0)
    put(box, b"2", NO_KEYS)
    box.learn(facts(TWO), 1.0)
    assert sorted(data(sent(box, 1.5))) == [b"1", b"2"]


def test_a_child_begins_at_the_pace_of_its_parent():
    """It takes no more than is known yet."""
    box = in_order()
    put(box, b"x", TO_0)
    answer(box, sent(box, 1.0), THROTTLED, now=1.0)
    box.learn(facts(SPLIT), 1.0)
    rates = {one.shard_id: one.limiter.rate for one in lanes_of(box)}
    assert rates["a"] == rates["b"] < rates["s1"] == CAPACITY


def test_a_map_that_was_lost_and_is_there_again_keeps_order():
    """What holds records of two shards goes before what came behind any of them."""
    box = in_order(aggregate_rules(form=PackedFormat(), size_limit=10_000, time_limit=0.1))
    for record, keys in ((b"0", TO_A), (b"1", TO_B)):
        put(box, record, keys)
    box.flush(CloseReason.FLUSH)
    box.learn(facts(None), 1.0)
    put(box, b"2", TO_B, 1.0)
    box.flush(CloseReason.FLUSH)
    box.learn(facts(SPLIT), 1.0)
    first = sent(box, 2.0)
    assert data(first) == [b"0", b"1"]
    accept(box, first, SPLIT, now=2.1)
    assert data(sent(box, 2.1)) == [b"2"]


def test_a_record_from_an_interruption_goes_behind_those_before_it():
    """Though it has an aggregate of its own, which is closed at once."""
    box = in_order(aggregate_rules(size_limit=10_000))
    put(box, b"first", TO_0)
    box.append_alone(b"second", TO_0, 1, 0.0, 99)
    first = sent(box, 1.0)
    assert data(first) == [b"first"]
    accept(box, first, now=1.1)
    assert data(sent(box, 1.1)) == [b"second"]
