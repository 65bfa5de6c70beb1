"""Records with keys may be added to an open aggregate as long as nothing else follows from it."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer.core.aggregate import State
from kinesis_producer.limits import RANDOM_KEY_SIZE
from kinesis_producer.records import NO_KEYS, Keys
from tests.core.building import aggregate_rules, backlog
from tests.core.stream import S0, TWO, facts, put
from tests.core.test_sizes import FORMS, RECORD_LIMIT, keys, made_of, sizes_of

TO_0 = Keys("k", str(S0.first))

records = st.lists(
    st.tuples(st.integers(0, 60) | st.sampled_from([127, 128, 500, 2000]), keys), max_size=60
)


def added(box, record, each):
    """Whether it went the short way."""
    size = len((each.partition_key or "").encode())
    if each == NO_KEYS or box.short_path.add(record, box.short_path.known(each, size)) is None:
        put(box, record, each, 1.0)
        return False
    return True


def made(name, *, size_limit, mapped=True, **given_rules):
    form = FORMS[name]
    rules = aggregate_rules(
        form=form,
        size_limit=size_limit,
        record_limit=RECORD_LIMIT,
        count_limit=1 if form.single and not form.mixes else 20,
    )
    told = facts(TWO) if mapped else None
    return backlog(rules, facts=told, filtered=form.filtered, **given_rules)


@pytest.mark.parametrize("mapped", [True, False], ids=["mapped", "unmapped"])
@pytest.mark.parametrize("name", FORMS)
@given(rows=records, size_limit=st.sampled_from([100, 700, 2500, 50_000]))
def test_everything_is_counted_as_it_is_on_the_long_way(name, mapped, rows, size_limit):
    """Memory, lanes, sizes and keys; and the order of equal keys is kept."""
    box = made(name, size_limit=size_limit, mapped=mapped)
    for number, (size, each) in enumerate(rows):
        added(box, b"%04d" % number + b"x" * size, each)
    seen, charged = defaultdict(list), defaultdict(int)
    for one in sorted(box._live, key=lambda one: one.number):
        assert one.charge == box._rules.aggregates.charge(one)
        assert one.pairs is None or len(one.pairs) == len(one.records)
        assert len(one.records) <= box._rules.aggregates.count_limit
        charged[one.lane] += one.charge
        for record, each in zip(one.records, one.pairs or [one.keys] * 99, strict=False):
            seen[each].append(int(record[:4]))
    assert box.memory.charged == sum(charged.values())
    assert all(lane is None or lane.charged == size for lane, size in charged.items())
    wanted = defaultdict(list)
    for number, (_, each) in enumerate(rows):
        wanted[each].append(number)
    assert seen == wanted


@pytest.mark.parametrize("name", FORMS)
@given(rows=records, size_limit=st.sampled_from([100, 700, 2500, 50_000]))
def test_what_is_added_fits(name, rows, size_limit):
    """Into the aggregate, and into a Kinesis record."""
    box = made(name, size_limit=size_limit)
    for size, each in rows:
        added(box, b"x" * size, each)
    box.accumulator.close_all(None)
    for one in box._live:
        size = sum(sizes_of(made_of(FORMS[name], one)))
        assert size <= one.wire_size
        if len(one.records) > 1:
            assert one.wire_size <= min(RECORD_LIMIT, size_limit + one.wire_key_size)
        assert one.wire_key_size <= max(RANDOM_KEY_SIZE, one.key_size)


def test_the_short_way_is_taken():
    """From the second record on."""
    box = made("msgpack", size_limit=2500)
    ways = [added(box, b"x", each) for each in (TO_0, TO_0, Keys("other", str(S0.last)))]
    assert ways == [False, True, True]


def test_where_memory_is_scarce_it_is_not():
    """Then somebody has to be refused, or to wait."""
    box = made("msgpack", size_limit=2500, mapped=False, memory=1700)
    assert [added(box, b"x" * 100, TO_0) for _ in range(3)] == [False, True, True]
    assert box.short_path.add(b"x" * 400, box.short_path.known(TO_0, 1)) is None


def test_nor_where_a_lane_has_its_share():
    """The others have theirs."""
    box = made("msgpack", size_limit=2500, memory=100_000)
    put(box, b"x", TO_0, 1.0)
    lane = box.lane_of(TO_0)
    lane.quota = lane.charged + 10
    assert box.short_path.add(b"x", box.short_path.known(TO_0, 1)) is None
    assert lane.charged + 10 == lane.quota


def test_in_order_an_aggregate_that_has_outgrown_its_size_goes_the_long_way():
    """It goes as soon as its lane can send."""
    box = made("msgpack", size_limit=700, ordered=True)
    box.accumulator.size_limit = 2500
    ways = [added(box, b"x" * 100, TO_0) for _ in range(12)]
    assert ways[1:4] == [True] * 3
    assert not any(ways[8:])


@pytest.mark.parametrize("first", [True, False])
def test_an_interruption_before_the_keys_of_a_record_are_noted_leaves_it_out(first):
    """Nobody was told that it was accepted; the first has the keys of the aggregate."""
    box = made("msgpack", size_limit=2500)
    put(box, b"a", TO_0, 1.0)
    (one,) = box._live
    if first:
        one.pairs = None
    else:
        one.records.append(b"b")
    box.repair()
    assert one.records == [b"a"]
    assert one.pairs == [TO_0]
    assert one.state is State.OPEN
    assert box.memory.charged == one.charge


def test_an_interruption_anywhere_else_leaves_out_nothing():
    """Each record has its keys."""
    box = made("msgpack", size_limit=2500)
    for record in (b"a", b"b"):
        put(box, record, TO_0, 1.0)
    box.repair()
    (one,) = box._live
    assert (one.records, one.pairs) == ([b"a", b"b"], [TO_0, TO_0])
