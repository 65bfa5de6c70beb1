"""GetShardIterator and GetRecords over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer.limits import MIB
from tests.testing.clients import code_of, drain

if TYPE_CHECKING:
    from kinesis_producer.testing import LocalKinesis
    from tests.testing.clock import Clock

SHARD = "shardId-000000000000"


@pytest.fixture(autouse=True)
def _orders(kinesis: LocalKinesis) -> None:
    kinesis.create_stream("orders")


@pytest.fixture
def numbers(client: Any, clock: Clock) -> list[str]:
    """Sequence numbers of five records, "0" to "4", that came ten seconds apart."""
    given = []
    for n in range(5):
        put = {"StreamName": "orders", "Data": str(n).encode(), "PartitionKey": "k"}
        given.append(client.put_record(**put)["SequenceNumber"])
        clock.advance(10)
    return given


def iterator(client: Any, kind: str, **more: Any) -> str:
    answer = client.get_shard_iterator(
        StreamName="orders", ShardId=SHARD, ShardIteratorType=kind, **more
    )
    return str(answer["ShardIterator"])


def read(client: Any, kind: str, **more: Any) -> bytes:
    page = client.get_records(ShardIterator=iterator(client, kind, **more))
    return b"".join(record["Data"] for record in page["Records"])


def test_what_was_put_is_read_back(client: Any) -> None:
    """A record comes back with its data, key, number and time of arrival."""
    put = client.put_record(StreamName="orders", Data=b"\x00\xff", PartitionKey="é")
    (record,) = drain(client, "orders", SHARD)
    assert record["Data"] == b"\x00\xff"
    assert record["PartitionKey"] == "é"
    assert record["SequenceNumber"] == put["SequenceNumber"]
    assert record["ApproximateArrivalTimestamp"].timestamp() == 1_700_000_000


def test_the_five_types_of_iterator(client: Any, numbers: list[str]) -> None:
    """Each type begins where its documentation says."""
    third = {"StartingSequenceNumber": numbers[2]}
    assert read(client, "TRIM_HORIZON") == b"01234"
    assert read(client, "AT_SEQUENCE_NUMBER", **third) == b"234"
    assert read(client, "AFTER_SEQUENCE_NUMBER", **third) == b"34"
    assert read(client, "LATEST") == b""
    assert read(client, "AT_TIMESTAMP", Timestamp=1_700_000_020) == b"234"


@pytest.mark.parametrize(
    ("moment", "data"),
    [
        (0, b"01234"),
        (1_700_000_001, b"1234"),
        (1_700_000_020.0004, b"234"),
        (1_700_000_040, b"4"),
        (1_700_000_041, b""),
    ],
)
def test_an_iterator_at_a_time(client: Any, numbers: list[str], moment: float, data: bytes) -> None:
    """AT_TIMESTAMP begins with the first record that came at that time or later."""
    assert read(client, "AT_TIMESTAMP", Timestamp=moment) == data


def test_latest_sees_what_comes_after_it(client: Any, numbers: list[str]) -> None:
    """An iterator LATEST gives every record put after it was made."""
    latest = iterator(client, "LATEST")
    client.put_record(StreamName="orders", Data=b"new", PartitionKey="k")
    page = client.get_records(ShardIterator=latest)
    assert [record["Data"] for record in page["Records"]] == [b"new"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"ShardIteratorType": "AT_SEQUENCE_NUMBER"}, "InvalidArgumentException"),
        (
            {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": "5"},
            "InvalidArgumentException",
        ),
        (
            {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": "abc"},
            "ValidationException",
        ),
        (
            {"ShardIteratorType": "LATEST", "StartingSequenceNumber": "5"},
            "InvalidArgumentException",
        ),
        ({"ShardIteratorType": "AT_TIMESTAMP"}, "InvalidArgumentException"),
        (
            {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 1_700_001_000},
            "InvalidArgumentException",
        ),
        ({"ShardIteratorType": "OTHER"}, "ValidationException"),
        ({"ShardId": "shardId-000000000009"}, "ResourceNotFoundException"),
        ({"StreamName": "nowhere"}, "ResourceNotFoundException"),
        ({"DryRun": True}, "DryRunOperationException"),
    ],
)
def test_a_wrong_iterator(client: Any, arguments: dict[str, Any], code: str) -> None:
    """A GetShardIterator that the service would refuse is refused with its code."""
    usual = {"StreamName": "orders", "ShardId": SHARD, "ShardIteratorType": "LATEST"}
    assert code_of(client.get_shard_iterator, **{**usual, **arguments}) == code


def test_pages_follow_each_other(client: Any, numbers: list[str]) -> None:
    """Following NextShardIterator with a Limit gives every record once, in order."""
    following: str | None = iterator(client, "TRIM_HORIZON")
    pages: list[bytes] = []
    while following and len(pages) < 4:
        page = client.get_records(ShardIterator=following, Limit=2)
        pages.append(b"".join(record["Data"] for record in page["Records"]))
        following = page["NextShardIterator"]
    assert pages == [b"01", b"23", b"4", b""]


def test_a_page_says_how_far_behind_it_is(client: Any, numbers: list[str]) -> None:
    """MillisBehindLatest is the age of the last record given while more follow, then zero."""
    page = client.get_records(ShardIterator=iterator(client, "TRIM_HORIZON"), Limit=2)
    assert page["MillisBehindLatest"] == 40_000
    page = client.get_records(ShardIterator=page["NextShardIterator"])
    assert page["MillisBehindLatest"] == 0


def test_whoever_is_behind_is_at_least_a_millisecond_behind(client: Any) -> None:
    """MillisBehindLatest is not zero while records follow, even of the same moment."""
    records = [{"Data": b"x", "PartitionKey": "k"}] * 2
    client.put_records(StreamName="orders", Records=records)
    page = client.get_records(ShardIterator=iterator(client, "TRIM_HORIZON"), Limit=1)
    assert page["MillisBehindLatest"] == 1


def test_a_page_has_at_most_ten_mebibytes(client: Any) -> None:
    """A page ends before the record that would bring it over 10 MiB, keys included."""
    for _ in range(3):
        records = [{"Data": bytes(MIB - 1), "PartitionKey": "k"}] * 5
        client.put_records(StreamName="orders", Records=records)
    page = client.get_records(ShardIterator=iterator(client, "TRIM_HORIZON"))
    assert len(page["Records"]) == 10
    assert len(drain(client, "orders", SHARD)) == 15


def test_an_iterator_is_good_for_five_minutes(client: Any, clock: Clock) -> None:
    """An iterator works after 300 seconds, and has expired after more."""
    old = iterator(client, "TRIM_HORIZON")
    clock.advance(300)
    page = client.get_records(ShardIterator=old)
    clock.advance(1)
    assert code_of(client.get_records, ShardIterator=old) == "ExpiredIteratorException"
    assert code_of(client.get_records, ShardIterator=page["NextShardIterator"]) == "accepted"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"ShardIterator": "garbage"}, "InvalidArgumentException"),
        ({"ShardIterator": ""}, "ValidationException"),
        ({"ShardIterator": "A" * 513}, "ValidationException"),
        ({"Limit": 0}, "ValidationException"),
        ({"Limit": 10_001}, "ValidationException"),
        (
            {"StreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/other"},
            "InvalidArgumentException",
        ),
        (
            {"StreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/orders"},
            "accepted",
        ),
        ({"DryRun": True}, "DryRunOperationException"),
    ],
)
def test_get_records_arguments(client: Any, arguments: dict[str, Any], code: str) -> None:
    """A GetRecords that the service would refuse is refused with its code."""
    usual = {"ShardIterator": iterator(client, "LATEST")}
    assert code_of(client.get_records, **{**usual, **arguments}) == code


def test_an_iterator_ends_with_its_stream(kinesis: LocalKinesis, client: Any) -> None:
    """An iterator of a deleted stream finds nothing, nor does it read the stream's namesake."""
    old = iterator(client, "TRIM_HORIZON")
    client.delete_stream(StreamName="orders")
    assert code_of(client.get_records, ShardIterator=old) == "ResourceNotFoundException"
    kinesis.create_stream("orders")
    assert code_of(client.get_records, ShardIterator=old) == "ResourceNotFoundException"


