"""Streams, leases and positions as stores have to keep them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hypothesis import strategies as st

from kinesis_producer.core.hash_keys import HashRange
from kinesis_producer.core.leasing.lease import Lease, renewed
from kinesis_producer.core.positions import (
    AT_TIMESTAMP,
    LATEST,
    SHARD_END,
    TRIM_HORIZON,
    Position,
)
from kinesis_producer.limits import MAX_HASH_KEY
from kinesis_producer.stores import StreamId

if TYPE_CHECKING:
    from kinesis_producer.stores import LeaseTable

STREAM: Final = StreamId(
    arn="arn:aws:kinesis:us-east-1:000000000000:stream/orders",
    name="orders",
    created=1_790_000_000_123,
)
SHARD: Final = "shardId-000000000000"
SENTINELS: Final = (AT_TIMESTAMP, TRIM_HORIZON, LATEST, SHARD_END)

#: 129 digits, the most that the API allows.
GREATEST: Final = 10**129 - 1

#: A lease with nothing in it, and one with everything.
BARE: Final = Lease(shard_id=SHARD, checkpoint=TRIM_HORIZON)
FULL: Final = Lease(
    shard_id=SHARD,
    checkpoint=Position(GREATEST, 999_999_999),
    counter=2**53 - 1,
    owner="worker-1",
    switches=7,
    parents=("shardId-000000000001", "shardId-000000000002"),
    children=("shardId-000000000003", "shardId-000000000004"),
    hash_range=HashRange(1, MAX_HASH_KEY),
    since=1_790_000_000.123456,
    wanted_by="worker-2",
)


def shard_id(number: int) -> str:
    return f"shardId-{number:012}"


def alike(lease: Lease) -> Lease:
    """That lease, with its parents and children in order: a store need not keep theirs."""
    parents, children = sorted(lease.parents), sorted(lease.children)
    return replace(lease, parents=tuple(parents), children=tuple(children))


def count_up(table: LeaseTable, times: int) -> None:
    """Renew the lease so often, whoever else does."""
    done = 0
    while done < times:
        lease = table.lease(SHARD)
        assert lease is not None
        done += table.replace(lease, renewed(lease))


_shard_ids = st.integers(0, 10**12 - 1).map(shard_id)
_some_shards = st.lists(_shard_ids, max_size=3, unique=True).map(tuple)
# no store has to keep a name with NUL in it: PostgreSQL cannot
_names = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=256)
positions = st.one_of(
    st.sampled_from(SENTINELS),
    st.builds(Position, st.integers(0, GREATEST), st.integers(0, 999_999_999)),
)
_hash_ranges = st.lists(st.integers(0, MAX_HASH_KEY), min_size=2, max_size=2, unique=True).map(
    lambda keys: HashRange(min(keys), max(keys))
)
leases = st.builds(
    Lease,
    shard_id=_shard_ids,
    checkpoint=positions,
    counter=st.integers(0, 2**53 - 1),
    owner=st.none() | _names,
    switches=st.integers(0, 2**31 - 1),
    parents=_some_shards,
    children=_some_shards,
    hash_range=st.none() | _hash_ranges,
    since=st.none() | st.floats(0, 4e9).map(lambda seconds: round(seconds, 6)),
    wanted_by=st.none() | _names,
)
