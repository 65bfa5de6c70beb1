"""A stream whose shards are known: what goes to which of them, when, and how much waits."""

from __future__ import annotations

from collections import Counter

import pytest

from kinesis_producer.core.aggregate import CloseReason
from kinesis_producer.core.formats.plain import NoFormat
from kinesis_producer.core.hash_keys import uniform_ranges
from kinesis_producer.core.limiter import CAPACITY, CUT, WORTH_A_REQUEST
from kinesis_producer.core.outage import SHARE
from kinesis_producer.core.put_records import RequestLimits
from kinesis_producer.core.retry import RetryRules
from kinesis_producer.limits import AGGREGATE_OVERHEAD, KIB, RECORD_OVERHEAD
from kinesis_producer.records import NO_KEYS, Accepted, Outcome
from tests.core.building import (
    INTERNAL,
    INVALID,
    SILENCE,
    THROTTLED,
    aggregate_rules,
    backlog,
)
from tests.core.stream import (
    MERGED,
    S0,
    S1,
    SPLIT,
    TWO,
    accept,
    answer,
    data,
    even,
    facts,
    key_to,
    lanes_of,
    put,
    sent,
    spans,
)

NEVER = float("inf")
ALONE = aggregate_rules(size_limit=0)
TO_0, TO_1 = key_to(S0), key_to(S1)
ALSO_TO_0 = key_to(S0, "another")
LARGE = b"x" * 100_000


def lanes(aggregates=ALONE, shards=TWO, **given):
    """A backlog that knows the shards, with credit saved up for each at the time 1."""
    return backlog(aggregates, facts=facts(shards), **given)


def aims(batch):
    return [one.aim.shard_id for one in batch.aggregates]


# Where to


def test_keys_go_to_the_shard_they_belong_to():
    """Whichever has more headroom."""
    box = lanes()
    for keys in (TO_1, TO_0, TO_1, TO_1):
        put(box, b"x", keys)
    assert Counter(aims(sent(box, 1.0))) == {"s0": 1, "s1": 3}


def test_records_without_keys_go_to_the_shard_with_the_most_headroom():
    """Under a hash key of that shard."""
    box = lanes()
    put(box, LARGE, TO_0)
    sent(box, 1.0)
    for _ in range(20):
        put(box, b"x")
    batch = sent(box, 1.0)
    assert set(aims(batch)) == {"s1"}
    assert all(one.hash_key in S1 for one in batch.aggregates)


def test_ties_are_broken_at_random():
    """Were the first always preferred, it would have more to do than the others at half load."""
    box = lanes(shards=even(8))
    counts: Counter[str] = Counter()
    for second in range(1, 401):
        put(box, b"x", now=float(second))
        batch = sent(box, float(second))
        counts.update(aims(batch))
        accept(box, batch, even(8), now=float(second))
    assert len(counts) == 8
    assert all(25 < number < 85 for number in counts.values())


def test_hash_keys_within_a_shard_are_spread():
    """So that a split that was not noticed yet finds some for each child."""
    box = lanes()
    for _ in range(50):
        put(box, b"x")
    keys = [one.hash_key for one in sent(box, 1.0).aggregates if one.aim.shard_id == "s0"]
    assert len(set(keys)) == len(keys) > 10
    assert min(keys) < S0.middle < max(keys)


def test_records_without_keys_flow_around_a_throttled_shard():
    """What it refused goes to another, at once."""
    box = lanes()
    put(box, b"x")
    batch = sent(box, 1.0)
    (first,) = aims(batch)
    answer(box, batch, THROTTLED, now=1.0)
    assert box.due() == -NEVER
    batch = sent(box, 1.0)
    assert aims(batch) == [{"s0": "s1", "s1": "s0"}[first]]
    (one,) = batch.aggregates
    assert one.hash_key in (S1 if first == "s0" else S0)


