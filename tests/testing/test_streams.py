"""Streams over HTTP: create, describe, list, delete, and their states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer.testing import LocalKinesis, ServiceError
from tests.testing.clients import code_of, message_of, shards_of

if TYPE_CHECKING:
    from tests.testing.clock import Clock


def test_a_created_stream_is_described(kinesis: LocalKinesis, client: Any) -> None:
    """DescribeStream gives name, ARN, status and shards of a stream that was created."""
    client.create_stream(StreamName="orders", ShardCount=2)
    description = client.describe_stream(StreamName="orders")["StreamDescription"]
    assert description["StreamARN"] == "arn:aws:kinesis:us-east-1:000000000000:stream/orders"
    assert description["StreamStatus"] == "ACTIVE"
    assert description["StreamModeDetails"] == {"StreamMode": "PROVISIONED"}
    assert description["RetentionPeriodHours"] == 24
    assert description["StreamCreationTimestamp"].timestamp() == 1_700_000_000
    assert description["EnhancedMonitoring"] == [{"ShardLevelMetrics": []}]
    assert [shard["ShardId"] for shard in description["Shards"]] == [
        "shardId-000000000000",
        "shardId-000000000001",
    ]
    assert description["HasMoreShards"] is False


def test_a_summary_counts_open_shards(client: Any) -> None:
    """DescribeStreamSummary gives the number of open shards and the record size limit in KiB."""
    client.create_stream(StreamName="orders", ShardCount=3)
    summary = client.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]
    assert summary["OpenShardCount"] == 3
    assert summary["ConsumerCount"] == 0
    assert summary["MaxRecordSizeInKiB"] == 1024


def test_a_stream_is_addressed_by_arn(client: Any) -> None:
    """A stream's ARN, alone or beside its name, means the stream."""
    client.create_stream(StreamName="orders", ShardCount=1)
    arn = client.describe_stream(StreamName="orders")["StreamDescription"]["StreamARN"]
    summary = client.describe_stream_summary(StreamARN=arn)["StreamDescriptionSummary"]
    assert summary["StreamName"] == "orders"
    client.describe_stream_summary(StreamARN=arn, StreamName="orders")


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ({}, "InvalidArgumentException"),
        ({"StreamName": "other"}, "ResourceNotFoundException"),
        ({"StreamARN": "nonsense"}, "ValidationException"),
        (
            {"StreamARN": "arn:aws:kinesis:eu-west-1:000000000000:stream/orders"},
            "ResourceNotFoundException",
        ),
        (
            {"StreamARN": "arn:aws:kinesis:us-east-1:111111111111:stream/orders"},
            "ResourceNotFoundException",
        ),
        (
            {
                "StreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/orders",
                "StreamName": "other",
            },
            "InvalidArgumentException",
        ),
    ],
)
def test_a_wrong_address(client: Any, address: dict[str, str], code: str) -> None:
    """An address that means no stream is refused with the code that fits."""
    client.create_stream(StreamName="orders", ShardCount=1)
    assert code_of(client.describe_stream_summary, **address) == code


def test_a_missing_stream_is_named(client: Any) -> None:
    """The message about a missing stream names the stream and the account."""
    message = message_of(client.describe_stream, StreamName="nowhere")
    assert message == "Stream nowhere under account 000000000000 not found."


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"StreamName": "a b", "ShardCount": 1}, "ValidationException"),
        ({"StreamName": "", "ShardCount": 1}, "ValidationException"),
        ({"StreamName": "a" * 129, "ShardCount": 1}, "ValidationException"),
        ({"ShardCount": 1}, "ValidationException"),
        ({"StreamName": "new", "ShardCount": 0}, "ValidationException"),
        ({"StreamName": "new"}, "ValidationException"),
        ({"StreamName": "orders", "ShardCount": 1}, "ResourceInUseException"),
        ({"StreamName": "new", "ShardCount": 20_001}, "LimitExceededException"),
        ({"StreamName": "new", "ShardCount": "1"}, "SerializationException"),
        (
            {
                "StreamName": "new",
                "ShardCount": 1,
                "StreamModeDetails": {"StreamMode": "ON_DEMAND"},
            },
            "InvalidArgumentException",
        ),
        (
            {"StreamName": "new", "ShardCount": 1, "MaxRecordSizeInKiB": 1023},
            "ValidationException",
        ),
        (
            {"StreamName": "new", "ShardCount": 1, "RecordDistributionStrategy": "AUTO"},
            "InvalidArgumentException",
        ),
    ],
)
def test_a_stream_that_cannot_be_created(
    kinesis: LocalKinesis, client: Any, arguments: dict[str, Any], code: str
) -> None:
    """A CreateStream that the service would refuse is refused with its code."""
    kinesis.create_stream("orders")
    assert code_of(client.create_stream, **arguments) == code


