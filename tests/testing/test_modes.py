"""Capacity modes and record distribution strategies over HTTP, and as methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer.limits import MIB
from kinesis_producer.testing import LocalKinesis, ServiceError, faults
from tests.testing.clients import client_of, code_of, drain, shards_of

if TYPE_CHECKING:
    from tests.testing.clock import Clock

ARN = "arn:aws:kinesis:us-east-1:000000000000:stream/orders"


def summary(client: Any) -> dict[str, Any]:
    answer = client.describe_stream_summary(StreamName="orders")
    described: dict[str, Any] = answer["StreamDescriptionSummary"]
    return described


@pytest.fixture
def spread(kinesis: LocalKinesis) -> LocalKinesis:
    """Three shards over which the service spreads records by itself."""
    kinesis.create_stream("orders", shards=3)
    kinesis.update_mode("orders", mode="ON_DEMAND")
    kinesis.update_distribution("orders", strategy="AUTO")
    return kinesis


def test_a_stream_of_provisioned_mode_has_no_strategy(kinesis: LocalKinesis, client: Any) -> None:
    """DescribeStreamSummary names a strategy for on-demand streams alone."""
    kinesis.create_stream("orders")
    assert "RecordDistributionStrategy" not in summary(client)
    kinesis.update_mode("orders", mode="ON_DEMAND")
    assert summary(client)["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}
    assert summary(client)["RecordDistributionStrategy"] == "USER_PARTITION_KEY"
    described = client.describe_stream(StreamName="orders")["StreamDescription"]
    assert described["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}


def test_a_stream_is_created_with_its_strategy(client: Any) -> None:
    """CreateStream takes AUTO for an on-demand stream."""
    client.create_stream(
        StreamName="orders",
        StreamModeDetails={"StreamMode": "ON_DEMAND"},
        RecordDistributionStrategy="AUTO",
    )
    assert summary(client)["RecordDistributionStrategy"] == "AUTO"


def test_the_mode_changes_when_updating_ends(
    slow_kinesis: LocalKinesis, slow_client: Any, clock: Clock
) -> None:
    """Between UpdateStreamMode and the end of UPDATING the old mode holds."""
    slow_kinesis.create_stream("orders")
    slow_client.update_stream_mode(StreamARN=ARN, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    assert summary(slow_client)["StreamStatus"] == "UPDATING"
    assert summary(slow_client)["StreamModeDetails"] == {"StreamMode": "PROVISIONED"}
    clock.advance(10)
    assert summary(slow_client)["StreamStatus"] == "ACTIVE"
    assert summary(slow_client)["StreamModeDetails"] == {"StreamMode": "ON_DEMAND"}


def test_the_strategy_changes_at_once(slow_kinesis: LocalKinesis, slow_client: Any) -> None:
    """UpdateStreamRecordDistributionStrategy leaves the stream ACTIVE."""
    slow_kinesis.create_stream("orders")
    slow_kinesis.update_mode("orders", mode="ON_DEMAND")
    slow_client.update_stream_record_distribution_strategy(
        StreamARN=ARN, RecordDistributionStrategy="AUTO"
    )
    assert summary(slow_client)["StreamStatus"] == "ACTIVE"
    assert summary(slow_client)["RecordDistributionStrategy"] == "AUTO"


def test_a_provisioned_stream_cannot_be_auto(kinesis: LocalKinesis, client: Any) -> None:
    """AUTO is refused for a stream of mode PROVISIONED, and ends where it becomes so."""
    kinesis.create_stream("orders")
    auto = {"StreamARN": ARN, "RecordDistributionStrategy": "AUTO"}
    update = client.update_stream_record_distribution_strategy
    assert code_of(update, **auto) == "InvalidArgumentException"
    with pytest.raises(ServiceError, match="PROVISIONED"):
        kinesis.update_distribution("orders", strategy="AUTO")
    kinesis.update_mode("orders", mode="ON_DEMAND")
    assert code_of(update, **auto) == "accepted"
    kinesis.update_mode("orders", mode="PROVISIONED")
    kinesis.update_mode("orders", mode="ON_DEMAND")
    assert summary(client)["RecordDistributionStrategy"] == "USER_PARTITION_KEY"


@pytest.mark.parametrize(
    "change",
    [
        {"StreamARN": ARN, "RecordDistributionStrategy": "RANDOM"},
        {"RecordDistributionStrategy": "AUTO"},
        {"StreamARN": ARN},
    ],
)
def test_wrong_changes_of_strategy(spread: LocalKinesis, client: Any, change: Any) -> None:
    """A strategy that there is not, and a request without a member, are not valid."""
    update = client.update_stream_record_distribution_strategy
    assert code_of(update, **change) == "ValidationException"


def test_wrong_values_are_refused_by_methods(spread: LocalKinesis) -> None:
    """A method raises what the service would say."""
    with pytest.raises(ServiceError, match="enum value set"):
        spread.update_mode("orders", mode="RESERVED")
    with pytest.raises(ServiceError, match="enum value set"):
        spread.update_distribution("orders", strategy="RANDOM")
    with pytest.raises(ServiceError, match="greater than or equal to 1024"):
        spread.update_record_size("orders", size=1)


def test_records_take_turns(spread: LocalKinesis, client: Any) -> None:
    """With AUTO every open shard gets as much, whatever the keys are."""
    records = [{"Data": b"x", "PartitionKey": "k", "ExplicitHashKey": "0"}] * 6
    client.put_records(StreamName="orders", Records=records)
    spread.update_mode("orders", mode="PROVISIONED")
    spread.split_shard("orders", shard_id="shardId-000000000001")
    spread.update_mode("orders", mode="ON_DEMAND")
    spread.update_distribution("orders", strategy="AUTO")
    client.put_records(StreamName="orders", Records=records[:4])
    landed = [record.shard_id for record in spread.ledger("orders")]
    assert all(landed[:6].count(shard) == 2 for shard in set(landed[:6]))
    assert sorted(landed[6:]) == sorted(spread.open_shards("orders"))


def test_a_record_may_have_no_key(spread: LocalKinesis, client: Any) -> None:
    """With AUTO a record without a partition key is stored, and read back without one."""
    client.put_record(StreamName="orders", Data=b"x")
    (stored,) = spread.ledger("orders")
    (read,) = drain(client, "orders", stored.shard_id)
    assert stored.partition_key is None
    assert "PartitionKey" not in read


def test_a_key_comes_back_as_it_was(spread: LocalKinesis, client: Any) -> None:
    """With AUTO a partition key is of no use, and is stored all the same."""
    client.put_record(StreamName="orders", Data=b"x", PartitionKey="k")
    (stored,) = spread.ledger("orders")
    (read,) = drain(client, "orders", stored.shard_id)
    assert read["PartitionKey"] == "k"


def test_keys_count_again(spread: LocalKinesis, client: Any) -> None:
    """Back at USER_PARTITION_KEY, a key decides, and one that is missing is refused."""
    spread.update_distribution("orders", strategy="USER_PARTITION_KEY")
    records = [{"Data": b"x", "PartitionKey": "k"}] * 5
    answer = client.put_records(StreamName="orders", Records=records)
    assert len({record["ShardId"] for record in answer["Records"]}) == 1
    keyless = [*records, {"Data": b"x"}]
    code = code_of(client.put_records, StreamName="orders", Records=keyless)
    assert code == "ValidationException"
    assert len(spread.ledger("orders")) == 5


def test_the_record_size_changes_by_a_method(kinesis: LocalKinesis, client: Any) -> None:
    """A record of 1.5 MiB is refused by a new stream, and accepted when it allows 2 MiB."""
    kinesis.create_stream("orders")
    large = {"StreamName": "orders", "Data": bytes(MIB * 3 // 2), "PartitionKey": "k"}
    assert code_of(client.put_record, **large) == "InvalidArgumentException"
    kinesis.update_record_size("orders", size=2 * MIB)
    assert code_of(client.put_record, **large) == "accepted"
    assert summary(client)["MaxRecordSizeInKiB"] == 2048


def test_a_stranger_leaves_a_share(throttled_kinesis: LocalKinesis, clock: Clock) -> None:
    """A shard that is held to nine tenths gains a tenth, until the stranger goes."""
    throttled_kinesis.create_stream("orders", shards=2)
    shard = throttled_kinesis.open_shards("orders")[0]

    def committed(count: int) -> int:
        records = [{"Data": b"x", "PartitionKey": "k", "ExplicitHashKey": "0"}] * count
        answer = client.put_records(StreamName="orders", Records=records)
        return count - int(answer["FailedRecordCount"])

    with client_of(throttled_kinesis) as client:
        assert committed(500) + committed(500) == 1000
        throttled_kinesis.hold("orders", shard_id=shard, share=0.9)
        clock.advance(1)
        assert committed(500) == 100
        throttled_kinesis.hold("orders", shard_id=shard, share=0.0)
        clock.advance(0.3)
        assert committed(500) == 300


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_share_is_a_share(kinesis: LocalKinesis, share: float) -> None:
    """Less than nothing, and more than all, is no share."""
    kinesis.create_stream("orders")
    with pytest.raises(ValueError, match="share must be between 0 and 1"):
        kinesis.hold("orders", shard_id="shardId-000000000000", share=share)


def test_a_fault_for_one_stream(kinesis: LocalKinesis, client: Any) -> None:
    """Requests for other streams are performed."""
    kinesis.create_stream("orders")
    kinesis.create_stream("others")
    kinesis.faults.always("ListShards", faults.only("orders", faults.access_denied()))
    assert code_of(client.list_shards, StreamName="orders") == "AccessDeniedException"
    assert len(shards_of(client, "others")) == 1