def test_a_copy_of_what_may_be_written_goes_to_the_same_shard():
    """There a reader can compare them."""
    box = lanes()
    put(box, b"x")
    batch = sent(box, 1.0)
    (one,) = batch.aggregates
    where = (one.aim, one.hash_key)
    answer(box, batch, INTERNAL, now=1.0)
    assert box.due() == pytest.approx(1.1)
    (again,) = sent(box, 1.2).aggregates
    assert (again.aim, again.hash_key) == where


def test_a_copy_whose_shard_is_in_a_gap_of_the_map_goes_anywhere():
    """The map was made in the middle of a change."""
    box = lanes()
    put(box, b"x")
    batch = sent(box, 1.0)
    (one,) = batch.aggregates
    gone, left = (S0, S1) if one.aim.shard_id == "s0" else (S1, S0)
    box.learn(facts(spans(left=left)), 1.0)
    answer(box, batch, INTERNAL, now=1.0)
    (again,) = sent(box, 1.2).aggregates
    assert again.aim.shard_id == "left"
    assert again.hash_key not in gone


def test_what_belongs_to_no_known_shard_goes_by_any_lane():
    """Under its own key: where it lands is for the service to say."""
    box = lanes(shards=spans(s0=S0))
    put(box, b"x", TO_1)
    batch = sent(box, 1.0)
    (one,) = batch.aggregates
    assert (aims(batch), one.lane, one.hash_key) == (["s0"], None, None)
    answer(box, batch, Accepted("s1", "1"), now=1.0)
    assert box.totals().delivered == 1
    assert box.stale


def test_the_lanes_of_very_many_keys_are_found():
    """Only so many are remembered."""
    box = lanes()
    for number in range(10_050):
        box.lane_of(key_to(S0, str(number)))
    assert box.lane_of(key_to(S0, "0")).shard_id == "s0"
    assert box.lane_of(key_to(S1, "0")).shard_id == "s1"
    assert len(lanes_of(box)._by_keys) <= 10_000


# How fast


def test_an_entry_that_is_throttled_goes_again_by_the_pace_of_its_lane():
    """Not by a backoff of its own: at once, where the shard may be sent to."""
    box = lanes()
    put(box, b"x", TO_0)
    answer(box, sent(box, 1.0), THROTTLED, now=1.0)
    assert box.due() == -NEVER
    assert aims(sent(box, 1.0)) == ["s0"]


def test_a_lane_in_debt_waits_for_its_limiter():
    """At the rate that is left after the cut."""
    box = lanes()
    put(box, LARGE * 5, TO_0)
    answer(box, sent(box, 1.0), THROTTLED, now=1.0)
    debt = 5 * len(LARGE) + 1 + 1 - 0.2 * CAPACITY  # delimiter and key
    assert box.due() == pytest.approx(1.0 + debt / (CUT * CAPACITY) + WORTH_A_REQUEST)
    assert box.take(1.2) is None
    assert aims(sent(box, box.due())) == ["s0"]


@pytest.mark.parametrize("keys", [NO_KEYS, TO_0])
def test_answers_do_not_make_what_has_just_been_earned_worth_a_request(keys):
    """Else there would be as many requests as answers, with a record or two in each."""
    box = lanes()
    for _ in range(800):
        put(box, b"x", keys, 1.0)
    batches = [sent(box, 1.0), box.take(1.0)]
    for batch in filter(None, batches):
        answer(box, batch, *(Accepted(aim, "1") for aim in aims(batch)), now=1.005)
    due = box.due()
    assert due > 1.005
    assert len(sent(box, due).aggregates) >= 5


def test_halves_that_go_again_are_charged_before_others_choose_their_shard():
    """Theirs has less headroom by them than it had."""
    box = lanes()
    put(box, b"x" * 8000, TO_1, 1.0)
    assert aims(sent(box, 1.0)) == ["s1"]
    for _ in range(2):
        put(box, b"x" * 3000, TO_0, 1.0)
    box.settle(sent(box, 1.0), INVALID, now=1.0, spread=1.0)
    assert [aims(sent(box, 1.0)) for _ in range(2)] == [["s0"], ["s0"]]
    put(box, b"x", NO_KEYS, 1.0)
    assert aims(sent(box, 1.0)) == ["s1"]


