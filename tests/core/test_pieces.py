"""Aggregates whose records belong apart: in pieces, with one fate, and none of them twice."""

from __future__ import annotations

import pytest

from kinesis_producer import deaggregate
from kinesis_producer.core.aggregate import CloseReason
from kinesis_producer.core.entries import entry, lots
from kinesis_producer.core.formats.kpl import KplFormat, constant
from kinesis_producer.core.formats.packed import PackedFormat
from kinesis_producer.core.pieces import WRONG_SHARD, crumble, cut
from kinesis_producer.core.retry import RetryRules
from kinesis_producer.records import NO_KEYS, Accepted, Outcome, Totals
from tests.core.building import (
    INTERNAL,
    SILENCE,
    THROTTLED,
    aggregate,
    aggregate_rules,
    backlog,
)
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
    facts,
    key_to,
    landed,
    put,
    sent,
)

KPL = aggregate_rules(form=KplFormat(), size_limit=51_200)
TO_A, TO_B, TO_1 = key_to(A, "a"), key_to(B, "b"), key_to(S1, "1")
IN_A, IN_B = Accepted("a", "1"), Accepted("b", "2")


def kpl(aggregates=KPL, **given):
    return backlog(aggregates, facts=facts(TWO), **{"filtered": True, "senders": 2, **given})


def pieces_of(batch):
    return [piece.records for one in batch.aggregates for piece in one.aloft]


def mixed(box, *, now=1.0):
    """A request with one aggregate, of records that will belong to two shards: a, b, a, b."""
    for number, keys in enumerate((TO_A, TO_B, TO_A, TO_B)):
        put(box, b"%d" % number, keys, now)
    box.flush(CloseReason.FLUSH)
    batch = sent(box, now)
    assert data(batch) == [b"0", b"1", b"2", b"3"]
    return batch


def cut_apart(box):
    """The same, after the split was learned: refused once, in two pieces, and in a request."""
    answer(box, mixed(box), THROTTLED, now=1.0)
    box.learn(facts(SPLIT), 1.0)
    batch = sent(box, 2.0)
    assert pieces_of(batch) == [[b"0", b"2"], [b"1", b"3"]]
    return batch


def test_records_of_a_shard_share_an_aggregate_where_the_format_keeps_their_keys():
    """Whatever their keys; those of other shards do not, nor do those without keys."""
    box = kpl()
    for record, keys in ((b"a", TO_A), (b"b", TO_B), (b"1", TO_1), (b"f", NO_KEYS)):
        put(box, record, keys, 1.0)
    assert sorted(one.records for one in sent(box, 2.0).aggregates) == [
        [b"1"],
        [b"a", b"b"],
        [b"f"],
    ]


def test_what_belongs_to_two_shards_goes_in_pieces():
    """One for each; it is delivered when both are written, once."""
    box = kpl()
    batch = cut_apart(box)
    answer(box, batch, IN_A, IN_B, now=2.0)
    (one,) = box.settled.unannounced
    assert one.settlement.outcome is Outcome.DELIVERED
    assert box.totals() == Totals(received=4, delivered=4)


def test_what_closes_while_the_shards_change_goes_in_pieces():
    """It was never sent before."""
    box = kpl()
    for number, keys in enumerate((TO_A, TO_B)):
        put(box, b"%d" % number, keys, 1.0)
    box.learn(facts(SPLIT), 1.0)
    assert pieces_of(sent(box, 1.0)) == [[b"0"], [b"1"]]


def test_where_all_belong_together_it_goes_as_it_is():
    """After a merge, and in the one child of two that has all of them."""
    for shards in (MERGED, SPLIT):
        box = kpl()
        put(box, b"1", TO_A, 1.0)
        put(box, b"2", key_to(A, "also"), 1.0)
        box.learn(facts(shards), 1.0)
        (one,) = sent(box, 1.0).aggregates
        assert (one.records, one.pieces, len(lots(one))) == ([b"1", b"2"], [], 1)


def test_a_written_piece_is_not_sent_again():
    """Only what is left goes, and then all of it is delivered."""
    box = kpl()
    answer(box, cut_apart(box), IN_A, THROTTLED, now=2.0)
    assert box.settled.count == 0
    batch = sent(box, 3.0)
    assert pieces_of(batch) == [[b"1", b"3"]]
    answer(box, batch, IN_B, now=3.0)
    assert box.totals() == Totals(received=4, delivered=4)


