"""The contract: ListShards."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.service import Service, outcome

SECOND = "shardId-000000000001"


def ids(shards: list[dict[str, Any]]) -> list[int]:
    return [int(shard["ShardId"][-12:]) for shard in shards]


def test_shards_are_listed_in_pages(service: Service) -> None:
    """Following NextToken alone gives every shard once, in order."""
    answer = service.client.list_shards(StreamName=service.new_stream(5), MaxResults=2)
    pages = [ids(answer["Shards"])]
    while token := answer.get("NextToken"):
        answer = service.client.list_shards(NextToken=token, MaxResults=2)
        pages.append(ids(answer["Shards"]))
    assert pages == service.expected("list-in-pages", [[0, 1], [2, 3], [4]])


def test_a_token_goes_alone(service: Service) -> None:
    """NextToken and StreamName together are refused."""
    name = service.new_stream(2)
    token = service.client.list_shards(StreamName=name, MaxResults=1).get("NextToken", "none")
    observed = outcome(service.client.list_shards, StreamName=name, NextToken=token)
    assert observed == service.expected("token-with-name", "InvalidArgumentException")


def test_listing_begins_after_a_shard(service: Service, parted: str) -> None:
    """ExclusiveStartShardId leaves out that shard and those before it."""
    answer = service.client.list_shards(StreamName=parted, ExclusiveStartShardId=SECOND)
    assert ids(answer["Shards"]) == [2, 3]


@pytest.mark.parametrize(
    ("check", "shard_filter", "listed"),
    [
        ("filter-at-trim-horizon", {"Type": "AT_TRIM_HORIZON"}, [0, 1]),
        ("filter-from-trim-horizon", {"Type": "FROM_TRIM_HORIZON"}, [0, 1, 2, 3]),
        ("filter-at-latest", {"Type": "AT_LATEST"}, [1, 2, 3]),
        ("filter-after", {"Type": "AFTER_SHARD_ID", "ShardId": SECOND}, [2, 3]),
        ("filter-at-beginning", {"Type": "AT_TIMESTAMP", "Timestamp": 0}, [0, 1]),
        ("filter-at-end", {"Type": "AT_TIMESTAMP", "Timestamp": 4_000_000_000}, [1, 2, 3]),
        ("filter-from-beginning", {"Type": "FROM_TIMESTAMP", "Timestamp": 0}, [0, 1, 2, 3]),
        ("filter-from-end", {"Type": "FROM_TIMESTAMP", "Timestamp": 4_000_000_000}, [1, 2, 3]),
    ],
)
def test_shards_are_filtered(
    service: Service, parted: str, check: str, shard_filter: dict[str, Any], listed: list[int]
) -> None:
    """Each filter lists the shards that its documentation says."""
    answer = service.client.list_shards(StreamName=parted, ShardFilter=shard_filter)
    assert ids(answer["Shards"]) == service.expected(check, listed)


@pytest.mark.parametrize(
    ("check", "arguments", "code"),
    [
        ("list-0", {"MaxResults": 0}, "ValidationException"),
        ("list-10001", {"MaxResults": 10_001}, "ValidationException"),
        ("filter-unknown", {"ShardFilter": {"Type": "OTHER"}}, "ValidationException"),
        (
            "filter-no-shard",
            {"ShardFilter": {"Type": "AFTER_SHARD_ID"}},
            "InvalidArgumentException",
        ),
        ("filter-no-time", {"ShardFilter": {"Type": "AT_TIMESTAMP"}}, "InvalidArgumentException"),
    ],
)
def test_wrong_listings(
    service: Service, stream: str, check: str, arguments: dict[str, Any], code: str
) -> None:
    """A wrong ListShards is refused with the code that fits."""
    observed = outcome(service.client.list_shards, StreamName=stream, **arguments)
    assert observed == service.expected(check, code)
