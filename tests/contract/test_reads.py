"""The contract: iterators and pages of records."""

from __future__ import annotations

import secrets
import time
from typing import Any

import pytest

from tests.contract.service import Service, outcome

SHARD = "shardId-000000000000"


@pytest.fixture(scope="module")
def five(service: Service) -> tuple[str, list[str]]:
    """A stream of one shard with records "0" to "4", and their numbers. Nobody adds to it."""
    name = service.new_stream()
    numbers = [service.put(name, data=str(n).encode())["SequenceNumber"] for n in range(5)]
    return name, numbers


def read(service: Service, name: str, kind: str, **more: Any) -> bytes:
    """The data of the first page, joined."""
    page = service.client.get_records(ShardIterator=service.iterator(name, SHARD, kind, **more))
    return b"".join(record["Data"] for record in page["Records"])


def test_what_was_put_is_read_back(service: Service) -> None:
    """Records come back in order, each with the data, key and number of its put."""
    name = service.new_stream()
    sent = []
    for key in ("a", "é", "\U0001f600"):
        data = secrets.token_bytes(1000)
        sent.append((data, key, service.put(name, data=data, key=key)["SequenceNumber"]))
    records = service.drain(name, SHARD)
    assert [(r["Data"], r["PartitionKey"], r["SequenceNumber"]) for r in records] == sent
    assert all(
        abs(r["ApproximateArrivalTimestamp"].timestamp() - time.time()) < 60 for r in records
    )


def test_the_types_of_iterator(service: Service, five: tuple[str, list[str]]) -> None:
    """Each type begins where its documentation says."""
    name, numbers = five
    third = {"StartingSequenceNumber": numbers[2]}
    assert read(service, name, "TRIM_HORIZON") == b"01234"
    assert read(service, name, "AT_SEQUENCE_NUMBER", **third) == b"234"
    assert read(service, name, "AFTER_SEQUENCE_NUMBER", **third) == b"34"
    assert read(service, name, "LATEST") == b""
    assert read(service, name, "AT_TIMESTAMP", Timestamp=0) == b"01234"
    assert read(service, name, "AT_TIMESTAMP", Timestamp=int(time.time()) - 60) == b"01234"


def test_latest_sees_what_comes_after_it(service: Service) -> None:
    """An iterator LATEST gives what is put after it was made, and nothing older."""
    name = service.new_stream()
    service.put(name, data=b"old")
    latest = service.iterator(name, SHARD, "LATEST")
    service.put(name, data=b"new")
    page = service.client.get_records(ShardIterator=latest)
    assert [record["Data"] for record in page["Records"]] == [b"new"]


def test_pages_follow_each_other(service: Service, five: tuple[str, list[str]]) -> None:
    """Following NextShardIterator with a Limit gives every record once, in order."""
    following, pages = service.iterator(five[0], SHARD), []
    for _ in range(4):
        page = service.client.get_records(ShardIterator=following, Limit=2)
        pages.append(b"".join(record["Data"] for record in page["Records"]))
        following = page["NextShardIterator"]
    assert pages == [b"01", b"23", b"4", b""]


def test_a_page_says_whether_it_is_behind(service: Service, five: tuple[str, list[str]]) -> None:
    """MillisBehindLatest is greater than zero while records follow, and zero at the tip."""
    first = service.client.get_records(ShardIterator=service.iterator(five[0], SHARD), Limit=1)
    rest = service.client.get_records(ShardIterator=first["NextShardIterator"])
    observed = [first["MillisBehindLatest"] > 0, rest["MillisBehindLatest"] > 0]
    assert observed == service.expected("millis-behind", [True, False])


@pytest.mark.parametrize(
    ("check", "arguments", "code"),
    [
        (
            "iterator-no-number",
            {"ShardIteratorType": "AT_SEQUENCE_NUMBER"},
            "InvalidArgumentException",
        ),
        (
            "iterator-wrong-number",
            {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": "499" + "9" * 53},
            "InvalidArgumentException",
        ),
        (
            "iterator-garbage-number",
            {"ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": "abc"},
            "ValidationException",
        ),
        (
            "iterator-number-of-too-much",
            {"ShardIteratorType": "LATEST", "StartingSequenceNumber": "0"},
            "InvalidArgumentException",
        ),
        ("iterator-no-time", {"ShardIteratorType": "AT_TIMESTAMP"}, "InvalidArgumentException"),
        (
            "iterator-of-the-future",
            {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": 4_000_000_000},
            "InvalidArgumentException",
        ),
        ("iterator-no-type", {"ShardIteratorType": "OTHER"}, "ValidationException"),
        ("iterator-no-shard", {"ShardId": "shardId-000000000099"}, "ResourceNotFoundException"),
        ("iterator-no-stream", {"StreamName": "nowhere"}, "ResourceNotFoundException"),
    ],
)
def test_wrong_iterators(
    service: Service, stream: str, check: str, arguments: dict[str, Any], code: str
) -> None:
    """A wrong GetShardIterator is refused with the code that fits."""
    usual = {"StreamName": stream, "ShardId": SHARD, "ShardIteratorType": "LATEST"}
    observed = outcome(service.client.get_shard_iterator, **{**usual, **arguments})
    assert observed == service.expected(check, code)


@pytest.mark.parametrize(
    ("check", "arguments", "code"),
    [
        ("read-garbage", {"ShardIterator": "garbage"}, "InvalidArgumentException"),
        ("read-nothing", {"ShardIterator": ""}, "ValidationException"),
        ("read-limit-0", {"Limit": 0}, "ValidationException"),
        ("read-limit-10000", {"Limit": 10_000}, "accepted"),
        ("read-limit-10001", {"Limit": 10_001}, "ValidationException"),
    ],
)
def test_wrong_reads(
    service: Service, five: tuple[str, list[str]], check: str, arguments: dict[str, Any], code: str
) -> None:
    """A wrong GetRecords is refused with the code that fits."""
    usual = {"ShardIterator": service.iterator(five[0], SHARD, "LATEST")}
    observed = outcome(service.client.get_records, **{**usual, **arguments})
    assert observed == service.expected(check, code)