def test_what_had_no_answer_waits_for_its_own_backoff():
    """The limiter knows nothing of it."""
    box = lanes()
    put(box, b"x", TO_0)
    answer(box, sent(box, 1.0), INTERNAL, now=1.0)
    assert box.due() == pytest.approx(1.1)
    assert box.take(1.05) is None
    assert data(sent(box, 1.1)) == [b"x"]


def pauses(box, rounds):
    """What a shard that takes nothing is given between one attempt and the next."""
    found, now = [], 1.0
    for _ in range(rounds):
        batch = sent(box, now)
        answer(box, batch, *[THROTTLED] * len(batch.aggregates), now=now)
        due = max(box.due(), now)
        found.append(due - now)
        now = due
    return found, now


def test_a_shard_that_takes_nothing_is_left_alone_for_longer_and_longer():
    """Doubled from the second time on, up to a tenth of the delivery timeout."""
    box = lanes(delivery_timeout=100_000.0)
    put(box, b"x", TO_0)
    found, _ = pauses(box, 14)
    assert found[0] == 0.0
    assert found[1:6] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6])
    assert max(found) == pytest.approx(102.4)
    box = lanes(delivery_timeout=60.0)
    put(box, b"x", TO_0)
    assert max(pauses(box, 9)[0]) == pytest.approx(60.0 * SHARE)


def test_the_pause_is_jittered():
    """Producers that were throttled together do not come back together."""
    box = lanes()
    put(box, b"x", TO_0)
    for _ in range(2):
        box.settle(sent(box, 1.0), [THROTTLED], now=1.0, spread=1.5)
    assert box.due() == pytest.approx(1.15)


def test_other_shards_do_not_feel_it():
    """Nor do records without keys."""
    box = lanes()
    put(box, b"x", TO_0)
    _, now = pauses(box, 8)
    now -= 0.1
    put(box, b"y", TO_1, now)
    put(box, b"z", NO_KEYS, now)
    assert box.due() <= now
    assert aims(sent(box, now)) == ["s1", "s1"]


def test_whatever_a_shard_takes_ends_its_pauses():
    """In the same request as a refusal, too: then the limiter knows enough."""
    box = lanes()
    for record in (b"x", b"y"):
        put(box, record, TO_0)
    _, now = pauses(box, 5)
    answer(box, sent(box, now), THROTTLED, Accepted("s0", "1"), now=now)
    assert box.due() < now + 0.05
    now += 0.05
    answer(box, sent(box, now), THROTTLED, now=now)
    assert box.due() < now + 0.05


def test_requests_that_were_on_their_way_are_of_the_same_round():
    """Four refusals of one moment are no four rounds; nor are they four cuts."""
    box = lanes(requests=RequestLimits(10_000, 1))
    for _ in range(4):
        put(box, b"x", TO_0)
    batches = [sent(box, 1.0) for _ in range(4)]
    for late, batch in enumerate(batches):
        answer(box, batch, THROTTLED, now=1.1 + late / 100)
    (lane,) = {one.aim for batch in batches for one in batch.aggregates}
    assert lane.limiter.rate == pytest.approx(CUT * CAPACITY, rel=0.01)  # it grows meanwhile
    assert box.due() == -NEVER


def test_no_shard_is_starved():
    """Requests are few and small, and all shards have more than enough: they get equal parts."""
    shards = even(4)
    box = lanes(shards=shards, requests=RequestLimits(10_000, 7))
    for _ in range(400):
        for span in uniform_ranges(4):
            put(box, b"x", key_to(span))
    counts: Counter[str] = Counter()
    for step in range(100):
        batch = sent(box, 1.0 + step / 10_000)
        counts.update(aims(batch))
        accept(box, batch, shards, now=1.0 + step / 10_000)
    assert counts.total() == 700
    assert max(counts.values()) - min(counts.values()) <= 7


