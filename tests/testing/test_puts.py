"""PutRecord and PutRecords over HTTP: routing, limits, the ledger."""

from __future__ import annotations

import hashlib
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer.limits import MAX_HASH_KEY, MIB
from kinesis_producer.testing import LedgerRecord, LocalKinesis
from tests.testing.clients import client_of, code_of, message_of, post, shards_of

if TYPE_CHECKING:
    from tests.testing.clock import Clock


def entry(data: bytes = b"x", key: str = "k", **more: str) -> dict[str, Any]:
    return {"Data": data, "PartitionKey": key, **more}


@pytest.fixture(autouse=True)
def _orders(kinesis: LocalKinesis) -> None:
    kinesis.create_stream("orders", shards=4)


def test_a_record_is_in_the_ledger(kinesis: LocalKinesis, client: Any) -> None:
    """What PutRecord acknowledged stands in the ledger, field by field."""
    answer = client.put_record(StreamName="orders", **entry(b"data", "key", ExplicitHashKey="7"))
    assert kinesis.ledger("orders") == [
        LedgerRecord(
            stream_name="orders",
            shard_id=answer["ShardId"],
            sequence_number=answer["SequenceNumber"],
            partition_key="key",
            explicit_hash_key="7",
            data=b"data",
            arrived_at=1_700_000_000.0,
        )
    ]


def test_answers_come_in_the_order_of_entries(kinesis: LocalKinesis, client: Any) -> None:
    """Answer number n of a PutRecords is about entry number n."""
    records = [entry(str(n).encode(), f"key-{n}") for n in range(500)]
    answer = client.put_records(StreamName="orders", Records=records)
    assert answer["FailedRecordCount"] == 0
    stored = {record.sequence_number: record for record in kinesis.ledger("orders")}
    for asked, answered in zip(records, answer["Records"], strict=True):
        record = stored[answered["SequenceNumber"]]
        assert (record.data, record.shard_id) == (asked["Data"], answered["ShardId"])


def test_records_go_where_md5_says(client: Any) -> None:
    """The answered shard is the one whose range holds the MD5 of the key, for any characters."""
    keys = ["a", "0", "é", "日本語", "\U0001f600", "x" * 256, *map(str, range(200))]
    answer = client.put_records(StreamName="orders", Records=[entry(key=key) for key in keys])
    ranges = {
        shard["ShardId"]: range(
            int(shard["HashKeyRange"]["StartingHashKey"]),
            int(shard["HashKeyRange"]["EndingHashKey"]) + 1,
        )
        for shard in shards_of(client, "orders")
    }
    for key, answered in zip(keys, answer["Records"], strict=True):
        number = int.from_bytes(hashlib.md5(key.encode(), usedforsecurity=False).digest(), "big")
        assert number in ranges[answered["ShardId"]]


def test_an_explicit_hash_key_decides(client: Any) -> None:
    """Explicit hash keys at both ends of each shard's range land on that shard."""
    for shard in shards_of(client, "orders"):
        for key in shard["HashKeyRange"].values():
            answer = client.put_record(StreamName="orders", **entry(ExplicitHashKey=key))
            assert answer["ShardId"] == shard["ShardId"]


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("007", "accepted"),
        (str(MAX_HASH_KEY), "accepted"),
        (str(MAX_HASH_KEY + 1), "InvalidArgumentException"),
        ("-1", "InvalidArgumentException"),
        ("9" * 5000, "InvalidArgumentException"),
        ("abc", "ValidationException"),
        ("1.0", "ValidationException"),
        ("", "ValidationException"),
        ("٣", "ValidationException"),
    ],
)
def test_explicit_hash_keys(client: Any, key: str, code: str) -> None:
    """An explicit hash key is a decimal number up to 2^128-1, leading zeros or not."""
    assert code_of(client.put_record, StreamName="orders", **entry(ExplicitHashKey=key)) == code


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("x", "accepted"),
        ("x" * 256, "accepted"),
        ("x" * 257, "ValidationException"),
        ("\U0001f600" * 128, "accepted"),
        ("\U0001f600" * 129, "ValidationException"),
        ("", "ValidationException"),
        ("\ud800", "SerializationException"),
    ],
)
def test_partition_keys(client: Any, key: str, code: str) -> None:
    """A partition key has 1 to 256 UTF-16 code units, in either put."""
    assert code_of(client.put_record, StreamName="orders", **entry(key=key)) == code
    assert code_of(client.put_records, StreamName="orders", Records=[entry(key=key)]) == code


