"""ListShards over HTTP: pages and filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.testing.clients import code_of, message_of

if TYPE_CHECKING:
    from kinesis_producer.testing import LocalKinesis
    from tests.testing.clock import Clock

FIRST = "shardId-000000000000"


def ids(shards: list[dict[str, Any]]) -> list[int]:
    return [int(shard["ShardId"][-12:]) for shard in shards]


@pytest.fixture
def split_kinesis(kinesis: LocalKinesis, clock: Clock) -> LocalKinesis:
    """Stream "orders" of two shards, the first of which was split a hundred seconds later."""
    kinesis.create_stream("orders", shards=2)
    clock.advance(100)
    kinesis.split_shard("orders", shard_id=FIRST)
    clock.advance(100)
    return kinesis


def test_shards_are_listed_in_pages(kinesis: LocalKinesis, client: Any) -> None:
    """Following NextToken alone gives every shard once, in order."""
    kinesis.create_stream("orders", shards=5)
    answer = client.list_shards(StreamName="orders", MaxResults=2)
    pages = [answer["Shards"]]
    while token := answer.get("NextToken"):
        answer = client.list_shards(NextToken=token, MaxResults=2)
        pages.append(answer["Shards"])
    assert [ids(page) for page in pages] == [[0, 1], [2, 3], [4]]


def test_a_page_has_at_most_a_thousand_shards(kinesis: LocalKinesis, client: Any) -> None:
    """However many are asked for, a page of ListShards has 1,000 shards."""
    kinesis.create_stream("orders", shards=1001)
    answer = client.list_shards(StreamName="orders", MaxResults=10_000)
    assert len(answer["Shards"]) == 1000
    assert len(client.list_shards(NextToken=answer["NextToken"])["Shards"]) == 1


@pytest.mark.parametrize(
    "said",
    [
        {"StreamName": "orders"},
        {"StreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/orders"},
        {"ExclusiveStartShardId": FIRST},
        {"StreamCreationTimestamp": 1_700_000_000},
        {"ShardFilter": {"Type": "AT_LATEST"}},
    ],
)
def test_a_token_goes_alone(kinesis: LocalKinesis, client: Any, said: dict[str, Any]) -> None:
    """NextToken beside what it already says is refused, in the service's words."""
    kinesis.create_stream("orders", shards=2)
    token = client.list_shards(StreamName="orders", MaxResults=1)["NextToken"]
    (name,) = said
    message = message_of(client.list_shards, NextToken=token, **said)
    assert message == f"NextToken and {name} cannot be provided together."


def test_a_token_expires(kinesis: LocalKinesis, client: Any, clock: Clock) -> None:
    """A NextToken is good for 300 seconds and not longer."""
    kinesis.create_stream("orders", shards=2)
    token = client.list_shards(StreamName="orders", MaxResults=1)["NextToken"]
    clock.advance(300)
    assert code_of(client.list_shards, NextToken=token) == "accepted"
    clock.advance(1)
    assert code_of(client.list_shards, NextToken=token) == "ExpiredNextTokenException"


def test_a_token_keeps_its_filter(split_kinesis: LocalKinesis, client: Any) -> None:
    """The pages after the first are filtered like the first."""
    answer = client.list_shards(
        StreamName="orders", ShardFilter={"Type": "AT_LATEST"}, MaxResults=1
    )
    assert ids(answer["Shards"]) == [1]
    assert ids(client.list_shards(NextToken=answer["NextToken"])["Shards"]) == [2, 3]


def test_a_token_does_not_pass_to_a_namesake(
    kinesis: LocalKinesis, client: Any, clock: Clock
) -> None:
    """A NextToken of a deleted stream does not list the stream that took its name."""
    kinesis.create_stream("orders", shards=2)
    token = client.list_shards(StreamName="orders", MaxResults=1)["NextToken"]
    client.delete_stream(StreamName="orders")
    clock.advance(5)
    kinesis.create_stream("orders", shards=2)
    assert code_of(client.list_shards, NextToken=token) == "ResourceNotFoundException"