def test_in_a_lane_what_began_first_goes_first():
    """Records with keys and those without share its rate: neither waits for all of the others."""
    box = lanes(shards=spans(s0=S0))
    for number in range(6):
        put(box, b"%d" % number, TO_0 if number % 2 else NO_KEYS)
    assert data(sent(box, 1.0)) == [b"0", b"1", b"2", b"3", b"4", b"5"]


def test_a_request_is_filled_up_to_its_size_and_not_beyond():
    """The rest goes with the next one."""
    box = lanes(requests=RequestLimits(2 * len(LARGE) + 100))
    for keys in (TO_0, TO_1, TO_0):
        put(box, LARGE, keys)
    assert [len(sent(box, 1.0).aggregates), len(sent(box, 1.0).aggregates)] == [2, 1]


def test_a_single_aggregate_larger_than_a_request_is_not_stuck():
    """The first entry always goes; whether it fits is for the service to say."""
    box = lanes(requests=RequestLimits(10))
    put(box, LARGE, TO_0)
    assert data(sent(box, 1.0)) == [LARGE]


def test_compressed_aggregates_are_charged_for_what_they_are():
    """Once it is known, credit is given back, and the next ones are expected to be alike."""
    box = lanes()
    for _ in range(60):
        put(box, LARGE, TO_0)
    now = 1.0
    for _ in range(50):
        now = max(now, box.due())
        batch = sent(box, now)
        for one in batch.aggregates:
            one.sent_size = 12_500
        accept(box, batch, now=now)
    assert now < 1.0 + 50 / 8
    put(box, LARGE, TO_1)
    batch = sent(box, now)
    (one,) = [one for one in batch.aggregates if one.aim.shard_id == "s1"]
    assert one.cost == pytest.approx(12_500, rel=0.1)


# How much


def quotas(**given):
    """Four shards, of which each may have a quarter of 256 KiB."""
    return lanes(aggregate_rules(size_limit=1000), even(4), memory=256 * KIB, **given)


SPANS = uniform_ranges(4)
EACH = 10_000 + RECORD_OVERHEAD + AGGREGATE_OVERHEAD


def fill(box, span):
    """Send to one shard while there is room; how many records that was."""
    taken = 0
    while box.fits(key_to(span), EACH):
        put(box, b"x" * 10_000, key_to(span))
        taken += 1
    return taken


def test_a_lane_may_have_its_share_of_the_memory():
    """Past it, only those are refused who send to that lane."""
    box = quotas()
    assert fill(box, SPANS[0]) == 64 * KIB // EACH
    assert not box.fits(key_to(SPANS[0]), EACH)
    assert box.fits(key_to(SPANS[1]), EACH)
    assert box.fits(NO_KEYS, EACH)
    assert not box.memory.starved
    assert fill(box, SPANS[1]) == 64 * KIB // EACH


def test_what_is_delivered_makes_room_in_its_lane():
    """And in no other."""
    box = quotas()
    fill(box, SPANS[0])
    fill(box, SPANS[1])
    batch = sent(box, 1.0)
    accept(box, batch, even(4), now=1.0)
    kept = {one.aim.shard_id for one in batch.aggregates}
    assert kept == {"s0", "s1"}
    assert box.memory.charged == sum(lane.charged for lane in lanes_of(box))
    assert box.fits(key_to(SPANS[0]), EACH)


def test_a_lane_that_has_nothing_may_have_one_record_of_any_size():
    """As far as there is memory at all."""
    box = quotas()
    assert box.fits(key_to(SPANS[0]), 200 * KIB)
    assert not box.fits(key_to(SPANS[0]), 300 * KIB)