def test_a_stream_of_128_characters(client: Any) -> None:
    """The longest name and every character that is allowed in one are accepted."""
    name = "aZ09_.-" + "x" * 121
    client.create_stream(StreamName=name, ShardCount=1)
    assert client.list_streams()["StreamNames"] == [name]


def test_an_on_demand_stream_has_four_shards(client: Any) -> None:
    """A stream of mode ON_DEMAND begins with four shards and is not resharded by hand."""
    client.create_stream(StreamName="orders", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    assert len(shards_of(client, "orders")) == 4
    code = code_of(
        client.update_shard_count,
        StreamName="orders",
        TargetShardCount=8,
        ScalingType="UNIFORM_SCALING",
    )
    assert code == "InvalidArgumentException"


def test_a_stream_is_created_with_its_record_size(client: Any) -> None:
    """MaxRecordSizeInKiB holds from the beginning."""
    client.create_stream(StreamName="orders", ShardCount=1, MaxRecordSizeInKiB=2048)
    client.put_record(StreamName="orders", Data=bytes(2 * 2**20 - 1), PartitionKey="k")


def test_streams_are_listed_by_name(kinesis: LocalKinesis, client: Any) -> None:
    """ListStreams gives names in order, with a summary of each."""
    for name in ("pears", "apples"):
        kinesis.create_stream(name)
    answer = client.list_streams()
    assert answer["StreamNames"] == ["apples", "pears"]
    assert answer["HasMoreStreams"] is False
    assert [summary["StreamStatus"] for summary in answer["StreamSummaries"]] == ["ACTIVE"] * 2


def test_streams_are_listed_in_pages(kinesis: LocalKinesis, client: Any) -> None:
    """Following NextToken, or the last name, page by page gives every stream once."""
    names = [f"stream-{index:02d}" for index in range(5)]
    for name in names:
        kinesis.create_stream(name)
    first = client.list_streams(Limit=2)
    assert first["HasMoreStreams"] is True
    second = client.list_streams(Limit=2, NextToken=first["NextToken"])
    third = client.list_streams(Limit=2, ExclusiveStartStreamName=second["StreamNames"][-1])
    assert [*first["StreamNames"], *second["StreamNames"], *third["StreamNames"]] == names
    assert third["HasMoreStreams"] is False


def test_a_page_has_at_most_a_hundred_streams(kinesis: LocalKinesis, client: Any) -> None:
    """However many are asked for, a page of ListStreams has 100 names."""
    for index in range(101):
        kinesis.create_stream(f"stream-{index:03d}")
    assert len(client.list_streams(Limit=10_000)["StreamNames"]) == 100


def test_a_wrong_token_of_list_streams(client: Any) -> None:
    """A NextToken that ListStreams never gave is refused."""
    assert code_of(client.list_streams, NextToken="garbage") == "InvalidArgumentException"


def test_shards_are_described_in_pages(kinesis: LocalKinesis, client: Any) -> None:
    """DescribeStream with Limit and ExclusiveStartShardId gives every shard once."""
    kinesis.create_stream("orders", shards=3)
    first = client.describe_stream(StreamName="orders", Limit=2)["StreamDescription"]
    last = first["Shards"][-1]["ShardId"]
    second = client.describe_stream(StreamName="orders", ExclusiveStartShardId=last)
    assert first["HasMoreShards"] is True
    assert [shard["ShardId"] for shard in second["StreamDescription"]["Shards"]] == [
        "shardId-000000000002"
    ]


def test_a_deleted_stream_is_gone(kinesis: LocalKinesis, client: Any) -> None:
    """After DeleteStream the stream is not found, neither by clients nor in the ledger."""
    kinesis.create_stream("orders")
    client.delete_stream(StreamName="orders", EnforceConsumerDeletion=True)
    assert code_of(client.describe_stream, StreamName="orders") == "ResourceNotFoundException"
    with pytest.raises(ServiceError, match="ResourceNotFoundException"):
        kinesis.ledger("orders")


def test_a_recreated_stream_is_new(kinesis: LocalKinesis, client: Any) -> None:
    """A stream created again under its name is empty, and its numbers are greater."""
    kinesis.create_stream("orders")
    old = client.put_record(StreamName="orders", Data=b"1", PartitionKey="k")
    client.delete_stream(StreamName="orders")
    kinesis.create_stream("orders")
    assert kinesis.ledger("orders") == []
    new = client.put_record(StreamName="orders", Data=b"1", PartitionKey="k")
    assert int(new["SequenceNumber"]) > int(old["SequenceNumber"])


def test_creating_takes_its_time(slow_client: Any, clock: Clock) -> None:
    """A stream is CREATING, without shards, until the delay is over, and ACTIVE from then on."""
    slow_client.create_stream(StreamName="orders", ShardCount=2)
    description = slow_client.describe_stream(StreamName="orders")["StreamDescription"]
    assert (description["StreamStatus"], description["Shards"]) == ("CREATING", [])
    clock.advance(9.9)
    summary = slow_client.describe_stream_summary(StreamName="orders")
    assert summary["StreamDescriptionSummary"]["StreamStatus"] == "CREATING"
    clock.advance(0.1)
    description = slow_client.describe_stream(StreamName="orders")["StreamDescription"]
    assert (description["StreamStatus"], len(description["Shards"])) == ("ACTIVE", 2)


def test_a_stream_in_creating_serves_nobody(slow_client: Any) -> None:
    """While CREATING puts and iterators find no stream, and the rest finds it in use."""
    slow_client.create_stream(StreamName="orders", ShardCount=1)
    arn = "arn:aws:kinesis:us-east-1:000000000000:stream/orders"
    here = {"StreamName": "orders"}
    entry = {"Data": b"x", "PartitionKey": "k"}
    shard = {"ShardId": "shardId-000000000000", "ShardIteratorType": "LATEST"}
    codes = {
        "put_record": code_of(slow_client.put_record, **here, **entry),
        "put_records": code_of(slow_client.put_records, **here, Records=[entry]),
        "iterator": code_of(slow_client.get_shard_iterator, **here, **shard),
        "list_shards": code_of(slow_client.list_shards, **here),
        "delete": code_of(slow_client.delete_stream, **here),
        "create": code_of(slow_client.create_stream, **here, ShardCount=1),
        "size": code_of(slow_client.update_max_record_size, StreamARN=arn, MaxRecordSizeInKiB=2048),
    }
    assert codes == {
        "put_record": "ResourceNotFoundException",
        "put_records": "ResourceNotFoundException",
        "iterator": "ResourceNotFoundException",
        "list_shards": "ResourceInUseException",
        "delete": "ResourceInUseException",
        "create": "ResourceInUseException",
        "size": "ResourceInUseException",
    }


def test_five_streams_are_created_at_once(slow_client: Any) -> None:
    """A sixth stream in CREATING is a LimitExceededException."""
    for index in range(5):
        slow_client.create_stream(StreamName=f"stream-{index}", ShardCount=1)
    code = code_of(slow_client.create_stream, StreamName="sixth", ShardCount=1)
    assert code == "LimitExceededException"


def test_deleting_takes_its_time(
    slow_kinesis: LocalKinesis, slow_client: Any, clock: Clock
) -> None:
    """A deleted stream is DELETING and refuses puts until the delay is over, then it is gone."""
    slow_kinesis.create_stream("orders")
    slow_client.delete_stream(StreamName="orders")
    summary = slow_client.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]
    assert summary["StreamStatus"] == "DELETING"
    put = {"StreamName": "orders", "Data": b"x", "PartitionKey": "k"}
    assert code_of(slow_client.put_record, **put) == "ResourceNotFoundException"
    clock.advance(10)
    assert slow_client.list_streams()["StreamNames"] == []