@pytest.mark.parametrize(
    ("count", "code"),
    [(0, "ValidationException"), (500, "accepted"), (501, "ValidationException")],
)
def test_a_request_has_1_to_500_records(client: Any, count: int, code: str) -> None:
    """PutRecords takes 1 to 500 records."""
    assert code_of(client.put_records, StreamName="orders", Records=[entry()] * count) == code


def test_one_bad_entry_fails_all(kinesis: LocalKinesis, client: Any) -> None:
    """An invalid entry fails the whole PutRecords, named by its place, and nothing is committed."""
    records = [entry(), entry(key="x" * 257), entry(key="")]
    message = message_of(client.put_records, StreamName="orders", Records=records)
    assert message.startswith("2 validation errors detected: ")
    assert "'records.2.member.partitionKey'" in message
    assert "'records.3.member.partitionKey'" in message
    assert kinesis.ledger("orders") == []


@pytest.mark.parametrize(
    ("size", "code"), [(MIB, "accepted"), (MIB + 1, "InvalidArgumentException")]
)
def test_a_record_has_at_most_its_streams_limit(client: Any, size: int, code: str) -> None:
    """Data and key of a record have together at most 1 MiB, in either put, unless raised."""
    record = entry(bytes(size - 3), "key")
    assert code_of(client.put_record, StreamName="orders", **record) == code
    assert code_of(client.put_records, StreamName="orders", Records=[record]) == code


def test_no_record_has_more_than_ten_mebibytes(kinesis: LocalKinesis, client: Any) -> None:
    """Data of more than 10 MiB break the shape itself, whatever the stream allows."""
    kinesis.create_stream("large", record_size=10 * MIB)
    record = entry(bytes(10 * MIB - 1), "k")
    assert code_of(client.put_record, StreamName="large", **record) == "accepted"
    record = entry(bytes(10 * MIB + 1), "k")
    assert code_of(client.put_record, StreamName="large", **record) == "ValidationException"