def test_what_is_left_may_be_cut_again():
    """What is written stays written."""
    box = kpl()
    answer(box, cut_apart(box), THROTTLED, IN_B, now=2.0)
    box.learn(facts(TWO), 2.0)
    batch = sent(box, 3.0)
    assert pieces_of(batch) == [[b"0", b"2"]]
    answer(box, batch, Accepted("s0", "3"), now=3.0)
    assert box.totals().delivered == 4


def test_what_is_given_up_in_part_is_possibly_written():
    """Some of its records are in the stream."""
    box = kpl(retries=RetryRules(1, 10.0))
    answer(box, cut_apart(box), IN_A, THROTTLED, now=2.0)
    (one,) = box.settled.unannounced
    assert one.settlement.outcome is Outcome.POSSIBLY_WRITTEN
    assert box.totals() == Totals(received=4, possibly_written=4)


def test_what_is_given_up_in_part_after_a_doubt_may_be_there_twice():
    """Whole, by the attempt that had no answer, and in part."""
    box = kpl(retries=RetryRules(1, 10.0))
    box.settle(mixed(box), SILENCE, now=1.0, spread=1.0)
    box.learn(facts(SPLIT), 1.0)
    answer(box, sent(box, 2.0), IN_A, THROTTLED, now=2.0)
    assert box.totals() == Totals(received=4, possibly_written=4, possible_duplicates=4)


def test_of_two_failures_the_one_in_doubt_counts():
    """Whichever comes first: the piece that may be written may be there twice, or at all."""
    for results in ((THROTTLED, INTERNAL), (INTERNAL, THROTTLED)):
        box = kpl()
        answer(box, cut_apart(box), *results, now=2.0)
        answer(box, sent(box, 3.0), IN_A, IN_B, now=3.0)
        assert box.totals() == Totals(received=4, delivered=4, possible_duplicates=4)
        box = kpl(retries=RetryRules(1, 10.0))
        answer(box, cut_apart(box), *results, now=2.0)
        assert box.totals() == Totals(received=4, possibly_written=4)


def test_a_piece_may_be_in_the_wrong_shard():
    """The map was old when it was cut: that piece goes again, and no other."""
    box = kpl()
    answer(box, mixed(box), THROTTLED, now=1.0)
    box.learn(facts(SPLIT), 1.0)
    answer(box, sent(box, 2.0), IN_A, Accepted("c", "9"), now=2.0)
    assert box.settled.count == 1, "of one key each, they cannot be wrong"
    box = kpl()
    for number, name in enumerate("ab"):
        put(box, b"%d" % number, key_to(A, name), 1.0)
        put(box, b"%d" % (number + 2), key_to(B, name), 1.0)
    box.flush(CloseReason.FLUSH)
    answer(box, sent(box, 1.0), THROTTLED, now=1.0)
    box.learn(facts(SPLIT), 1.0)
    answer(box, sent(box, 2.0), IN_A, Accepted("c", "9"), now=2.0)
    assert box.settled.count == 0
    assert pieces_of(sent(box, 3.0)) == [[b"2", b"3"]]


def test_what_landed_in_the_wrong_shard_goes_again_and_is_counted():
    """Readers throw it away; others may find the copy."""
    box = kpl()
    batch = mixed(box)
    answer(box, batch, Accepted("a", "1"), now=1.0)
    assert box.settled.count == 0
    assert box.stale
    box.learn(facts(SPLIT), 1.0)
    assert not box.stale
    batch = sent(box, 2.0)
    assert pieces_of(batch) == [[b"0", b"2"], [b"1", b"3"]]
    accept(box, batch, SPLIT, now=2.0)
    assert box.totals() == Totals(received=4, delivered=4, possible_duplicates=4)


def test_what_is_in_the_wrong_shard_until_the_end_is_possibly_written():
    """The map is never right; nobody is told that it was delivered."""
    box = kpl(retries=RetryRules(0, 10.0))
    answer(box, mixed(box), Accepted("a", "1"), now=1.0)
    (one,) = box.settled.unannounced
    assert one.settlement.outcome is Outcome.POSSIBLY_WRITTEN
    assert one.settlement.failure == WRONG_SHARD


def test_an_aggregate_of_one_key_is_never_wrong():
    """The service has placed it by the same rule; what it says is evidence of a change."""
    box = kpl()
    for _ in range(2):
        put(box, b"x", TO_A, 1.0)
    put(box, b"free", NO_KEYS, 1.0)
    put(box, b"free", NO_KEYS, 1.0)
    batch = sent(box, 1.3)
    answer(box, batch, Accepted("c", "1"), Accepted("c", "2"), now=1.3)
    assert box.totals() == Totals(received=4, delivered=4)
    assert box.stale


