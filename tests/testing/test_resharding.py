"""Splits and merges on the model: the open shards always cover every hash key once."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer.core.hash_keys import HashRange, uniform_ranges
from kinesis_producer.limits import MAX_HASH_KEY
from kinesis_producer.testing.messages import ServiceError
from kinesis_producer.testing.resharding import (
    check_merge,
    check_shard_count,
    check_split,
    merge,
    rescale,
    split,
)
from kinesis_producer.testing.stream import Moment, Stream

NOW = Moment(wall=1_700_000_000.0, monotonic=0.0)


def stream_of(shards: int) -> Stream:
    stream = Stream("orders", arn="arn", owner="000000000000", created=1_700_000_000_000)
    stream.fill(shards)(NOW)
    return stream


def assert_covered(stream: Stream) -> None:
    ranges = [shard.hash_range for shard in stream.open_shards]
    assert ranges[0].first == 0
    assert ranges[-1].last == MAX_HASH_KEY
    assert all(a.last + 1 == b.first for a, b in pairwise(ranges))


@given(st.lists(st.integers(min_value=1, max_value=40), min_size=1, max_size=6))
def test_rescaling_keeps_the_range_covered(targets: list[int]) -> None:
    """After any chain of rescalings the open shards are the target's uniform ranges."""
    stream = stream_of(targets[0])
    for target in targets:
        rescale(stream, target=target, now=NOW)
        assert [shard.hash_range for shard in stream.open_shards] == uniform_ranges(target)
        assert_covered(stream)


@given(st.integers(min_value=1, max_value=20), st.integers(min_value=1, max_value=40))
def test_rescaling_gives_at_most_two_parents(before: int, after: int) -> None:
    """A rescaling makes shards of one or two parents, closed and with smaller numbers."""
    stream = stream_of(before)
    rescale(stream, target=after, now=NOW)
    for shard in stream.shards[before:]:
        assert 1 <= len(shard.parents) <= 2
        for parent in shard.parents:
            assert parent.ending_number is not None
            assert parent.ending_number < shard.starting_number
            assert shard in parent.children


@given(st.data())
def test_random_splits_and_merges_keep_the_range_covered(data: st.DataObject) -> None:
    """Whatever is split and merged, every hash key has exactly one open shard."""
    stream = stream_of(data.draw(st.integers(1, 4)))
    for _ in range(data.draw(st.integers(0, 10))):
        index = data.draw(st.integers(0, len(stream.open_shards) - 1))
        shard = stream.open_shards[index]
        if index and data.draw(st.booleans()):
            merge(stream, shard=stream.open_shards[index - 1], adjacent=shard, now=NOW)
        elif shard.hash_range.last - shard.hash_range.first > 4:
            split(stream, shard=shard, at=shard.hash_range.middle, now=NOW)
        assert_covered(stream)
    key = data.draw(st.integers(0, MAX_HASH_KEY))
    assert key in stream.shard_for(key).hash_range


def test_the_ends_of_a_range_belong_to_it() -> None:
    """The first and the last hash key of each shard go to that shard."""
    stream = stream_of(7)
    for shard in stream.shards:
        assert stream.shard_for(shard.hash_range.first) is shard
        assert stream.shard_for(shard.hash_range.last) is shard


def test_a_split_meets_at_the_hash_key() -> None:
    """The left child ends just below the hash key, the right child begins with it."""
    stream = stream_of(1)
    left, right = split(stream, shard=stream.shards[0], at=100, now=NOW)
    assert (left.hash_range, right.hash_range) == (HashRange(0, 99), HashRange(100, MAX_HASH_KEY))
    assert (left.shard_id, right.shard_id) == ("shardId-000000000001", "shardId-000000000002")


@pytest.mark.parametrize("at", [0, 1, MAX_HASH_KEY, -1])
def test_a_split_at_an_end_is_refused(at: int) -> None:
    """A hash key at either end of the shard's range cannot split it."""
    stream = stream_of(1)
    with pytest.raises(ServiceError, match=r"InvalidArgumentException.*is not both greater than"):
        check_split(stream, shard=stream.shards[0], at=at)


@pytest.mark.parametrize("at", [2, MAX_HASH_KEY - 1])
def test_a_split_near_an_end_is_accepted(at: int) -> None:
    """The outermost hash keys that the service takes are taken."""
    stream = stream_of(1)
    check_split(stream, shard=stream.shards[0], at=at)


def test_a_closed_shard_is_neither_split_nor_merged() -> None:
    """A shard that was split is refused as a shard to split and to merge."""
    stream = stream_of(2)
    closed, open_shard = stream.shards
    split(stream, shard=closed, at=100, now=NOW)
    with pytest.raises(ServiceError, match=r"InvalidArgumentException.*closed"):
        check_split(stream, shard=closed, at=50)
    with pytest.raises(ServiceError, match=r"InvalidArgumentException.*closed"):
        check_merge(stream, shard=closed, adjacent=open_shard)


@pytest.mark.parametrize(("first", "second"), [(0, 2), (1, 0), (1, 1)])
def test_only_neighbours_in_order_are_merged(first: int, second: int) -> None:
    """Two shards merge only if the second begins where the first ends."""
    stream = stream_of(3)
    with pytest.raises(ServiceError, match="not an adjacent pair"):
        check_merge(stream, shard=stream.shards[first], adjacent=stream.shards[second])


@pytest.mark.parametrize(
    ("current", "target", "fine"),
    [(2, 4, True), (2, 5, False), (4, 2, True), (5, 3, True), (5, 2, False), (3, 3, True)],
)
def test_shard_count_at_most_doubles_and_halves(current: int, target: int, *, fine: bool) -> None:
    """A target above double or below half the open shards is a LimitExceededException."""
    stream = stream_of(current)
    if fine:
        check_shard_count(stream, target=target)
    else:
        with pytest.raises(ServiceError, match=r"LimitExceededException.*Target shard count"):
            check_shard_count(stream, target=target)