def test_the_record_size_changes_when_updating_ends(
    slow_kinesis: LocalKinesis, slow_client: Any, clock: Clock
) -> None:
    """UpdateMaxRecordSize holds after UPDATING, not before; the stream stays in service."""
    slow_kinesis.create_stream("orders")
    arn = "arn:aws:kinesis:us-east-1:000000000000:stream/orders"
    slow_client.update_max_record_size(StreamARN=arn, MaxRecordSizeInKiB=2048)
    put = {"StreamName": "orders", "Data": bytes(2**20), "PartitionKey": "k"}
    assert code_of(slow_client.put_record, **put) == "InvalidArgumentException"
    clock.advance(10)
    assert code_of(slow_client.put_record, **put) == "accepted"
    summary = slow_client.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]
    assert summary["MaxRecordSizeInKiB"] == 2048


@pytest.mark.parametrize("size", [1023, 10_241])
def test_the_record_size_has_its_limits(kinesis: LocalKinesis, client: Any, size: int) -> None:
    """UpdateMaxRecordSize takes 1,024 to 10,240 KiB."""
    kinesis.create_stream("orders")
    arn = "arn:aws:kinesis:us-east-1:000000000000:stream/orders"
    code = code_of(client.update_max_record_size, StreamARN=arn, MaxRecordSizeInKiB=size)
    assert code == "ValidationException"
