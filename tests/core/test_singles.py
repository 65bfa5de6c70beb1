"""Records that share a fate, and are a Kinesis record each: those not written go again alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kinesis_producer.core.aggregate import CloseReason
from kinesis_producer.core.entries import entries
from kinesis_producer.core.formats.plain import NoFormat
from kinesis_producer.core.limiter import CAPACITY, LEAST_COST, MOST_CREDIT
from kinesis_producer.core.retry import RetryRules
from kinesis_producer.records import NO_KEYS, Accepted, Failure, Keys, Outcome, Totals
from tests.core.building import INTERNAL, INVALID, SILENCE, THROTTLED, aggregate_rules, backlog
from tests.core.stream import (
    S1,
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

if TYPE_CHECKING:
    from kinesis_producer.core.put_records import Result

FORM = NoFormat(shared=True)
EXPIRED = Failure("ExpiredTokenException", "The security token has expired", 400)
TAKEN = Accepted("s0", "1")
LINGER = 0.2


def single(count=3, shards=TWO, **given):
    rules = aggregate_rules(form=FORM, count_limit=count, size_limit=100_000)
    return backlog(rules, facts=facts(shards), **{"linger": LINGER, "senders": 2, **given})


def several(box, number=3, keys=NO_KEYS, now=1.0):
    """A request with one aggregate of so many records."""
    for one in range(number):
        put(box, b"%d" % one, keys, now)
    box.flush(CloseReason.FLUSH)
    return sent(box, now)


def made(batch):
    """As it is sent."""
    return [each for one in batch.aggregates for each in entries(FORM, one, "random")]


def outcome(box):
    (one,) = box.settled.unannounced
    return one.settlement.outcome


def test_each_is_a_kinesis_record_and_all_share_a_fate():
    """That of the first is told."""
    box = single()
    batch = several(box)
    assert [each.data for each in made(batch)] == [b"0", b"1", b"2"]
    answer(box, batch, TAKEN, Accepted("s0", "2"), Accepted("s0", "3"), now=1.0)
    (one,) = box.settled.unannounced
    assert (one.settlement.outcome, one.settlement.accepted) == (Outcome.DELIVERED, TAKEN)
    assert box.totals() == Totals(received=3, delivered=3)


def test_those_that_were_not_written_go_again_without_the_others():
    """However often; none is settled before the last is written."""
    box = single()
    batch = several(box)
    answer(box, batch, TAKEN, THROTTLED, INTERNAL, now=1.0)
    rounds = [(10.0, [b"1", b"2"], (TAKEN, INTERNAL)), (20.0, [b"2"], (TAKEN,))]
    for now, left, results in rounds:
        assert not box.settled.unannounced
        batch = sent(box, now)
        assert [each.data for each in made(batch)] == left
        answer(box, batch, *results, now=now)
    assert outcome(box) is Outcome.DELIVERED
    assert box.totals().delivered == 3


@pytest.mark.parametrize("result", [SILENCE, THROTTLED])
def test_what_failed_as_a_whole_goes_again_as_a_whole(result):
    box = single()
    batch = several(box)
    box.settle(batch, result, now=1.0, spread=1.0)
    again = sent(box, 100.0)
    assert [each.data for each in made(again)] == [b"0", b"1", b"2"]
    assert not again.aggregates[0].pieces
    accept(box, again, now=100.0)
    assert outcome(box) is Outcome.DELIVERED


def test_what_is_given_up_with_some_of_it_written_is_possibly_written():
    """They share one fate: nobody is told which."""
    box = single(retries=RetryRules(0, 10.0))
    answer(box, several(box), TAKEN, THROTTLED, THROTTLED, now=1.0)
    assert outcome(box) is Outcome.POSSIBLY_WRITTEN


def test_records_of_one_shard_go_together_whatever_their_keys():
    """Each under its own; who has none but a hash key does not get that of another record."""
    box = single()
    rows = [(b"0", key_to(A, "a")), (b"1", key_to(B, "b")), (b"2", Keys(None, str(A.first)))]
    for record, keys in rows:
        put(box, record, keys, 1.0)
    batch = sent(box, 1.0 + LINGER)
    assert len(batch.aggregates) == 1
    assert [(each.data, each.partition_key, each.explicit_hash_key) for each in made(batch)] == [
        (record, keys.partition_key or "random", keys.explicit_hash_key) for record, keys in rows
    ]
    answer(box, batch, TAKEN, THROTTLED, THROTTLED, now=2.0)
    again = made(sent(box, 100.0))
    assert [(each.partition_key, each.explicit_hash_key) for each in again] == [
        (keys.partition_key or "random", keys.explicit_hash_key) for _, keys in rows[1:]
    ]


def test_records_of_different_shards_do_not():
    box = single()
    put(box, b"0", key_to(A), 1.0)
    put(box, b"1", key_to(S1), 1.0)
    assert len(sent(box, 2.0).aggregates) == 2


def test_without_a_map_those_with_equal_keys_go_together():
    box = single(shards=None)
    for number, key in enumerate("aba"):
        put(box, b"%d" % number, Keys(key, None), 1.0)
    assert sorted(one.records for one in sent(box, 2.0).aggregates) == [[b"0", b"2"], [b"1"]]


def test_what_has_no_keys_is_steered_every_time():
    """All to the shard that has room, also those that go again."""
    box = single()
    batch = several(box)
    lane = batch.aggregates[0].aim
    answer(box, batch, THROTTLED, Accepted(lane.shard_id, "2"), THROTTLED, now=1.0)
    again = sent(box, 100.0)
    hashed = {int(each.explicit_hash_key) for each in made(again)}
    assert len(hashed) == 1
    assert hashed.pop() in again.aggregates[0].aim.span


def test_a_request_has_no_more_entries_than_it_may():
    """Two aggregates of 200 go, the third waits for the next."""
    box = single(200, shards=None)
    for number in range(600):
        put(box, b"%d" % number, NO_KEYS, 1.0)
    assert len(data(sent(box, 1.0))) == 400


def test_what_fills_a_request_does_not_wait_for_more():
    """Entries count, not aggregates."""
    box = single(200)
    for number in range(400):
        put(box, b"%d" % number, NO_KEYS, 1.0)
    assert box.due() == 1.0 + LINGER
    for number in range(200):
        put(box, b"%d" % number, NO_KEYS, 1.0)
    assert box.due() < 1.0 + LINGER


def test_a_shard_is_charged_for_each():
    """A thousand a second."""
    box = single(100)
    batch = several(box, 100)
    lane = batch.aggregates[0].aim
    assert lane.limiter._credit == pytest.approx(MOST_CREDIT * CAPACITY - 100 * LEAST_COST)
    answer(box, batch, *[TAKEN] * 100, now=1.0)
    assert lane.limiter._credit == pytest.approx(MOST_CREDIT * CAPACITY - 100 * LEAST_COST)


def test_a_shard_that_takes_some_is_not_silent():
    """The limiter paces it; there is no pause that doubles."""
    box = single(20)
    now = 1.0
    batch = several(box, 20)
    for _ in range(5):
        answer(box, batch, TAKEN, *[THROTTLED] * (len(made(batch)) - 1), now=now)
        assert {one.not_before for one in lanes_of(box)} == {float("-inf")}
        now += 50.0
        batch = sent(box, now)


def test_the_service_is_no_worse_for_one_that_was_not_written():
    """What gets through ends probing and outages, also beside what does not."""
    box = single(50, shards=even(1))
    box.settle(several(box, 50), EXPIRED, now=1.0, spread=1.0)
    assert box.service.probing
    batch = sent(box, 10.0)
    answer(box, batch, *[TAKEN] * 49, THROTTLED, now=10.0)
    assert not box.service.probing


def test_a_failure_of_one_hides_no_throttle_of_others():
    """Nor does what was accepted: the limiter is cut."""
    box = single(50, shards=even(1))
    (lane,) = lanes_of(box)
    before = lane.limiter.rate
    answer(box, several(box, 50), TAKEN, INTERNAL, *[THROTTLED] * 48, now=1.0)
    assert lane.limiter.rate < before


@pytest.mark.parametrize("results", [(THROTTLED, INVALID), (INVALID, THROTTLED)])
def test_all_go_again_while_it_helps_any(results):
    """Whichever comes first; it is given up when what is left can never be written."""
    box = single(2)
    answer(box, several(box, 2), *results, now=1.0)
    batch = sent(box, 10.0)
    answer(box, batch, *[TAKEN if one is THROTTLED else one for one in results], now=10.0)
    assert outcome(box) is Outcome.POSSIBLY_WRITTEN


def test_without_a_map_the_pace_is_that_of_what_was_taken():
    """One in a hundred throttled is no reason to go slowly."""
    box = single(100, shards=None)
    pace = box._traffic.queue.pace
    pace.release()
    for _ in range(500):
        put(box, b"x" * 900, NO_KEYS, 1.0)
    batch = sent(box, 1.0)
    assert len(batch.aggregates) == 5
    hundred: list[Result] = [*[TAKEN] * 99, THROTTLED]
    answer(box, batch, *hundred * 5, now=1.1)
    assert pace.rate > 490_000


def test_what_is_left_weighs_what_it_weighs():
    """Not what all of it did."""
    box = single(100, shards=even(1))
    batch = several(box, 100)
    whole = batch.aggregates[0].next_size
    answer(box, batch, *[TAKEN] * 99, INTERNAL, now=1.0)
    (one,) = sent(box, 10.0).aggregates
    assert (one.entries, one.next_size) == (1, one.cost)
    assert one.next_size < whole / 50
    assert box._traffic.queue._packing._shrinkage._ratio == 1.0


def test_what_landed_elsewhere_is_evidence_at_once():
    """Also beside what was throttled; what landed before the map was learned is none."""
    box = single(2, shards=even(1))
    batch = several(box, 2)
    answer(box, batch, Accepted("new", "1"), THROTTLED, now=1.0)
    assert box.stale


def test_an_answer_that_comes_late_changes_nothing():
    """Its records were given up, and may be gone."""
    box = single()
    batch = several(box)
    box.abort()
    batch.aggregates[0].records = []
    answer(box, batch, TAKEN, THROTTLED, TAKEN, now=1.0)
    assert box.settled.late == 1
    assert box.totals().possibly_written == 3
