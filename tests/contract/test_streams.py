"""The contract: streams and their states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer.core.hash_keys import uniform_ranges
from tests.contract.service import Service, outcome

if TYPE_CHECKING:
    from collections.abc import Callable


def create(service: Service) -> Callable[[str], object]:
    return lambda name: service.client.create_stream(StreamName=name, ShardCount=1)


def test_a_stream_is_described(service: Service) -> None:
    """DescribeStream gives name, ARN, status, shards, retention and time of creation."""
    name = service.new_stream(2)
    description = service.client.describe_stream(StreamName=name)["StreamDescription"]
    assert description["StreamName"] == name
    assert description["StreamARN"] == f"arn:aws:kinesis:us-east-1:000000000000:stream/{name}"
    assert description["StreamStatus"] == "ACTIVE"
    assert [shard["ShardId"] for shard in description["Shards"]] == [
        "shardId-000000000000",
        "shardId-000000000001",
    ]
    assert description["HasMoreShards"] is False
    assert description["RetentionPeriodHours"] == 24
    assert description["StreamCreationTimestamp"].year >= 2025


@pytest.mark.parametrize(
    ("check", "count"), [("one-range", 1), ("two-ranges", 2), ("three-ranges", 3)]
)
def test_shards_begin_equal(service: Service, check: str, count: int) -> None:
    """A new stream's shards have the ranges that division gives, the last takes the rest."""
    ranges = [
        (int(bounds["StartingHashKey"]), int(bounds["EndingHashKey"]))
        for shard in service.shards(service.new_stream(count))
        for bounds in [shard["HashKeyRange"]]
    ]
    uniform = [(wanted.first, wanted.last) for wanted in uniform_ranges(count)]
    assert ranges == service.expected(check, uniform)


def test_a_summary_counts_open_shards(service: Service) -> None:
    """DescribeStreamSummary gives the number of open shards."""
    summary = service.client.describe_stream_summary(StreamName=service.new_stream(3))
    assert summary["StreamDescriptionSummary"]["OpenShardCount"] == 3


def test_a_summary_says_the_record_size(service: Service) -> None:
    """DescribeStreamSummary gives the record size limit, 1,024 KiB unless raised."""
    summary = service.client.describe_stream_summary(StreamName=service.new_stream())
    size = summary["StreamDescriptionSummary"].get("MaxRecordSizeInKiB")
    assert size == service.expected("summary-record-size", 1024)


def test_streams_are_listed_in_pages(service: Service) -> None:
    """ListStreams from a name on, one by one, gives every stream once, in order."""
    names = [f"zz-{fruit}" for fruit in ("apples", "lemons", "pears")]  # behind all others
    for name in reversed(names):
        service.client.create_stream(StreamName=name, ShardCount=1)
        service.settle(name)
    listed, more = names[:1], True
    while more and len(listed) < 10:
        page = service.client.list_streams(Limit=1, ExclusiveStartStreamName=listed[-1])
        listed.extend(page["StreamNames"])
        more = page["HasMoreStreams"]
    assert listed == names
    last = service.client.list_streams(Limit=1, ExclusiveStartStreamName=names[-1])
    assert (last["StreamNames"], last["HasMoreStreams"]) == ([], False)
    first = service.client.list_streams(Limit=1, ExclusiveStartStreamName="zz-")
    observed = first["StreamNames"] == names[:1]
    assert observed == service.expected("list-from-a-name-of-no-stream", aws=True)


@pytest.mark.parametrize(
    ("check", "arguments", "code"),
    [
        ("create-twice", {"StreamName": "stream-1"}, "ResourceInUseException"),
        ("create-bad-name", {"StreamName": "a b"}, "ValidationException"),
        ("create-long-name", {"StreamName": "a" * 129}, "ValidationException"),
        ("create-no-name", {"StreamName": ""}, "ValidationException"),
        ("create-no-shards", {"ShardCount": 0}, "ValidationException"),
        ("create-too-many", {"ShardCount": 100_000}, "LimitExceededException"),
        ("create-wrong-type", {"ShardCount": "one"}, "SerializationException"),
    ],
)
def test_streams_that_cannot_be_created(
    service: Service, stream: str, check: str, arguments: dict[str, Any], code: str
) -> None:
    """A wrong CreateStream is refused with the code that fits."""
    usual = {"StreamName": "never-created", "ShardCount": 1}
    observed = outcome(service.client.create_stream, **{**usual, **arguments})
    assert observed == service.expected(check, code)


@pytest.mark.parametrize(
    "operation", ["describe_stream", "describe_stream_summary", "list_shards", "delete_stream"]
)
def test_a_missing_stream_is_not_found(service: Service, operation: str) -> None:
    """Operations on a stream that does not exist are a ResourceNotFoundException."""
    observed = outcome(getattr(service.client, operation), StreamName="nowhere")
    assert observed == "ResourceNotFoundException"


def test_a_request_names_a_stream(service: Service) -> None:
    """A request that names no stream, by name or ARN, is refused."""
    observed = outcome(service.client.describe_stream_summary)
    assert observed == service.expected("no-address", "InvalidArgumentException")


