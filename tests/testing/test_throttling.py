"""Throttling over HTTP, on a clock that stands still until the test moves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer.limits import MIB
from tests.testing.clients import code_of, message_of

if TYPE_CHECKING:
    from kinesis_producer.testing import LocalKinesis
    from tests.testing.clock import Clock

CODE = "ProvisionedThroughputExceededException"
SHARD = "shardId-000000000000"


@pytest.fixture(autouse=True)
def _orders(throttled_kinesis: LocalKinesis) -> None:
    throttled_kinesis.create_stream("orders", shards=2)


def put(client: Any, *sizes: int, key: str = "0") -> list[bool]:
    """Put records of these sizes, key included, to one shard: which of them were committed."""
    records = [
        {"Data": bytes(size - 1), "PartitionKey": "k", "ExplicitHashKey": key} for size in sizes
    ]
    answer = client.put_records(StreamName="orders", Records=records)
    refused = [record.get("ErrorCode") for record in answer["Records"]]
    assert set(refused) <= {None, CODE}
    assert answer["FailedRecordCount"] == refused.count(CODE)
    return [code is None for code in refused]


def test_a_full_shard_refuses_in_part(
    throttled_kinesis: LocalKinesis, throttled_client: Any
) -> None:
    """What goes over 1 MiB a second is refused, and the smaller entry behind it is committed."""
    committed = put(throttled_client, MIB // 2, MIB // 2 - 100, 101, 100)
    assert committed == [True, True, False, True]
    assert len(throttled_kinesis.ledger("orders")) == 3


def test_a_refused_entry_names_the_shard(throttled_client: Any) -> None:
    """The message of a refused entry names shard, stream and account, and there is no number."""
    records = [{"Data": bytes(MIB - 1), "PartitionKey": "k", "ExplicitHashKey": "0"}] * 2
    refused = throttled_client.put_records(StreamName="orders", Records=records)["Records"][1]
    assert refused == {
        "ErrorCode": CODE,
        "ErrorMessage": (
            f"Rate exceeded for shard {SHARD} in stream orders under account 000000000000."
        ),
    }


def test_a_shard_recovers_with_time(throttled_client: Any, clock: Clock) -> None:
    """After half a second an emptied shard takes half a mebibyte."""
    assert put(throttled_client, MIB) == [True]
    clock.advance(0.5)
    assert put(throttled_client, MIB // 2, 1) == [True, False]


def test_shards_are_throttled_each_for_itself(throttled_client: Any) -> None:
    """A full shard does not hold up its neighbour."""
    assert put(throttled_client, MIB, MIB) == [True, False]
    assert put(throttled_client, MIB, key=str(2**128 - 1)) == [True]


def test_a_thousand_records_a_second(throttled_client: Any, clock: Clock) -> None:
    """A shard takes 1,000 small records at once and as many again after a second."""
    assert all(put(throttled_client, *[10] * 500))
    assert all(put(throttled_client, *[10] * 500))
    assert not any(put(throttled_client, *[10] * 500))
    clock.advance(1)
    assert all(put(throttled_client, *[10] * 500))


def test_put_record_is_refused_as_a_whole(
    throttled_kinesis: LocalKinesis, throttled_client: Any
) -> None:
    """A PutRecord over the limit is an error with status 400, and nothing is committed."""
    put(throttled_client, MIB)
    record = {"StreamName": "orders", "Data": b"x", "PartitionKey": "k", "ExplicitHashKey": "0"}
    assert code_of(throttled_client.put_record, **record) == CODE
    assert message_of(throttled_client.put_record, **record).startswith("Rate exceeded for shard")
    assert len(throttled_kinesis.ledger("orders")) == 1


def test_a_large_record_passes_a_full_shard(
    throttled_kinesis: LocalKinesis, throttled_client: Any, clock: Clock
) -> None:
    """On a stream for 4 MiB records a rested shard takes one, and then rests four seconds."""
    throttled_kinesis.create_stream("large", record_size=4 * MIB)
    record = {"StreamName": "large", "Data": bytes(4 * MIB - 1), "PartitionKey": "k"}
    assert code_of(throttled_client.put_record, **record) == "accepted"
    clock.advance(3.9)
    assert code_of(throttled_client.put_record, **record) == CODE
    clock.advance(0.1)
    assert code_of(throttled_client.put_record, **record) == "accepted"


def test_a_raised_limit_deepens_the_shards(
    throttled_kinesis: LocalKinesis, throttled_client: Any, clock: Clock
) -> None:
    """After UpdateMaxRecordSize a rested shard takes a record of the new size."""
    throttled_client.update_max_record_size(
        StreamARN="arn:aws:kinesis:us-east-1:000000000000:stream/orders", MaxRecordSizeInKiB=2048
    )
    clock.advance(1)
    assert put(throttled_client, 2 * MIB) == [True]


def test_five_reads_a_second(throttled_client: Any, clock: Clock) -> None:
    """The sixth GetRecords of a second is refused, for that shard alone."""
    answer = throttled_client.get_shard_iterator(
        StreamName="orders", ShardId=SHARD, ShardIteratorType="LATEST"
    )
    ask = {"ShardIterator": answer["ShardIterator"]}
    codes = [code_of(throttled_client.get_records, **ask) for _ in range(6)]
    assert codes == ["accepted"] * 5 + [CODE]
    clock.advance(0.2)
    assert code_of(throttled_client.get_records, **ask) == "accepted"


def test_two_mebibytes_a_second_are_read(throttled_client: Any, clock: Clock) -> None:
    """After an answer of 1 MiB the shard refuses reads for half a second."""
    put(throttled_client, MIB)
    answer = throttled_client.get_shard_iterator(
        StreamName="orders", ShardId=SHARD, ShardIteratorType="TRIM_HORIZON"
    )
    ask = {"ShardIterator": answer["ShardIterator"]}
    assert len(throttled_client.get_records(**ask)["Records"]) == 1
    clock.advance(0.4)
    assert code_of(throttled_client.get_records, **ask) == CODE
    clock.advance(0.1)
    assert code_of(throttled_client.get_records, **ask) == "accepted"


def test_children_begin_with_full_buckets(
    throttled_kinesis: LocalKinesis, throttled_client: Any
) -> None:
    """The children of a split shard have room, however full their parent was."""
    put(throttled_client, MIB)
    throttled_kinesis.split_shard("orders", shard_id=SHARD)
    assert put(throttled_client, MIB) == [True]
