"""The contract: puts, their limits, and where records go."""

from __future__ import annotations

import hashlib
import threading
from typing import Any

import pytest

from kinesis_producer.limits import MAX_HASH_KEY, MIB
from tests.contract.service import ACCEPTED, Service, outcome


def entry(data: bytes = b"x", key: str = "k") -> dict[str, Any]:
    return {"Data": data, "PartitionKey": key}


def home_of(shards: list[dict[str, Any]], key: str) -> str:
    """The shard whose range holds the MD5 of a key."""
    number = int.from_bytes(hashlib.md5(key.encode(), usedforsecurity=False).digest(), "big")
    (shard,) = (
        shard["ShardId"]
        for shard in shards
        if int(shard["HashKeyRange"]["StartingHashKey"])
        <= number
        <= int(shard["HashKeyRange"]["EndingHashKey"])
    )
    return str(shard)


def test_puts_to_a_missing_stream(service: Service) -> None:
    """Puts to a stream that does not exist are a ResourceNotFoundException."""
    one = outcome(service.put, name="nowhere")
    many = outcome(service.client.put_records, StreamName="nowhere", Records=[entry()])
    assert (one, many) == ("ResourceNotFoundException", "ResourceNotFoundException")


def test_answers_come_in_the_order_of_entries(service: Service) -> None:
    """Answer n of a PutRecords gives shard and number of entry n."""
    name = service.new_stream(2)
    records = [entry(str(n).encode(), f"key-{n}") for n in range(50)]
    answer = service.client.put_records(StreamName=name, Records=records)
    assert answer["FailedRecordCount"] == 0
    answered = {
        (item["ShardId"], item["SequenceNumber"]): asked["Data"]
        for asked, item in zip(records, answer["Records"], strict=True)
    }
    stored = {
        (shard["ShardId"], record["SequenceNumber"]): record["Data"]
        for shard in service.shards(name)
        for record in service.drain(name, shard["ShardId"])
    }
    assert answered == stored


@pytest.mark.parametrize(
    ("check", "count", "code"),
    [
        ("put-0-records", 0, "ValidationException"),
        ("put-500-records", 500, ACCEPTED),
        ("put-501-records", 501, "ValidationException"),
    ],
)
def test_a_request_has_1_to_500_records(
    service: Service, check: str, count: int, code: str
) -> None:
    """PutRecords takes 1 to 500 records."""
    name = service.new_stream()
    observed = outcome(service.client.put_records, StreamName=name, Records=[entry()] * count)
    assert observed == service.expected(check, code)


@pytest.mark.parametrize(
    ("check", "size", "code"),
    [
        ("record-at-limit", MIB - 1, ACCEPTED),
        ("record-over-limit-by-its-key", MIB, "InvalidArgumentException"),
        ("record-over-limit", MIB + 1, "InvalidArgumentException"),
    ],
)
def test_record_size(service: Service, stream: str, check: str, size: int, code: str) -> None:
    """Data and key of a record have together at most 1 MiB, by PutRecord and PutRecords."""
    one = outcome(service.put, name=stream, data=bytes(size))
    many = outcome(service.client.put_records, StreamName=stream, Records=[entry(bytes(size))])
    assert [one, many] == service.expected(check, [code, code])


@pytest.mark.parametrize(
    ("check", "key", "code"),
    [
        ("key-of-1", "k", ACCEPTED),
        ("key-of-256", "k" * 256, ACCEPTED),
        ("key-of-257", "k" * 257, "ValidationException"),
        ("key-empty", "", "ValidationException"),
        ("key-of-128-emoji", "\U0001f600" * 128, ACCEPTED),
        ("key-of-129-emoji", "\U0001f600" * 129, "ValidationException"),
        ("key-beyond-ascii", "日本語" * 85, ACCEPTED),
    ],
)
def test_partition_keys(service: Service, stream: str, check: str, key: str, code: str) -> None:
    """A partition key has 1 to 256 UTF-16 code units."""
    assert outcome(service.put, name=stream, key=key) == service.expected(check, code)


def test_records_go_where_md5_says(service: Service, stream: str) -> None:
    """A record lands on the shard whose range holds the MD5 of its key's UTF-8."""
    keys = ["a", "é", "ß", "日本語", "\U0001f600", "'\"\\", "\u0000", *map(str, range(100))]
    shards = service.shards(stream)
    records = [entry(key=key) for key in keys]
    answer = service.client.put_records(StreamName=stream, Records=records)
    assert [item["ShardId"] for item in answer["Records"]] == [home_of(shards, key) for key in keys]