def test_creating_is_seen(service: Service) -> None:
    """A new stream is CREATING at first, and has no shards yet."""

    def shards(name: str) -> str:
        description = service.client.describe_stream(StreamName=name)["StreamDescription"]
        return str(len(description["Shards"]))

    observed = service.observe_in("CREATING", create(service), shards)
    assert observed == service.expected("shards-while-creating", "0")


def test_puts_while_creating(service: Service) -> None:
    """A put to a stream in CREATING finds no stream."""
    observed = service.observe_in(
        "CREATING", create(service), lambda n: outcome(service.put, name=n)
    )
    assert observed == service.expected("put-while-creating", "ResourceNotFoundException")


def test_iterators_while_creating(service: Service) -> None:
    """An iterator of a stream in CREATING finds no shard."""

    def iterate(name: str) -> str:
        return outcome(service.iterator, name=name, shard_id="shardId-000000000000")

    observed = service.observe_in("CREATING", create(service), iterate)
    assert observed == service.expected("iterator-while-creating", "ResourceNotFoundException")


def test_listing_shards_while_creating(service: Service) -> None:
    """Listing the shards of a stream in CREATING finds it in use."""

    def listed(name: str) -> str:
        return outcome(service.client.list_shards, StreamName=name)

    observed = service.observe_in("CREATING", create(service), listed)
    assert observed == service.expected("list-shards-while-creating", "ResourceInUseException")


def test_resharding_while_creating(service: Service) -> None:
    """A stream in CREATING cannot be resharded."""

    def split(name: str) -> str:
        return outcome(
            service.client.split_shard,
            StreamName=name,
            ShardToSplit="shardId-000000000000",
            NewStartingHashKey="1000",
        )

    assert service.observe_in("CREATING", create(service), split) == "ResourceInUseException"


def test_a_deleted_stream_goes(service: Service) -> None:
    """A stream that is deleted is DELETING, takes no puts, and then is gone."""

    def begin(name: str) -> None:
        service.client.create_stream(StreamName=name, ShardCount=1)
        service.settle(name)
        service.client.delete_stream(StreamName=name)

    names: list[str] = []

    def put(name: str) -> str:
        names.append(name)
        return outcome(service.put, name=name)

    observed = service.observe_in("DELETING", begin, put)
    assert observed == service.expected("put-while-deleting", "ResourceNotFoundException")
    assert service.status(names[-1]) is None


def test_a_stream_is_deleted_once(service: Service) -> None:
    """A stream in DELETING cannot be deleted again."""

    def begin(name: str) -> None:
        service.client.create_stream(StreamName=name, ShardCount=1)
        service.settle(name)
        service.client.delete_stream(StreamName=name)

    def delete(name: str) -> str:
        return outcome(service.client.delete_stream, StreamName=name)

    observed = service.observe_in("DELETING", begin, delete)
    assert observed == service.expected("delete-while-deleting", "ResourceInUseException")


def test_a_stream_is_addressed_by_arn(service: Service) -> None:
    """Every operation on a stream takes its ARN instead of its name."""
    name = service.new_stream()
    here = {"StreamARN": service.arn(name)}
    shard = {"ShardId": "shardId-000000000000", "ShardIteratorType": "TRIM_HORIZON"}
    entry = {"Data": b"x", "PartitionKey": "k"}
    client = service.client
    observed = {
        "describe": outcome(client.describe_stream, **here),
        "summary": outcome(client.describe_stream_summary, **here),
        "list": outcome(client.list_shards, **here),
        "put": outcome(client.put_record, **here, **entry),
        "puts": outcome(client.put_records, **here, Records=[entry]),
        "iterator": outcome(client.get_shard_iterator, **here, **shard),
        "records": outcome(
            client.get_records, **here, ShardIterator=service.iterator(name, shard["ShardId"])
        ),
    }
    assert observed == service.expected("arn", dict.fromkeys(observed, "accepted"))


def test_the_record_size_is_raised(service: Service) -> None:
    """After UpdateMaxRecordSize a record of the new size is taken, and no larger one."""
    name = service.new_stream()
    raised = outcome(
        service.client.update_max_record_size,
        StreamARN=f"arn:aws:kinesis:us-east-1:000000000000:stream/{name}",
        MaxRecordSizeInKiB=2048,
    )
    service.settle(name)
    observed = [
        raised,
        outcome(service.put, name=name, data=bytes(2 * 2**20 - 1), key="k"),
        outcome(service.put, name=name, data=bytes(2 * 2**20 + 1), key="k"),
    ]
    aws = ["accepted", "accepted", "InvalidArgumentException"]
    assert observed == service.expected("update-max-record-size", aws)


@pytest.mark.parametrize("size", [1023, 10_241])
def test_the_record_size_has_limits(service: Service, size: int) -> None:
    """UpdateMaxRecordSize takes 1,024 to 10,240 KiB."""
    observed = outcome(
        service.client.update_max_record_size,
        StreamARN=f"arn:aws:kinesis:us-east-1:000000000000:stream/{service.new_stream()}",
        MaxRecordSizeInKiB=size,
    )
    assert observed == service.expected("update-max-record-size-limits", "ValidationException")
