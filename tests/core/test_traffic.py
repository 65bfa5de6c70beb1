"""What becomes of what is pending when something is learned of the stream."""

from __future__ import annotations

from collections import Counter

import pytest

from kinesis_producer.core.aggregate import CloseReason
from kinesis_producer.core.formats.kpl import KplFormat
from kinesis_producer.core.formats.packed import PackedFormat
from kinesis_producer.core.limiter import CAPACITY, CUT
from kinesis_producer.core.shard_map import StreamFacts
from kinesis_producer.records import NO_KEYS, Accepted, Keys, Totals
from tests.core.building import INTERNAL, INVALID, SILENCE, THROTTLED, aggregate_rules, backlog
from tests.core.stream import (
    MERGED,
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
KPL = aggregate_rules(form=KplFormat(), size_limit=51_200)
TO_A, TO_B, TO_1 = key_to(A), key_to(B), key_to(S1)
TO_0 = TO_A
AUTO = StreamFacts(auto=True)


def of(batch):
    return sorted((one.aim.shard_id, one.records[0]) for one in batch.aggregates)


def rates(box):
    return {one.shard_id: one.limiter.rate for one in lanes_of(box)}


# Splits and merges


@pytest.mark.parametrize("aggregates", [ALONE, aggregate_rules()], ids=["closed", "open"])
def test_after_a_split_everything_waits_in_the_lanes_of_the_children(aggregates):
    """What is open as well as what is closed; what went to the other shard is where it was."""
    box = backlog(aggregates, facts=facts(TWO))
    for record, keys in ((b"a", TO_A), (b"b", TO_B), (b"1", TO_1)):
        put(box, record, keys, 1.0)
    box.learn(facts(SPLIT), 1.0)
    put(box, b"late", Keys("late", TO_A.explicit_hash_key), 1.0)
    assert of(sent(box, 1.5)) == [("a", b"a"), ("a", b"late"), ("b", b"b"), ("s1", b"1")]
    assert box.due() == NEVER


@pytest.mark.parametrize("aggregates", [ALONE, aggregate_rules()], ids=["closed", "open"])
def test_after_a_merge_everything_waits_in_one_lane(aggregates):
    """Oldest first."""
    box = backlog(aggregates, facts=facts(TWO))
    for record, keys in ((b"1", TO_0), (b"2", TO_1), (b"3", NO_KEYS), (b"4", TO_0)):
        put(box, record, keys, 1.0)
    box.learn(facts(MERGED), 1.0)
    batch = sent(box, 1.5)
    assert {one.aim.shard_id for one in batch.aggregates} == {"m"}
    assert [one.number for one in batch.aggregates] == sorted(
        one.number for one in batch.aggregates
    )
    assert sorted(data(batch)) == [b"1", b"2", b"3", b"4"]


def test_what_is_charged_moves_with_what_is_pending():
    """Quotas hold for the lanes there are; nothing is charged to those that are gone."""
    box = backlog(facts=facts(TWO))
    for keys in (TO_A, TO_B, TO_1):
        put(box, b"x" * 100, keys, 1.0)
    old = {one.shard_id: one for one in lanes_of(box)}
    assert old["s0"].charged == 2 * old["s1"].charged > 0
    flying = sent(box, 1.5)
    put(box, b"x" * 100, TO_A, 1.5)
    box.learn(facts(SPLIT), 1.5)
    new = {one.shard_id: one for one in lanes_of(box)}
    assert new["s1"] is old["s1"]
    assert old["s0"].charged == 0
    assert new["a"].charged == 2 * new["b"].charged
    accept(box, flying, SPLIT, now=1.6)
    accept(box, sent(box, 2.0), SPLIT, now=2.0)
    assert [one.charged for one in new.values()] == [0, 0, 0]
    assert box.memory.charged == 0


def test_what_is_in_flight_over_a_split_goes_again_to_a_child():
    """Its answer still says something of the lane it went by."""
    box = backlog(ALONE, facts=facts(TWO))
    put(box, b"a", TO_A)
    flying = sent(box, 1.0)
    box.learn(facts(SPLIT), 1.0)
    answer(box, flying, THROTTLED, now=1.1)
    assert of(sent(box, 1.1)) == [("a", b"a")]


def test_halves_of_a_request_go_on_over_a_split():
    """They are requests of their own, which nothing changes."""
    box = backlog(ALONE, facts=facts(TWO))
    for number, keys in enumerate((TO_A, TO_B)):
        put(box, b"%d" % number, keys)
    box.settle(sent(box, 1.0), INVALID, now=1.0, spread=1.0)
    box.learn(facts(SPLIT), 1.0)
    for number in range(2):
        batch = sent(box, 1.0)
        assert data(batch) == [b"%d" % number]
        accept(box, batch, SPLIT, now=1.0)
    assert box.totals().delivered == 2


def test_children_begin_at_the_pace_of_their_parents():
    """Of a merge at the mean of both; a shard that stays keeps its own; unrelated ones begin."""
    box = backlog(ALONE, facts=facts(TWO))
    put(box, b"x", TO_0)
    answer(box, sent(box, 1.0), THROTTLED, now=1.0)
    assert rates(box) == pytest.approx({"s0": CUT * CAPACITY, "s1": CAPACITY})
    box.learn(facts(SPLIT), 1.0)
    cut = CUT * CAPACITY
    assert rates(box) == pytest.approx({"a": cut, "b": cut, "s1": CAPACITY})
    box.learn(facts(MERGED), 1.0)
    assert rates(box) == pytest.approx({"m": (2 * CUT + 1) / 3 * CAPACITY})


def test_the_same_map_again_changes_nothing():
    """A look that finds what is known closes nothing, moves nothing, and costs nobody a pause."""
    box = backlog(KPL, facts=facts(TWO), filtered=True)
    put(box, b"a", TO_A, 1.0)
    queue, before = box._traffic.queue, list(lanes_of(box))
    due = box.due()
    box.learn(facts(even(2)), 1.0)
    assert box._traffic.queue is queue
    assert all(one is other for one, other in zip(lanes_of(box), before, strict=True))
    put(box, b"b", TO_B, 1.1)
    assert box.due() == due
    (one,) = sent(box, 1.5).aggregates
    assert (one.records, one.reason) == ([b"a", b"b"], CloseReason.AGE)


def test_the_first_map_takes_over_what_is_pending():
    """Open, closed, to be retried and in flight; nothing waits for anything else."""
    box = backlog(ALONE)
    for record, keys in ((b"flying", TO_0), (b"again", TO_1)):
        put(box, record, keys)
    flying = sent(box, 1.0)
    put(box, b"later", TO_0)
    put(box, b"free", NO_KEYS)
    box.learn(facts(TWO), 1.0)
    batch = sent(box, 1.5)
    assert sorted(data(batch)) == [b"free", b"later"]
    accept(box, batch, now=1.6)
    answer(box, flying, Accepted("s0", "1"), INTERNAL, now=1.6)
    assert data(sent(box, 2.0)) == [b"again"]


def test_halves_of_what_went_before_the_first_map_go_on():
    """No lane is charged for them."""
    box = backlog(ALONE)
    for number, keys in enumerate((TO_0, TO_1)):
        put(box, b"%d" % number, keys)
    flying = sent(box, 1.0)
    box.learn(facts(TWO), 1.0)
    box.settle(flying, INVALID, now=1.0, spread=1.0)
    for number in range(2):
        batch = sent(box, 1.0)
        assert data(batch) == [b"%d" % number]
        answer(box, batch, Accepted("s0", "1"), now=1.0)
    assert box.totals().delivered == 2
    assert not box.stale


def test_an_open_aggregate_is_still_open_after_the_first_map():
    """That of the records without keys, too; its age counts from its first record."""
    box = backlog()
    put(box, b"1", TO_0, 1.0)
    put(box, b"free 1", NO_KEYS, 1.0)
    box.learn(facts(TWO), 1.1)
    put(box, b"2", TO_0, 1.1)
    put(box, b"free 2", NO_KEYS, 1.1)
    assert box.due() == pytest.approx(1.2)
    assert sorted(one.records for one in sent(box, 1.2).aggregates) == [
        [b"1", b"2"],
        [b"free 1", b"free 2"],
    ]


@pytest.mark.parametrize("state", ["open", "closed", "again", "flying"])
def test_when_the_shards_are_not_known_any_more_all_goes_in_one_queue(state):
    """A permission that was taken away loses nothing, nor what was decided for a shard."""
    box = backlog(ALONE if state != "open" else aggregate_rules(), facts=facts(TWO))
    for record, keys in ((b"k", TO_0), (b"f", NO_KEYS)):
        put(box, record, keys, 1.0)
    flying = sent(box, 1.3) if state in {"again", "flying"} else None
    if flying is not None and state == "again":
        box.settle(flying, SILENCE, now=1.3, spread=1.0)
    box.learn(StreamFacts(), 1.3)
    if flying is not None and state == "flying":
        box.settle(flying, SILENCE, now=1.3, spread=1.0)
    batch = sent(box, 2.0)
    assert sorted(data(batch)) == [b"f", b"k"]
    assert all(one.lane is None for one in batch.aggregates)
    assert all(one.hash_key is None for one in batch.aggregates) or state == "flying"
    answer(box, batch, Accepted("s0", "1"), Accepted("s0", "2"), now=2.0)
    assert box.totals().delivered == 2
    assert box.memory.charged == 0


def test_what_shares_an_aggregate_is_closed_when_the_shards_are_forgotten():
    """From then on records with other keys do not share one."""
    box = backlog(aggregate_rules(form=PackedFormat()), facts=facts(TWO))
    put(box, b"a", TO_A, 1.0)
    put(box, b"b", TO_B, 1.0)
    box.learn(StreamFacts(), 1.0)
    put(box, b"c", TO_A, 1.0)
    put(box, b"d", TO_B, 1.0)
    assert sorted(one.records for one in sent(box, 1.5).aggregates) == [
        [b"a", b"b"],
        [b"c"],
        [b"d"],
    ]


def test_without_shards_there_are_no_quotas():
    """Only the memory itself is a bound."""
    box = backlog(memory=10_000)
    assert box.fits(TO_0, 10_000)
    put(box, b"x" * 5000, TO_0)
    assert box.fits(TO_0, 4000)
    assert not box.fits(TO_0, 5000)


# What is evidence


def test_what_lands_elsewhere_is_evidence_until_somebody_has_looked():
    """The shards have changed, and the map has not."""
    box = backlog(ALONE, facts=facts(TWO))
    put(box, b"x", TO_0)
    seen = [box.stale]
    answer(box, sent(box, 1.0), Accepted("a", "1"), now=1.0)
    seen.append(box.stale)
    box.learn(facts(TWO), 1.1)
    assert [*seen, box.stale] == [False, True, False]


def test_an_answer_to_what_was_sent_before_the_look_is_no_evidence():
    """It says what the shards were."""
    box = backlog(ALONE, facts=facts(TWO))
    put(box, b"x", TO_0)
    flying = sent(box, 1.0)
    box.learn(facts(TWO), 1.1)
    answer(box, flying, Accepted("a", "1"), now=1.2)
    assert not box.stale


def test_without_a_map_there_is_no_evidence():
    """Nothing was expected."""
    box = backlog(ALONE)
    put(box, b"x", TO_0)
    answer(box, sent(box, 1.0), Accepted("a", "1"), now=1.0)
    assert not box.stale


def astray(box, number, now, *, wrong=None):
    """So many records to the first shard, of which so many land in the other one."""
    for _ in range(number):
        put(box, b"x", TO_0, now)
    batch = sent(box, now)
    assert len(batch.aggregates) == number
    wrong = number if wrong is None else wrong
    places = ["s1"] * wrong + ["s0"] * (number - wrong)
    answer(box, batch, *[Accepted(place, "1") for place in places], now=now)


def test_a_map_that_was_confirmed_and_is_wrong_most_of_the_time_is_not_believed():
    """Then the service spreads the records, and nobody was permitted to be told."""
    box = backlog(ALONE, facts=facts(TWO))
    astray(box, 11, 1.0)
    box.learn(facts(TWO), 2.0)
    put(box, b"x", TO_0, 3.0)
    (one,) = sent(box, 3.0).aggregates
    assert one.lane is None
    assert box.totals().delivered == 11


@pytest.mark.parametrize(("number", "wrong"), [(10, 10), (24, 12)])
def test_a_map_is_not_doubted_for_little(number, wrong):
    """For few, nor for no more than are right."""
    box = backlog(ALONE, facts=facts(TWO))
    astray(box, number, 1.0, wrong=wrong)
    box.learn(facts(TWO), 2.0)
    put(box, b"x", TO_0, 3.0)
    (one,) = sent(box, 3.0).aggregates
    assert one.lane is not None


def test_misses_before_a_look_do_not_count_after_it():
    """Each look begins to count anew."""
    box = backlog(ALONE, facts=facts(TWO))
    for second in (1.0, 2.0, 3.0):
        astray(box, 9, second)
        box.learn(facts(TWO), second)
    put(box, b"x", TO_0, 4.0)
    (one,) = sent(box, 4.0).aggregates
    assert one.lane is not None


def test_a_map_is_believed_where_it_is_told_that_keys_are_followed():
    """Whatever the answers say."""
    box = backlog(ALONE, facts=facts(TWO, auto=False))
    astray(box, 50, 1.0)
    box.learn(facts(TWO, auto=False), 2.0)
    put(box, b"x", TO_0, 3.0)
    (one,) = sent(box, 3.0).aggregates
    assert one.lane is not None


def test_another_map_is_believed():
    """What was wrong was the old one."""
    box = backlog(ALONE, facts=facts(TWO))
    astray(box, 50, 1.0)
    box.learn(facts(SPLIT), 2.0)
    put(box, b"x", TO_A, 3.0)
    assert of(sent(box, 3.0)) == [("a", b"x")]


def test_a_map_that_was_not_believed_is_believed_when_it_is_told_of_keys():
    """Somebody gave the permission."""
    box = backlog(ALONE, facts=facts(TWO))
    astray(box, 50, 1.0)
    for second in (2.0, 3.0):
        box.learn(facts(TWO), second)
    box.learn(facts(TWO, auto=False), 4.0)
    put(box, b"x", TO_0, 5.0)
    assert of(sent(box, 5.0)) == [("s0", b"x")]


# AUTO: the service spreads the records


def test_on_an_auto_stream_kpl_sends_each_record_alone():
    """An aggregate would be thrown away: its records may belong to another shard than it is in."""
    box = backlog(KPL, facts=AUTO, filtered=True)
    for keys in (TO_0, TO_0, NO_KEYS):
        put(box, b"x", keys, 1.0)
    batch = sent(box, 1.0)
    assert [one.records for one in batch.aggregates] == [[b"x"]] * 3


def test_other_formats_aggregate_on_auto_streams_too():
    """Their readers take a record from wherever it is."""
    box = backlog(aggregate_rules(form=PackedFormat()), facts=AUTO)
    for _ in range(3):
        put(box, b"x", TO_0, 1.0)
    assert [one.records for one in sent(box, 1.5).aggregates] == [[b"x"] * 3]


@pytest.mark.parametrize("state", ["open", "closed", "again", "flying"])
@pytest.mark.parametrize("keys", [NO_KEYS, TO_A])
@pytest.mark.parametrize("shards", [TWO, None])
def test_when_a_stream_becomes_auto_kpl_aggregates_crumble(state, keys, shards):
    """What is open, closed, or fails; each of their records is an entry."""
    box = backlog(KPL, facts=facts(shards), filtered=True)
    for number in range(3):
        put(box, b"%d" % number, keys, 1.0)
    if state != "open":
        box.flush(CloseReason.FLUSH)
    flying = sent(box, 1.0) if state in {"again", "flying"} else None
    if flying is not None and state == "again":
        answer(box, flying, THROTTLED, now=1.0)
    box.learn(AUTO, 1.0)
    if flying is not None and state == "flying":
        answer(box, flying, THROTTLED, now=1.0)
    batch = sent(box, 2.0)
    (one,) = batch.aggregates
    assert [piece.records for piece in one.aloft] == [[b"0"], [b"1"], [b"2"]]
    answer(box, batch, *[Accepted("any", "1")] * 3, now=2.0)
    assert box.totals() == Totals(received=3, delivered=3)


def test_what_lands_anywhere_is_not_wrong_on_an_auto_stream():
    """An aggregate that was in flight when it was found out is as it is."""
    box = backlog(KPL, facts=facts(TWO), filtered=True)
    for keys in (TO_A, TO_B):
        put(box, b"x", keys, 1.0)
    flying = sent(box, 1.5)
    box.learn(AUTO, 1.5)
    answer(box, flying, Accepted("s1", "1"), now=1.6)
    assert box.totals() == Totals(received=2, delivered=2)
    assert not box.stale


def test_when_a_stream_follows_keys_again_kpl_aggregates_again():
    """What crumbled before goes on in as many pieces as have to be."""
    box = backlog(KPL, facts=AUTO, filtered=True)
    put(box, b"alone", TO_A, 1.0)
    box.learn(facts(TWO, auto=False), 1.0)
    for keys in (TO_A, TO_B, TO_A):
        put(box, b"x", keys, 1.0)
    assert Counter(len(one.records) for one in sent(box, 1.5).aggregates) == {1: 1, 3: 1}


def test_where_nothing_is_told_of_auto_kpl_goes_by_what_it_sees():
    """A map that is wrong most of the time: from then on each record goes alone."""
    box = backlog(KPL, facts=facts(TWO), filtered=True)
    for number in range(12):
        for keys in (TO_A, TO_B):
            put(box, b"x", keys, float(number))
        batch = sent(box, number + 0.5)
        entries = sum(len(one.aloft) or 1 for one in batch.aggregates)
        answer(box, batch, *[Accepted("s1", "1")] * entries, now=number + 0.5)
    box.learn(facts(TWO), 20.0)
    put(box, b"alone", TO_A, 20.0)
    batches = []
    while (batch := box.take(40.0)) is not None:
        batches.append(batch)
    entries = sum(one.entries for batch in batches for one in batch.aggregates)
    records = sum(len(data(batch)) for batch in batches)
    assert entries == records