def test_without_a_shard_in_the_answer_nothing_is_wrong():
    """Some servers do not name it."""
    box = kpl()
    answer(box, mixed(box), Accepted("", "1"), now=1.0)
    assert box.totals().delivered == 4
    assert not box.stale


@pytest.mark.parametrize(("ordered", "delivered"), [(False, 4), (True, 0)])
def test_in_msgpack_a_wrong_shard_matters_where_order_does(ordered, delivered):
    """Readers take it from wherever it is; but not in its place."""
    rules = aggregate_rules(form=PackedFormat())
    box = backlog(rules, facts=facts(TWO), ordered=ordered)
    answer(box, mixed(box), Accepted("a", "1"), now=1.0)
    assert box.totals().delivered == delivered


def test_more_pieces_than_a_request_holds_go_in_several():
    """That is no retry, and no doubt."""
    rules = aggregate_rules(form=KplFormat(), size_limit=1_000_000)
    box = kpl(rules, retries=RetryRules(0, 10.0))
    for number in range(1201):
        put(box, b"%d" % number, NO_KEYS, 1.0)
    batch = None
    box.learn(facts(None, auto=True), 1.0)
    now, carried = 1.0, []
    while box.settled.count == 0:
        batch = sent(box, now)
        carried += [record for records in pieces_of(batch) for record in records]
        assert sum(one.entries for one in batch.aggregates) <= 500
        accept(box, batch, now=now)
        now = max(now, box.due())
    assert carried == [b"%d" % number for number in range(1201)]
    (one,) = box.settled.unannounced
    assert (one.retries, one.attempts) == (0, 3)
    assert box.totals() == Totals(received=1201, delivered=1201)


def test_pieces_and_others_share_a_request_up_to_its_limit():
    """Each piece is an entry; one aggregate's pieces that do not fit wait for the next request."""
    box = kpl(aggregate_rules(form=KplFormat(), size_limit=1_000_000))
    for name in range(2):
        for number in range(300):
            put(box, b"%d" % number, key_to(S0, f"{name} {number}", plus=number), 1.0)
        box.flush(CloseReason.FLUSH)
    for one in box._live:
        crumble(one)
    batch = sent(box, 1.0)
    assert len(batch.aggregates) == 1
    accept(box, batch, now=1.0)
    accept(box, sent(box, 2.0), now=2.0)
    assert box.totals().delivered == 600


def test_a_request_without_an_answer_leaves_all_its_pieces_in_doubt():
    """All of them go again."""
    box = kpl()
    box.settle(cut_apart(box), SILENCE, now=2.0, spread=1.0)
    batch = sent(box, 3.0)
    assert pieces_of(batch) == [[b"0", b"2"], [b"1", b"3"]]
    accept(box, batch, SPLIT, now=3.0)
    assert box.totals() == Totals(received=4, delivered=4, possible_duplicates=4)


def test_each_piece_is_sent_as_an_aggregate_of_its_own():
    """With the keys of its records, under those of its first."""
    form = KplFormat(constant)
    one = aggregate()
    for number, keys in enumerate((TO_A, TO_B, key_to(A, "other"), TO_B)):
        one.append(b"%d" % number, overhead=1)
        one.note_keys(keys, own_size=0, keys_size=0)
    cut(one, SPLIT.predict)
    one.take_off()
    made = [entry(form, lot, "random") for lot in lots(one)]
    assert [each.partition_key for each in made] == ["a", "a"]
    assert [each.explicit_hash_key for each in made] == [
        TO_A.explicit_hash_key,
        TO_B.explicit_hash_key,
    ]
    found = [[record[:3] for record in deaggregate(bytes(each.data))] for each in made]
    assert found == [
        [(b"0", "a", TO_A.explicit_hash_key), (b"2", "other", TO_A.explicit_hash_key)],
        [(b"1", "b", TO_B.explicit_hash_key), (b"3", "b", TO_B.explicit_hash_key)],
    ]
    assert [len(landed(one, SPLIT))] == [2]


def test_without_another_map_each_key_goes_by_itself():
    """What landed wrongly twice is not sent so again: a single key is never wrong."""
    box = kpl()
    answer(box, mixed(box), Accepted("a", "1"), now=1.0)
    answer(box, sent(box, 5.0), Accepted("a", "2"), now=5.0)
    third = sent(box, 9.0)
    assert all(len(set(one.pairs)) == 1 for one in third.aggregates[0].aloft)
    answer(box, third, *[Accepted("b", "3")] * len(third.aggregates[0].aloft), now=9.0)
    assert box.totals().delivered == box.totals().received