def test_a_lane_may_always_have_a_few_aggregates():
    """Where there are more shards than memory, else none could be busy."""
    box = lanes(aggregate_rules(size_limit=30_000), even(4), memory=256 * KIB)
    assert fill(box, SPANS[0]) == 4 * 30_000 // EACH


def test_dropping_the_oldest_drops_of_the_lane_that_is_full():
    """What others wait for is not given up for it."""
    box = quotas()
    fill(box, SPANS[1])
    first = put(box, b"x" * 10_000, key_to(SPANS[0]))
    fill(box, SPANS[0])
    assert box.drop_oldest(key_to(SPANS[0]))
    assert [one.handle for one in box.settled.unannounced] == [first]
    assert box.fits(key_to(SPANS[0]), EACH)


def test_where_the_memory_is_full_the_oldest_of_all_is_dropped():
    """No lane is full, so none is to blame."""
    box = lanes(memory=3 * (EACH + 1), shards=TWO)
    handles = [put(box, b"x" * 10_000, keys) for keys in (TO_1, TO_0, NO_KEYS)]
    assert not box.memory.ask(EACH)
    assert box.drop_oldest(TO_0)
    assert [one.handle for one in box.settled.unannounced] == handles[:1]


def test_a_full_lane_of_open_aggregates_is_sent_at_once():
    """Nothing else could make room for its callers; open aggregates of other lanes grow on."""
    rules = aggregate_rules(size_limit=16 * KIB, time_limit=60.0)
    box = lanes(rules, even(4), memory=256 * KIB)
    put(box, b"x" * 10_000, key_to(SPANS[1]), 1.0)
    for number in range(6):
        put(box, b"x" * 10_000, key_to(SPANS[0], str(number)), 1.0)
    assert box.due() == pytest.approx(61.0)
    assert not box.fits(key_to(SPANS[0]), EACH)
    assert box.due() == -NEVER
    batch = sent(box, 1.0)
    assert set(aims(batch)) == {"s0"}
    assert {one.reason for one in batch.aggregates} == {CloseReason.MEMORY}


def test_a_full_buffer_of_open_aggregates_is_sent_at_once():
    """Somebody waits for room, and nothing else could make it."""
    box = lanes(aggregate_rules(time_limit=60.0), memory=2000)
    put(box, b"x", now=1.0)
    put(box, b"y", TO_0, now=1.0)
    assert box.take(1.0) is None
    assert not box.memory.ask(500)
    batch = sent(box, 1.0)
    assert {one.reason for one in batch.aggregates} == {CloseReason.MEMORY}


# When


def test_an_aggregate_grows_until_its_lane_can_send_it():
    """Its age makes it due; while its shard is busy it takes more records."""
    box = lanes(aggregate_rules())
    put(box, LARGE * 5, TO_0, 1.0)
    batch = sent(box, 1.0)
    accept(box, batch, now=1.05)
    put(box, b"early", TO_0, 1.05)
    ready = (5 * len(LARGE) - 0.2 * CAPACITY) / CAPACITY + 1.0 + WORTH_A_REQUEST
    assert box.due() == pytest.approx(ready, abs=0.001)
    assert box.take(1.26) is None
    put(box, b"late", TO_0, 1.27)
    (one,) = sent(box, 1.3).aggregates
    assert (one.records, one.reason) == ([b"early", b"late"], CloseReason.AGE)


def test_an_aggregate_without_keys_grows_until_some_lane_can_send_it():
    """Where all shards are busy, each request carries more."""
    box = lanes(aggregate_rules(), spans(s0=S0))
    put(box, LARGE * 5, NO_KEYS, 1.0)
    sent(box, 1.0)
    put(box, b"early", NO_KEYS, 1.0)
    assert box.take(1.25) is None
    put(box, b"late", NO_KEYS, 1.27)
    assert data(sent(box, 1.3)) == [b"early", b"late"]