def test_explicit_hash_keys_at_both_ends(service: Service, stream: str) -> None:
    """Explicit hash keys at either end of a shard's range land on that shard."""
    for shard in service.shards(stream):
        for key in shard["HashKeyRange"].values():
            assert service.put(stream, ExplicitHashKey=key)["ShardId"] == shard["ShardId"]


@pytest.mark.parametrize(
    ("check", "key", "code"),
    [
        ("hash-key-zero", "0", ACCEPTED),
        ("hash-key-greatest", str(MAX_HASH_KEY), ACCEPTED),
        ("hash-key-too-great", str(MAX_HASH_KEY + 1), "InvalidArgumentException"),
        ("hash-key-negative", "-1", "InvalidArgumentException"),
        ("hash-key-leading-zeros", "007", ACCEPTED),
        ("hash-key-no-number", "abc", "ValidationException"),
        ("hash-key-fraction", "1.0", "ValidationException"),
        ("hash-key-empty", "", "ValidationException"),
    ],
)
def test_explicit_hash_keys(service: Service, stream: str, check: str, key: str, code: str) -> None:
    """An explicit hash key is a decimal number from 0 to 2^128-1."""
    observed = outcome(service.put, name=stream, ExplicitHashKey=key)
    assert observed == service.expected(check, code)


def test_sequence_numbers(service: Service) -> None:
    """Sequence numbers have 56 digits, begin with 49, and grow inside a shard."""
    name = service.new_stream(2)
    by_shard: dict[str, list[str]] = {}
    for batch in range(5):
        records = [entry(key=f"{batch}-{n}") for n in range(10)]
        for item in service.client.put_records(StreamName=name, Records=records)["Records"]:
            by_shard.setdefault(item["ShardId"], []).append(item["SequenceNumber"])
    for numbers in by_shard.values():
        assert all(len(n) == 56 and n.isdigit() and n.startswith("49") for n in numbers)
        assert sorted(set(map(int, numbers))) == list(map(int, numbers))


def test_order_may_be_asked_for(service: Service, stream: str) -> None:
    """A put after a given number gets a greater one."""
    first = service.put(stream)["SequenceNumber"]
    second = service.put(stream, SequenceNumberForOrdering=first)["SequenceNumber"]
    assert int(second) > int(first)


@pytest.mark.parametrize(
    ("check", "number", "code"),
    [
        ("order-after-garbage", "abc", "ValidationException"),
        ("order-after-the-future", "499" + "9" * 53, "InvalidArgumentException"),
    ],
)
def test_order_after_what_was_never_given(
    service: Service, stream: str, check: str, number: str, code: str
) -> None:
    """A put after something that is no number, or of the future, is refused."""
    observed = outcome(service.put, name=stream, SequenceNumberForOrdering=number)
    assert observed == service.expected(check, code)


def test_an_empty_record_is_a_record(service: Service) -> None:
    """No data at all is accepted and read back."""
    name = service.new_stream()
    service.put(name, data=b"")
    (record,) = service.drain(name, "shardId-000000000000")
    assert record["Data"] == b""


def test_eight_threads_store_what_is_acknowledged(service: Service) -> None:
    """Of 8 threads with 200 records each, all acknowledged are stored exactly once."""
    name = service.new_stream(4)
    acknowledged: list[tuple[str, str, bytes]] = []

    def put(thread: int) -> None:
        for batch in range(8):
            records = [entry(f"{thread}-{batch}-{n}".encode(), f"{thread}-{n}") for n in range(25)]
            answers = service.client.put_records(StreamName=name, Records=records)["Records"]
            for asked, item in zip(records, answers, strict=True):
                acknowledged.append((item["ShardId"], item["SequenceNumber"], asked["Data"]))

    threads = [threading.Thread(target=put, args=[n]) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    stored = [
        (shard["ShardId"], record["SequenceNumber"], record["Data"])
        for shard in service.shards(name)
        for record in service.drain(name, shard["ShardId"])
    ]
    assert len(stored) == 1600
    assert sorted(stored) == sorted(acknowledged)
