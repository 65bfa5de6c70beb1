"""Rows as the KCL writes them, read and written here."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from kinesis_producer.core.hash_keys import HashRange
from kinesis_producer.core.leasing.lease import Lease
from kinesis_producer.core.positions import LATEST, SHARD_END, TRIM_HORIZON, Position
from kinesis_producer.stores.dynamodb import rows
from tests.stores.rows import BARE, FULL, SENTINELS, SHARD, STREAM

#: As a KCL 3.1.3 left them: a child that is read, and its parent that was read to its end.
READ: dict[str, Any] = {
    "leaseKey": {"S": "shardId-000000000002"},
    "leaseOwner": {"S": "127.0.0.1:0c8e7d2c"},
    "leaseCounter": {"N": "17"},
    "ownerSwitchesSinceCheckpoint": {"N": "0"},
    "checkpoint": {"S": "49668899999999999999999999999999999999999999999999999186"},
    "checkpointSubSequenceNumber": {"N": "4"},
    "parentShardId": {"SS": ["shardId-000000000000"]},
    "startingHashKey": {"S": "0"},
    "endingHashKey": {"S": "170141183460469231731687303715884105727"},
    "throughputKBps": {"N": "0.013672"},
}
ENDED: dict[str, Any] = {
    "leaseKey": {"S": "shardId-000000000000"},
    "leaseOwner": {"S": "127.0.0.1:0c8e7d2c"},
    "leaseCounter": {"N": "9"},
    "ownerSwitchesSinceCheckpoint": {"N": "0"},
    "checkpoint": {"S": "SHARD_END"},
    "checkpointSubSequenceNumber": {"N": "0"},
    "childShardIds": {"SS": ["shardId-000000000003", "shardId-000000000002"]},
    "startingHashKey": {"S": "0"},
    "endingHashKey": {"S": "340282366920938463463374607431768211455"},
    "pendingCheckpoint": {"S": "SHARD_END"},
    "pendingCheckpointSubSequenceNumber": {"N": "0"},
    "pendingCheckpointState": {"N": "0"},
}


def test_a_row_of_the_kcl_is_read() -> None:
    """The lease of a shard that a KCL reads has its owner, its position and its parent."""
    assert rows.read_item(READ) == Lease(
        shard_id="shardId-000000000002",
        checkpoint=Position(49668899999999999999999999999999999999999999999999999186, 4),
        counter=17,
        owner="127.0.0.1:0c8e7d2c",
        parents=("shardId-000000000000",),
        hash_range=HashRange(0, 2**127 - 1),
    )


def test_the_row_of_a_finished_shard_is_read() -> None:
    """The lease of a shard that a KCL finished has its end and its children."""
    lease = rows.read_item(ENDED)
    assert lease.checkpoint == SHARD_END
    assert lease.is_finished
    assert lease.children == ("shardId-000000000002", "shardId-000000000003")


def test_the_least_row_is_read() -> None:
    """Key, counter and checkpoint are enough: a KCL leaves out what it does not know."""
    item = {"leaseKey": {"S": SHARD}, "leaseCounter": {"N": "0"}, "checkpoint": {"S": "LATEST"}}
    assert rows.read_item(item) == Lease(shard_id=SHARD, checkpoint=LATEST)


def test_a_row_is_written_as_the_kcl_writes_it() -> None:
    """A lease has the attributes and types of the KCL, and says its stream beside them."""
    lease = replace(FULL, checkpoint=Position(4965, 3), since=None, wanted_by=None)
    assert rows.whole_item(lease, STREAM) == {
        "leaseKey": {"S": SHARD},
        "leaseOwner": {"S": "worker-1"},
        "leaseCounter": {"N": str(2**53 - 1)},
        "ownerSwitchesSinceCheckpoint": {"N": "7"},
        "checkpoint": {"S": "4965"},
        "checkpointSubSequenceNumber": {"N": "3"},
        "parentShardId": {"SS": ["shardId-000000000001", "shardId-000000000002"]},
        "childShardIds": {"SS": ["shardId-000000000003", "shardId-000000000004"]},
        "startingHashKey": {"S": "1"},
        "endingHashKey": {"S": "340282366920938463463374607431768211455"},
        "entityType": {"S": "LEASE"},
        "streamArn": {"S": STREAM.arn},
        "streamCreated": {"N": "1790000000123"},
    }


def test_what_is_nothing_is_not_written() -> None:
    """A lease without an owner, parents or a range has no such attributes: no text is empty."""
    written = {"leaseKey", "leaseCounter", "ownerSwitchesSinceCheckpoint", "checkpoint"}
    written |= {"checkpointSubSequenceNumber", "entityType", "streamArn", "streamCreated"}
    assert rows.whole_item(BARE, STREAM).keys() == written
    assert rows.whole_item(replace(BARE, owner=""), STREAM).keys() == written


def test_a_range_of_one_hash_key_is_left_out() -> None:
    """The KCL cannot read a row whose range begins where it ends."""
    item = rows.whole_item(replace(BARE, hash_range=HashRange(5, 5)), STREAM)
    assert "startingHashKey" not in item
    assert "endingHashKey" not in item


@pytest.mark.parametrize("position", SENTINELS, ids=str)
def test_positions_have_the_names_of_the_kcl(position: Position) -> None:
    """A position without a record is written as its name, with the sub-sequence number 0."""
    item = rows.whole_item(replace(BARE, checkpoint=position), STREAM)
    assert item["checkpoint"] == {"S": str(position)}
    assert item["checkpointSubSequenceNumber"] == {"N": "0"}


@pytest.mark.parametrize(
    "item",
    [
        {"leaseKey": {"S": "worker-1"}, "entityType": {"S": "WORKER_METRIC_STATS"}},
        {"leaseKey": {"S": "Leader"}, "entityType": {"S": "LEADER"}},
        READ | {"leaseKey": {"S": f"123456789012:orders:1700000000:{SHARD}"}},
    ],
    ids=["metrics", "leader", "many streams"],
)
def test_rows_of_other_kinds_are_no_leases(item: dict[str, Any]) -> None:
    """Rows that a KCL 3.5 keeps beside its leases are told from these, as are other streams'."""
    assert not rows.is_lease(item)


@pytest.mark.parametrize("said", [{}, {"entityType": {"S": "LEASE"}}], ids=["none", "LEASE"])
def test_rows_of_leases_are_leases(said: dict[str, Any]) -> None:
    """A row of a KCL before 3.5, which says no kind, is a lease like one that says it is."""
    assert rows.is_lease(READ | said)


@pytest.mark.parametrize(
    ("name", "value"),
    [("leaseCounter", {}), ("checkpoint", {"S": "yesterday"}), ("leaseCounter", {"N": "many"})],
)
def test_a_row_that_is_no_lease_is_refused(name: str, value: dict[str, str]) -> None:
    """A counter or a checkpoint that cannot be read is an error, never a beginning anew."""
    with pytest.raises((KeyError, ValueError)):
        rows.read_item(READ | {name: value})


def test_a_sentinel_has_no_sub_sequence_number() -> None:
    """A name with a number beside it, as a KCL may have left it, is that position all the same."""
    item = READ | {"checkpoint": {"S": "TRIM_HORIZON"}}
    assert rows.read_item(item).checkpoint == TRIM_HORIZON