def test_an_aggregate_is_due_at_its_age():
    """From its first record, where its shard waits for it."""
    box = lanes(aggregate_rules())
    put(box, b"a", TO_0, 1.0)
    put(box, b"b", TO_0, 1.1)
    assert box.due() == pytest.approx(1.2)
    assert box.take(1.19) is None
    assert data(sent(box, 1.2)) == [b"a", b"b"]
    assert box.due() == NEVER


def test_what_comes_later_may_be_due_sooner():
    """An aggregate that closes by its size goes at once, and one that is begun is not forgotten."""
    box = lanes(aggregate_rules(size_limit=10))
    put(box, b"a", TO_0, 1.0)
    assert box.due() == pytest.approx(1.2)
    put(box, b"x" * 20, TO_1, 1.0)
    assert box.due() == -NEVER
    sent(box, 1.0)
    assert box.due() == pytest.approx(1.2)


SINGLE = aggregate_rules(form=NoFormat(), count_limit=1)


@pytest.mark.parametrize("keys", [NO_KEYS, TO_0])
def test_single_records_wait_for_a_full_request(keys):
    """For so long, for so many, or until somebody flushes; with keys and without."""
    box = lanes(SINGLE, linger=0.5, requests=RequestLimits(10_000, 3))
    put(box, b"1", keys, 1.0)
    assert box.due() == pytest.approx(1.5)
    assert box.take(1.4) is None
    put(box, b"2", keys, 1.1)
    assert box.due() == pytest.approx(1.5)
    put(box, b"3", TO_1, 1.2)
    assert box.due() == -NEVER
    assert len(sent(box, 1.2).aggregates) == 3
    put(box, b"4", keys, 1.3)
    assert box.due() == pytest.approx(1.8)
    box.flush(CloseReason.FLUSH)
    assert box.due() == -NEVER
    assert data(sent(box, 1.3)) == [b"4"]
    put(box, b"5", keys, 1.4)
    assert box.due() == pytest.approx(1.9)


def test_single_records_do_not_wait_where_a_request_is_filled_by_bytes():
    """The other limit of a request."""
    box = lanes(SINGLE, linger=0.5, requests=RequestLimits(100))
    put(box, b"x" * 60, TO_0, 1.0)
    assert box.take(1.0) is None
    put(box, b"x" * 60, TO_1, 1.0)
    assert len(sent(box, 1.0).aggregates) == 1


def test_beside_a_request_on_its_way_aggregates_wait_for_company():
    """For as long as they may, until they fill a request, or none is on its way any more."""
    box = lanes(aggregate_rules(size_limit=50), company=0.1, requests=RequestLimits(264))

    def full(now):
        put(box, b"x" * 50, NO_KEYS, now)

    full(1.0)
    first = sent(box, 1.0)
    full(1.0)
    assert box.due() == pytest.approx(1.1)
    assert box.take(1.05) is None
    full(1.05)
    second = sent(box, 1.1)
    assert len(second.aggregates) == 2
    full(1.2)
    full(1.2)
    full(1.2)
    assert box.due() == pytest.approx(1.3)
    full(1.2)
    assert box.due() == -NEVER
    third = sent(box, 1.2)
    full(1.2)
    for batch in (first, second, third):
        assert box.due() == pytest.approx(1.3)
        accept(box, batch, now=1.2)
    assert box.due() == -NEVER


def closed_before_an_older_one(at):
    """Beside a request on its way: two keys of a shard, the first open since the time 1."""
    box = lanes(aggregate_rules(size_limit=50), company=0.1, requests=RequestLimits(1000))
    put(box, b"x" * 50, NO_KEYS, 1.0)
    sent(box, 1.0)
    put(box, b"y", TO_0, 1.0)
    put(box, b"x" * 50, ALSO_TO_0, at)
    return box


def test_company_is_waited_for_no_longer_than_an_open_aggregate_may_wait():
    """One that began before, with another key of the same shard."""
    box = closed_before_an_older_one(1.19)
    assert box.due() == pytest.approx(1.2)
    assert sorted(data(sent(box, 1.2))) == [b"x" * 50, b"y"]