@pytest.mark.parametrize(
    ("size", "code"), [(10 * MIB, "accepted"), (10 * MIB + 1, "InvalidArgumentException")]
)
def test_a_request_has_at_most_ten_mebibytes(client: Any, size: int, code: str) -> None:
    """A PutRecords has together at most 10 MiB, keys included."""
    parts = [MIB] * 9 + [MIB // 2, size - 9 * MIB - MIB // 2]
    records = [entry(bytes(part - 1)) for part in parts]
    assert code_of(client.put_records, StreamName="orders", Records=records) == code


def test_an_empty_record_is_a_record(kinesis: LocalKinesis, client: Any) -> None:
    """No data at all is accepted and stored."""
    client.put_record(StreamName="orders", **entry(b""))
    assert [record.data for record in kinesis.ledger("orders")] == [b""]


@pytest.mark.parametrize(
    ("record", "code"),
    [
        ({"Data": "!!!!", "PartitionKey": "k"}, "SerializationException"),
        ({"Data": "YQ", "PartitionKey": "k"}, "SerializationException"),
        ({"Data": 1, "PartitionKey": "k"}, "SerializationException"),
        ({"Data": "YQ==", "PartitionKey": 1}, "SerializationException"),
        ({"Data": "YQ=="}, "ValidationException"),
        ({"PartitionKey": "k"}, "ValidationException"),
        ("record", "SerializationException"),
        (None, "SerializationException"),
    ],
)
def test_malformed_entries(kinesis: LocalKinesis, record: object, code: str) -> None:
    """An entry of wrong types, or without data or key, is refused with the code that fits."""
    body = json.dumps({"StreamName": "orders", "Records": [record]})
    status, headers, answer = post(kinesis, "PutRecords", body)
    assert (status, headers["x-amzn-errortype"], answer["__type"]) == (400, code, code)


def test_records_must_be_a_list(kinesis: LocalKinesis) -> None:
    """Records that are not a list are a SerializationException."""
    body = json.dumps({"StreamName": "orders", "Records": {"0": {}}})
    assert post(kinesis, "PutRecords", body)[2]["__type"] == "SerializationException"


def test_a_null_is_as_good_as_nothing(kinesis: LocalKinesis) -> None:
    """A member that is null counts as not given."""
    record = {"Data": "YQ==", "PartitionKey": "k", "ExplicitHashKey": None}
    body = json.dumps({"StreamName": "orders", "StreamARN": None, "Records": [record]})
    assert post(kinesis, "PutRecords", body)[0] == 200


def test_order_may_be_asked_for(client: Any) -> None:
    """A put with the previous number as SequenceNumberForOrdering gets a greater one."""
    first = client.put_record(StreamName="orders", **entry())["SequenceNumber"]
    second = client.put_record(StreamName="orders", **entry(), SequenceNumberForOrdering=first)
    assert int(second["SequenceNumber"]) > int(first)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("abc", "ValidationException"),
        ("499" + "9" * 53, "InvalidArgumentException"),
        ("5", "accepted"),
    ],
)
def test_order_after_what_was_never_given(client: Any, number: str, code: str) -> None:
    """A SequenceNumberForOrdering that is no number, or lies in the future, is refused."""
    put = {"StreamName": "orders", "SequenceNumberForOrdering": number, **entry()}
    assert code_of(client.put_record, **put) == code


def test_a_dry_run_commits_nothing(kinesis: LocalKinesis, client: Any) -> None:
    """DryRun is answered with an error of its own, and nothing is committed."""
    code = code_of(client.put_record, StreamName="orders", DryRun=True, **entry())
    assert code == "DryRunOperationException"
    assert kinesis.ledger("orders") == []


def test_the_ledger_grows(kinesis: LocalKinesis, client: Any) -> None:
    """The ledger gives what came since as well, and each time a list of its own."""
    client.put_record(StreamName="orders", **entry(b"1"))
    first = kinesis.ledger("orders")
    first.clear()
    client.put_record(StreamName="orders", **entry(b"2"))
    assert [record.data for record in kinesis.ledger("orders")] == [b"1", b"2"]


def test_arrival_is_stamped(kinesis: LocalKinesis, client: Any, clock: Clock) -> None:
    """A record carries the server's time of its arrival, in seconds since the epoch."""
    clock.advance(12.5)
    client.put_record(StreamName="orders", **entry())
    assert kinesis.ledger("orders")[0].arrived_at == 1_700_000_012.5


def test_eight_threads_store_everything_once(kinesis: LocalKinesis) -> None:
    """Of 8 threads with 1,000 records each, all acknowledged are in the ledger exactly once."""
    acknowledged: list[tuple[str, bytes]] = []

    def put(client: Any, thread: int) -> None:
        for batch in range(20):
            data = [f"{thread}-{batch}-{n}".encode() for n in range(50)]
            records = [entry(item, item.decode()) for item in data]
            answers = client.put_records(StreamName="orders", Records=records)["Records"]
            numbers = [answer["SequenceNumber"] for answer in answers]
            acknowledged.extend(zip(numbers, data, strict=True))

    with client_of(kinesis) as client:
        threads = [threading.Thread(target=put, args=(client, n)) for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
    stored = [(record.sequence_number, record.data) for record in kinesis.ledger("orders")]
    assert len(stored) == 8000
    assert sorted(stored) == sorted(acknowledged)
    assert [number for number, _ in stored] == sorted(number for number, _ in stored)
