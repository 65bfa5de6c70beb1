"""Where records gather, and when an aggregate closes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer import limits
from kinesis_producer.core.accumulator import Accumulator
from kinesis_producer.core.aggregate import Aggregate, CloseReason, State
from kinesis_producer.core.compression import GZIP, Gzip
from kinesis_producer.core.formats.compressed import Compressed
from kinesis_producer.core.formats.kpl import KplFormat, spread
from kinesis_producer.core.formats.packed import PackedFormat
from kinesis_producer.core.formats.plain import DelimiterFormat, NoFormat
from kinesis_producer.core.live import Live
from kinesis_producer.records import NO_KEYS, Keys
from tests.core.building import aggregate_rules

FORMS = [
    NoFormat(),
    *(DelimiterFormat(b"|" * size) for size in range(1, 6)),
    PackedFormat(),
    PackedFormat(Gzip(), GZIP),
    KplFormat(),
    KplFormat(spread(1000)),
    Compressed(DelimiterFormat(b"|"), Gzip()),
]


class Desk:
    """An accumulator and what it has closed."""

    def __init__(self, **rules):
        self.rules = aggregate_rules(**rules)
        self.live: Live[int] = Live(
            lambda: 0, overhead=self.rules.overhead, delivery_timeout=300, request_timeout=10
        )
        self.closed: list[Aggregate[int]] = []
        self.accumulator = Accumulator(self.rules, self.live, self.closed.append)

    def send(self, record, keys=NO_KEYS, now=0.0):
        key = keys.partition_key
        return self.accumulator.append(record, keys, len(key.encode()) if key else 0, now)


def test_an_aggregate_closes_before_the_record_that_would_exceed_the_size():
    """The framed size never exceeds the limit, and is used up to the byte."""
    desk = Desk(size_limit=10)
    first = desk.send(b"1234")
    assert desk.send(b"5678") is first
    assert [one.records for one in desk.closed] == [[b"1234", b"5678"]]
    assert desk.closed[0].reason is CloseReason.SIZE
    second = desk.send(b"12345678")
    assert second is not first
    desk.send(b"9")
    assert [len(one.records) for one in desk.closed] == [2, 1]
    assert desk.closed[1].wire_size == 9 + limits.RANDOM_KEY_SIZE


def test_a_larger_single_record_goes_alone():
    """What exceeds the size limit by itself is an aggregate of one, closed at once."""
    desk = Desk(size_limit=10)
    small = desk.send(b"1")
    large = desk.send(b"x" * 50)
    assert [one.records for one in desk.closed] == [[b"1"], [b"x" * 50]]
    assert small is not large


def test_size_zero_sends_every_record_alone():
    """With buffer_size_limit 0 even empty records do not share an aggregate."""
    desk = Desk(size_limit=0)
    for _ in range(3):
        desk.send(b"")
    assert [one.records for one in desk.closed] == [[b""]] * 3


def test_the_count_closes():
    """An aggregate with as many records as allowed is closed without waiting for another."""
    desk = Desk(count_limit=2)
    desk.send(b"a")
    desk.send(b"b")
    assert [one.reason for one in desk.closed] == [CloseReason.COUNT]


def test_the_partition_key_takes_room_in_the_record():
    """Data and key together stay within what a Kinesis record can hold."""
    desk = Desk(size_limit=100, record_limit=100)
    keys = Keys("k" * 50, None)
    desk.send(b"x" * 48, keys)
    assert not desk.closed
    desk.send(b"", keys)
    assert [one.wire_size for one in desk.closed] == [100]


def test_records_with_equal_keys_share_an_aggregate():
    """Partition key and explicit hash key both count; None is a key of its own."""
    desk = Desk()
    kinds = [NO_KEYS, Keys("a", None), Keys("b", None), Keys("a", "7"), Keys(None, "7")]
    first = [desk.send(b"1", keys) for keys in kinds]
    assert [desk.send(b"2", keys) for keys in kinds] == first
    assert len(set(map(id, first))) == len(kinds)
    assert desk.accumulator.pending == 2 * len(kinds)


def test_age_counts_from_the_first_record():
    """A record that comes later does not put off the closing (the ancestor's trickle)."""
    desk = Desk(time_limit=0.2)
    desk.send(b"1", now=1.0)
    desk.send(b"2", now=1.15)
    assert desk.accumulator.due() == pytest.approx(1.2)
    desk.accumulator.close_aged(1.19)
    assert not desk.closed
    desk.accumulator.close_aged(1.21)
    assert [(one.reason, one.records) for one in desk.closed] == [(CloseReason.AGE, [b"1", b"2"])]
    assert desk.accumulator.due() == float("inf")


def test_only_what_is_old_enough_closes_by_age():
    """The oldest goes first, and younger ones stay."""
    desk = Desk(time_limit=1.0)
    desk.send(b"1", Keys("a", None), now=0.0)
    desk.send(b"2", Keys("b", None), now=0.5)
    desk.accumulator.close_aged(1.2)
    assert [one.keys.partition_key for one in desk.closed] == ["a"]
    desk.accumulator.close_all(CloseReason.FLUSH)
    assert [one.keys.partition_key for one in desk.closed] == ["a", "b"]
    assert len(desk.accumulator) == 0


def test_too_many_open_aggregates_close_the_oldest():
    """Ten thousand and one keys leave ten thousand open aggregates."""
    desk = Desk()
    for number in range(limits.MAX_OPEN_AGGREGATES + 1):
        desk.send(b"x", Keys(str(number), None))
    assert len(desk.accumulator) == limits.MAX_OPEN_AGGREGATES
    assert [(one.reason, one.keys.partition_key) for one in desk.closed] == [
        (CloseReason.CROWD, "0")
    ]


def test_a_move_that_is_not_in_the_table_is_an_error():
    """An open aggregate cannot be in flight."""
    desk = Desk()
    with pytest.raises(RuntimeError, match="OPEN -> IN_FLIGHT"):
        desk.send(b"x").move(State.IN_FLIGHT)


def test_open_aggregates_are_found_again():
    """After an interruption the open aggregates are read from the register."""
    desk = Desk()
    keyless = desk.send(b"x")
    keyed = desk.send(b"x", Keys("a", None))
    desk.accumulator.rebuild([keyless])
    assert desk.accumulator.keyless is keyless
    assert desk.send(b"y", Keys("a", None)) is not keyed


@given(
    st.integers(1, 3000),
    st.integers(1, 40),
    st.sampled_from(FORMS),
    st.integers(0, 4000),
    st.lists(st.integers(0, 300), max_size=60),
    st.lists(st.integers(0, 300), max_size=60),
)
def test_the_headroom_never_lets_a_limit_be_exceeded(
    size_limit, count_limit, form, memory, before, after
):
    """Whatever comes by the short path, size, count and memory stay within their limits."""
    desk = Desk(size_limit=size_limit, count_limit=count_limit, form=form)
    rules = desk.rules
    for size in before:
        desk.send(b"x" * size)
    aggregate = desk.accumulator.keyless
    if aggregate is None:
        return
    room = rules.headroom(aggregate, memory)
    charge, full_at = rules.charge(aggregate), aggregate.size + room
    for size in after:
        if aggregate.size + size + rules.overhead <= full_at:
            aggregate.append(b"x" * size, overhead=rules.overhead)
    encoded = form.encode(aggregate.records, NO_KEYS, "0" * limits.RANDOM_KEY_SIZE)
    assert len(encoded) <= rules.framed_size(aggregate) <= size_limit
    assert len(aggregate.records) <= count_limit
    growth = rules.charge(aggregate) - charge
    assert growth <= rules.worst_charge(aggregate, room) <= max(memory, 0)
    assert rules.data_size(aggregate) == sum(map(len, aggregate.records))