def test_a_flush_means_what_closed_in_another_order_too():
    """A large record opens after others and closes before them."""
    box = closed_before_an_older_one(1.0)
    box.flush(CloseReason.FLUSH)
    assert box.due() == -NEVER
    assert len(sent(box, 1.0).aggregates) == 2


def test_flushing_with_nothing_pending_hurries_nothing():
    """What comes later waits as usual."""
    box = lanes(SINGLE, linger=0.5)
    box.flush(CloseReason.FLUSH)
    put(box, b"x", TO_0, 1.0)
    assert box.due() == pytest.approx(1.5)


# How it ends


def test_a_culprit_is_found_by_halving():
    """Each half is a request of its own, and goes next, to the shards it went to."""
    box = lanes()
    for number in range(20):
        put(box, b"%d" % number, TO_0 if number % 2 else TO_1)
    requests = 0
    while (batch := box.take(1.0)) is not None:
        requests += 1
        if b"13" in data(batch):
            box.settle(batch, INVALID, now=1.0, spread=1.0)
        else:
            accept(box, batch, now=1.0)
    assert requests <= 2 * 5 + 1
    assert (box.totals().delivered, box.totals().not_written) == (19, 1)
    assert not any(lane.aboard for lane in lanes_of(box))


def test_what_is_given_up_leaves_its_lane():
    """Its bytes are no longer of the lane, and what comes after it goes."""
    box = lanes(retries=RetryRules(0, 10.0))
    put(box, b"x", TO_0)
    put(box, b"y", TO_0)
    answer(box, sent(box, 1.0), THROTTLED, Accepted("s0", "1"), now=1.0)
    assert [one.settlement.outcome for one in box.settled.unannounced] == [
        Outcome.NOT_WRITTEN,
        Outcome.DELIVERED,
    ]
    assert [lane.charged for lane in lanes_of(box)] == [0, 0]
    assert box.due() == NEVER


def test_what_expires_while_it_waits_is_passed_over():
    """In every line of every lane; what is left is due as if it had never been there."""
    box = lanes(delivery_timeout=20.0)
    for keys in (TO_0, TO_1, NO_KEYS):
        put(box, b"old", keys)
    answer(box, sent(box, 1.0), SILENCE, SILENCE, THROTTLED, now=1.0)
    put(box, b"new", TO_0, 15.0)
    box.expire(20.0)
    assert data(sent(box, 20.0)) == [b"new"]
    assert box.due() == NEVER


@pytest.mark.parametrize("shards", [TWO, SPLIT, MERGED])
def test_an_interruption_leaves_nothing_behind(shards):
    """What is in no line is found again, in the lane that it belongs to."""
    box = lanes(shards=shards)
    for keys in (TO_0, TO_1, NO_KEYS):
        put(box, b"x", keys)
    queue = box._traffic.queue
    for lane in queue._map:
        lane.line.clear()
    queue._free.clear()
    assert box.due() == NEVER
    box.repair()
    assert len(sent(box, 1.0).aggregates) == 3


def test_who_waits_for_room_is_not_kept_waiting_for_a_full_request():
    """Records that wait for others to share a request go, once there is no room for others."""
    box = backlog(aggregate_rules(form=NoFormat(), count_limit=1), facts=facts(), linger=60.0)
    put(box, b"x", TO_0, 0.0)
    assert box.due() == 60.0
    assert not box.fits(TO_0, box.memory.limit)
    assert box.due() <= 0.0


def test_a_lane_is_charged_anew_after_an_interruption():
    """What was broken off in the middle of a sum costs it no room."""
    box = backlog(facts=facts())
    put(box, b"x" * 100, TO_0)
    (lane,) = [one for one in lanes_of(box) if one.charged]
    charged, lane.charged = lane.charged, 90_000
    box.repair()
    assert lane.charged == charged
