"""Shards over HTTP: split, merge, rescale."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer.testing import LocalKinesis, ServiceError
from tests.testing.clients import code_of, drain, shards_of

if TYPE_CHECKING:
    from tests.testing.clock import Clock

FIRST = "shardId-000000000000"


def test_a_split_closes_the_parent(kinesis: LocalKinesis, client: Any) -> None:
    """After a split the parent has an end, and its children share its range."""
    kinesis.create_stream("orders")
    client.split_shard(StreamName="orders", ShardToSplit=FIRST, NewStartingHashKey="1000")
    parent, left, right = shards_of(client, "orders")
    assert left["ParentShardId"] == right["ParentShardId"] == FIRST
    assert left["HashKeyRange"] == {"StartingHashKey": "0", "EndingHashKey": "999"}
    assert right["HashKeyRange"]["StartingHashKey"] == "1000"
    ending = parent["SequenceNumberRange"]["EndingSequenceNumber"]
    assert ending < left["SequenceNumberRange"]["StartingSequenceNumber"]
    assert "EndingSequenceNumber" not in left["SequenceNumberRange"]


def test_puts_after_a_split_go_to_the_children(kinesis: LocalKinesis, client: Any) -> None:
    """A put after the split lands on the child whose range holds its hash key."""
    kinesis.create_stream("orders")
    kinesis.split_shard("orders", shard_id=FIRST, at=1000)
    landed = [
        client.put_record(StreamName="orders", Data=b"x", PartitionKey="k", ExplicitHashKey=key)[
            "ShardId"
        ]
        for key in ("999", "1000")
    ]
    assert landed == ["shardId-000000000001", "shardId-000000000002"]


def test_a_merge_joins_two_parents(kinesis: LocalKinesis, client: Any) -> None:
    """After a merge one child names both parents and covers both ranges."""
    kinesis.create_stream("orders", shards=2)
    second = "shardId-000000000001"
    client.merge_shards(StreamName="orders", ShardToMerge=FIRST, AdjacentShardToMerge=second)
    child = shards_of(client, "orders")[2]
    assert (child["ParentShardId"], child["AdjacentParentShardId"]) == (FIRST, second)
    assert child["HashKeyRange"] == {
        "StartingHashKey": "0",
        "EndingHashKey": str(2**128 - 1),
    }


def test_records_are_kept_over_split_and_merge(kinesis: LocalKinesis, client: Any) -> None:
    """Records put before, between and after a split and a merge are all read back, once each."""
    kinesis.create_stream("orders")
    sent: list[bytes] = []

    def put_ten() -> None:
        for _ in range(10):
            sent.append(str(len(sent)).encode())
            client.put_record(StreamName="orders", Data=sent[-1], PartitionKey=str(len(sent)))

    put_ten()
    kinesis.split_shard("orders", shard_id=FIRST)
    put_ten()
    kinesis.merge_shards(
        "orders", shard_id="shardId-000000000001", adjacent_id="shardId-000000000002"
    )
    put_ten()
    shards = [shard["ShardId"] for shard in shards_of(client, "orders")]
    read = [record["Data"] for shard in shards for record in drain(client, "orders", shard)]
    assert sorted(read) == sorted(sent)
    assert [record.data for record in kinesis.ledger("orders")] == sent


def test_shards_change_when_updating_ends(
    slow_kinesis: LocalKinesis, slow_client: Any, clock: Clock
) -> None:
    """While UPDATING puts go to the parent, and no second resharding begins."""
    slow_kinesis.create_stream("orders")
    split = {"StreamName": "orders", "ShardToSplit": FIRST, "NewStartingHashKey": "1000"}
    slow_client.split_shard(**split)
    summary = slow_client.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]
    assert summary["StreamStatus"] == "UPDATING"
    put = {"StreamName": "orders", "Data": b"x", "PartitionKey": "k"}
    assert slow_client.put_record(**put)["ShardId"] == FIRST
    assert code_of(slow_client.split_shard, **split) == "ResourceInUseException"
    assert code_of(slow_client.delete_stream, StreamName="orders") == "ResourceInUseException"
    clock.advance(10)
    assert slow_client.put_record(**put)["ShardId"] == "shardId-000000000002"
    assert code_of(slow_client.split_shard, **split) == "InvalidArgumentException"


def test_a_change_happens_when_it_is_due(
    slow_kinesis: LocalKinesis, slow_client: Any, clock: Clock
) -> None:
    """A split that ends unobserved closes its parent at the moment it was due, not when seen."""
    slow_kinesis.create_stream("orders")
    slow_client.split_shard(StreamName="orders", ShardToSplit=FIRST, NewStartingHashKey="1000")
    clock.advance(100)
    at_noon = {"Type": "AT_TIMESTAMP", "Timestamp": 1_700_000_011}
    answer = slow_client.list_shards(StreamName="orders", ShardFilter=at_noon)
    listed = [shard["ShardId"][-1] for shard in answer["Shards"]]
    assert listed == ["1", "2"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"NewStartingHashKey": "1"}, "InvalidArgumentException"),
        ({"NewStartingHashKey": str(2**128)}, "InvalidArgumentException"),
        ({"NewStartingHashKey": "abc"}, "ValidationException"),
        ({"ShardToSplit": "shardId-000000000009"}, "ResourceNotFoundException"),
        ({"ShardToSplit": "not a shard"}, "ValidationException"),
        ({"StreamName": "nowhere"}, "ResourceNotFoundException"),
    ],
)
def test_a_wrong_split(
    kinesis: LocalKinesis, client: Any, arguments: dict[str, str], code: str
) -> None:
    """A SplitShard that the service would refuse is refused with its code."""
    kinesis.create_stream("orders")
    usual = {"StreamName": "orders", "ShardToSplit": FIRST, "NewStartingHashKey": "1000"}
    assert code_of(client.split_shard, **{**usual, **arguments}) == code


@pytest.mark.parametrize(("before", "target"), [(2, 4), (2, 3), (3, 2), (4, 2), (3, 5), (2, 2)])
def test_update_shard_count_makes_equal_shards(
    kinesis: LocalKinesis, client: Any, before: int, target: int
) -> None:
    """UpdateShardCount leaves the shards that were asked for, and says how many there were."""
    kinesis.create_stream("orders", shards=before)
    answer = client.update_shard_count(
        StreamName="orders", TargetShardCount=target, ScalingType="UNIFORM_SCALING"
    )
    assert (answer["StreamName"], answer["CurrentShardCount"], answer["TargetShardCount"]) == (
        "orders",
        before,
        target,
    )
    shards = client.list_shards(StreamName="orders", ShardFilter={"Type": "AT_LATEST"})["Shards"]
    assert len(shards) == target


@pytest.mark.parametrize(
    ("target", "scaling", "code"),
    [
        (5, "UNIFORM_SCALING", "LimitExceededException"),
        (0, "UNIFORM_SCALING", "ValidationException"),
        (2, "OTHER", "ValidationException"),
    ],
)
def test_a_wrong_shard_count(
    kinesis: LocalKinesis, client: Any, target: int, scaling: str, code: str
) -> None:
    """An UpdateShardCount that the service would refuse is refused with its code."""
    kinesis.create_stream("orders", shards=2)
    asked = code_of(
        client.update_shard_count,
        StreamName="orders",
        TargetShardCount=target,
        ScalingType=scaling,
    )
    assert asked == code


def test_a_program_reshards_at_once(slow_kinesis: LocalKinesis, slow_client: Any) -> None:
    """The methods of LocalKinesis change shards at once, however long UPDATING would last."""
    slow_kinesis.create_stream("orders", shards=2)
    slow_kinesis.update_shard_count("orders", shards=3)
    summary = slow_client.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]
    assert (summary["StreamStatus"], summary["OpenShardCount"]) == ("ACTIVE", 3)


def test_a_program_is_refused_as_a_client_is(kinesis: LocalKinesis) -> None:
    """The methods of LocalKinesis raise ServiceError where the service would refuse."""
    with pytest.raises(ServiceError, match="ValidationException"):
        kinesis.create_stream("orders", shards=0)
    with pytest.raises(ServiceError, match="ResourceNotFoundException"):
        kinesis.split_shard("orders", shard_id=FIRST)
