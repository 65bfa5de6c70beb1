"""The shard map, and what is read of a stream."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer.core.hash_keys import HashRange, uniform_ranges
from kinesis_producer.core.shard_map import ShardMap, StreamFacts, read_facts
from kinesis_producer.core.shards import Shard
from kinesis_producer.limits import MAX_HASH_KEY, MIB
from kinesis_producer.records import NO_KEYS, Keys


def shards(count):
    """Equal open shards, s0, s1, ..."""
    return [
        Shard(f"s{number}", hash_range=span) for number, span in enumerate(uniform_ranges(count))
    ]


@given(st.integers(1, 50), st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
def test_partition_keys_go_where_their_md5_says(count, key):
    """The shard is the one whose range holds the MD5 of the key."""
    number = int.from_bytes(hashlib.md5(key.encode(), usedforsecurity=False).digest(), "big")
    found = ShardMap(shards(count)).predict(Keys(key, None))
    assert [one.shard_id for one in shards(count) if number in one.hash_range] == [found]


@given(st.integers(1, 50), st.integers(0, MAX_HASH_KEY))
def test_explicit_hash_keys_lead(count, number):
    """An explicit hash key counts, and the partition key beside it does not."""
    found = ShardMap(shards(count)).predict(Keys("k", str(number)))
    assert [one.shard_id for one in shards(count) if number in one.hash_range] == [found]


def test_records_without_keys_belong_nowhere():
    """There is nothing to predict for them."""
    assert ShardMap(shards(2)).predict(NO_KEYS) is None


def test_closed_shards_take_nothing():
    """Where a shard was split, its children are found."""
    first, second = uniform_ranges(2)
    found = ShardMap(
        [
            Shard("parent", hash_range=HashRange(0, MAX_HASH_KEY), is_open=False),
            Shard("a", ("parent",), first),
            Shard("b", ("parent",), second),
            Shard("odd"),
        ]
    )
    assert (found.at(0), found.at(MAX_HASH_KEY), len(found)) == ("a", "b", 2)


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_gap_is_nobodys(missing):
    """A listing made in the middle of a change may lack a range: no guess is made."""
    listed = shards(3)
    gone = listed.pop(missing)
    assert ShardMap(listed).at(gone.hash_range.middle) is None


def test_maps_are_compared_by_their_ranges():
    """So that one that says nothing new is told from one that does."""
    assert ShardMap(shards(2)) == ShardMap([*shards(2), Shard("old", is_open=False)])
    assert ShardMap(shards(2)) != ShardMap(shards(3))
    assert ShardMap(shards(2)) != "a map"


def test_facts_of_a_stream():
    """Its shards, mode and limit, where both calls answer."""
    summary = {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}, "MaxRecordSizeInKiB": 2048}
    facts = read_facts(shards(2), summary)
    assert facts == StreamFacts(ShardMap(shards(2)), on_demand=True, record_limit=2 * MIB)


def test_auto_streams_have_no_map():
    """The service spreads the records: nothing can be predicted."""
    facts = read_facts(shards(2), {"RecordDistributionStrategy": "AUTO"})
    assert facts == StreamFacts(auto=True)


def test_streams_that_follow_keys_say_so():
    """That is more than not saying anything."""
    facts = read_facts(shards(2), {"RecordDistributionStrategy": "USER_PARTITION_KEY"})
    assert facts == StreamFacts(ShardMap(shards(2)), auto=False)


@pytest.mark.parametrize("summary", [None, {}, {"MaxRecordSizeInKiB": 0}])
def test_what_is_not_told_is_not_known(summary):
    """A missing permission, an old botocore, an emulator that knows less."""
    assert read_facts(None, summary) == StreamFacts()
    assert read_facts([], summary) == StreamFacts()


def test_a_provisioned_stream_follows_keys():
    """Only one that is on demand can be spread by the service: its mode says enough."""
    facts = read_facts(shards(2), {"StreamModeDetails": {"StreamMode": "PROVISIONED"}})
    assert facts == StreamFacts(ShardMap(shards(2)), auto=False)


@pytest.mark.parametrize(
    "bounds",
    [
        [(0, 9), (11, MAX_HASH_KEY)],
        [(0, 9), (9, MAX_HASH_KEY)],
        [(0, MAX_HASH_KEY), (0, MAX_HASH_KEY)],
        [(1, MAX_HASH_KEY)],
        [(0, MAX_HASH_KEY - 1)],
        [(0, 4 * MAX_HASH_KEY)],
        [(-1, MAX_HASH_KEY)],
        [(MAX_HASH_KEY, 0)],
    ],
)
def test_a_listing_that_cannot_be_is_no_map(bounds):
    """Gaps, overlaps, and hash keys that do not exist: the shards were about to change."""
    listed = [
        Shard(f"s{number}", hash_range=HashRange(*both)) for number, both in enumerate(bounds)
    ]
    assert not ShardMap(listed).complete
    assert read_facts(listed, None) == StreamFacts()


@pytest.mark.parametrize(
    "summary", [{"StreamModeDetails": "ON_DEMAND"}, {"MaxRecordSizeInKiB": True}]
)
def test_a_summary_of_another_form_says_nothing(summary):
    """Not everything that answers is Kinesis."""
    assert read_facts(shards(2), summary) == StreamFacts(ShardMap(shards(2)))