def test_the_longest_names_fit_into_an_iterator(kinesis: LocalKinesis, client: Any) -> None:
    """The iterator of a stream with 128 characters has no more than the 512 that are taken."""
    name = "n" * 128
    kinesis.create_stream(name)
    answer = client.get_shard_iterator(StreamName=name, ShardId=SHARD, ShardIteratorType="LATEST")
    assert client.get_records(ShardIterator=answer["ShardIterator"])["Records"] == []


def test_a_closed_shard_ends_with_its_children(
    kinesis: LocalKinesis, client: Any, numbers: list[str]
) -> None:
    """The page that reaches the end of a closed shard has no next iterator but the children."""
    kinesis.split_shard("orders", shard_id=SHARD)
    page = client.get_records(ShardIterator=iterator(client, "TRIM_HORIZON"), Limit=3)
    assert "ChildShards" not in page
    page = client.get_records(ShardIterator=page["NextShardIterator"])
    assert len(page["Records"]) == 2
    assert "NextShardIterator" not in page
    assert [child["ShardId"] for child in page["ChildShards"]] == [
        "shardId-000000000001",
        "shardId-000000000002",
    ]
    assert page["ChildShards"][0]["ParentShards"] == [SHARD]
    assert page["ChildShards"][0]["HashKeyRange"]["StartingHashKey"] == "0"


def test_an_iterator_outlives_the_closing_of_its_shard(kinesis: LocalKinesis, client: Any) -> None:
    """An iterator LATEST, made while the shard was open, ends with it once it is closed."""
    latest = iterator(client, "LATEST")
    kinesis.split_shard("orders", shard_id=SHARD)
    page = client.get_records(ShardIterator=latest)
    assert page["Records"] == []
    assert len(page["ChildShards"]) == 2


def test_children_of_a_merge_have_two_parents(kinesis: LocalKinesis, client: Any) -> None:
    """At the end of a merged shard its child names both parents."""
    kinesis.create_stream("pair", shards=2)
    second = "shardId-000000000001"
    kinesis.merge_shards("pair", shard_id=SHARD, adjacent_id=second)
    answer = client.get_shard_iterator(
        StreamName="pair", ShardId=second, ShardIteratorType="TRIM_HORIZON"
    )
    (child,) = client.get_records(ShardIterator=answer["ShardIterator"])["ChildShards"]
    assert child["ParentShards"] == [SHARD, second]