def test_listing_begins_after_a_shard(kinesis: LocalKinesis, client: Any) -> None:
    """ExclusiveStartShardId leaves out that shard and what is before it."""
    kinesis.create_stream("orders", shards=3)
    answer = client.list_shards(StreamName="orders", ExclusiveStartShardId=FIRST)
    assert ids(answer["Shards"]) == [1, 2]


def test_listing_asks_for_one_creation(kinesis: LocalKinesis, client: Any) -> None:
    """StreamCreationTimestamp, in whole seconds, must be that of the stream."""
    kinesis.create_stream("orders")
    ask = {"StreamName": "orders", "StreamCreationTimestamp": 1_700_000_000}
    assert code_of(client.list_shards, **ask) == "accepted"
    ask["StreamCreationTimestamp"] = 1_600_000_000
    assert code_of(client.list_shards, **ask) == "ResourceNotFoundException"


BEGUN, SPLIT = 1_700_000_000, 1_700_000_100


@pytest.mark.parametrize(
    ("shard_filter", "listed"),
    [
        ({"Type": "AT_TRIM_HORIZON"}, [0, 1]),
        ({"Type": "FROM_TRIM_HORIZON"}, [0, 1, 2, 3]),
        ({"Type": "AT_LATEST"}, [1, 2, 3]),
        ({"Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000001"}, [2, 3]),
        ({"Type": "AT_TIMESTAMP", "Timestamp": 0}, [0, 1]),
        ({"Type": "AT_TIMESTAMP", "Timestamp": BEGUN}, [0, 1]),
        ({"Type": "AT_TIMESTAMP", "Timestamp": SPLIT - 1}, [0, 1]),
        ({"Type": "AT_TIMESTAMP", "Timestamp": SPLIT}, [0, 1, 2, 3]),
        ({"Type": "AT_TIMESTAMP", "Timestamp": SPLIT + 1}, [1, 2, 3]),
        ({"Type": "FROM_TIMESTAMP", "Timestamp": 0}, [0, 1, 2, 3]),
        ({"Type": "FROM_TIMESTAMP", "Timestamp": SPLIT}, [0, 1, 2, 3]),
        ({"Type": "FROM_TIMESTAMP", "Timestamp": SPLIT + 1}, [1, 2, 3]),
    ],
)
def test_shards_are_filtered(
    split_kinesis: LocalKinesis, client: Any, shard_filter: dict[str, Any], listed: list[int]
) -> None:
    """Each filter lists the shards that its documentation says."""
    answer = client.list_shards(StreamName="orders", ShardFilter=shard_filter)
    assert ids(answer["Shards"]) == listed


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "InvalidArgumentException"),
        ({"NextToken": "garbage"}, "InvalidArgumentException"),
        ({"StreamName": "orders", "MaxResults": 0}, "ValidationException"),
        ({"StreamName": "orders", "MaxResults": 10_001}, "ValidationException"),
        ({"StreamName": "orders", "ShardFilter": {}}, "ValidationException"),
        ({"StreamName": "orders", "ShardFilter": {"Type": "OTHER"}}, "ValidationException"),
        (
            {"StreamName": "orders", "ShardFilter": {"Type": "AFTER_SHARD_ID"}},
            "InvalidArgumentException",
        ),
        (
            {"StreamName": "orders", "ShardFilter": {"Type": "AT_TIMESTAMP"}},
            "InvalidArgumentException",
        ),
        (
            {"StreamName": "orders", "ShardFilter": {"Type": "AT_LATEST", "ShardId": FIRST}},
            "InvalidArgumentException",
        ),
    ],
)
def test_a_wrong_listing(
    kinesis: LocalKinesis, client: Any, arguments: dict[str, Any], code: str
) -> None:
    """A ListShards that the service would refuse is refused with its code."""
    kinesis.create_stream("orders")
    assert code_of(client.list_shards, **arguments) == code
