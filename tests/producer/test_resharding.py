"""Shards are split and merged, throttle and break off, while records are sent: over HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer import Deaggregator, Totals
from kinesis_producer.testing import faults
from tests.conftest import STREAM

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kinesis_producer import KinesisProducer
    from kinesis_producer.testing import LocalKinesis


@pytest.fixture
def client(kinesis, session):
    """To ask for the shards."""
    made = session.client("kinesis", endpoint_url=kinesis.endpoint_url)
    yield made
    made.close()


@pytest.mark.parametrize("ordering", ["none", "shard"])
@pytest.mark.parametrize("aggregation", ["delimiter", "none", "msgpack", "kpl"])
def test_no_reader_misses_a_record_of_a_stream_that_changes(
    make, kinesis, client, aggregation, ordering
):
    """Nor does the KCL, which throws away aggregates with records of another shard."""
    producer = make(aggregation=aggregation, ordering=ordering, buffer_time_limit=0.02)
    records = 800 if aggregation == "none" else 10_000  # a shard takes 1,000 a second
    write(producer, kinesis, records=records, keys=100)
    totals = producer.join()
    assert totals == Totals(
        received=records, delivered=records, possible_duplicates=totals.possible_duplicates
    )
    found = list(read(kinesis, client, aggregation))
    assert set(found) == {b"%d" % number for number in range(records)}
    assert len(found) - records <= totals.possible_duplicates
    if ordering == "shard":
        assert_in_order(found, keys=100)


@pytest.mark.slow
def test_a_million_records_stay_in_order(make, kinesis, client):
    """Of ten thousand keys, through throttles, resets, two splits and a merge."""
    producer = make(aggregation="msgpack", ordering="shard")
    write(producer, kinesis, records=1_000_000, keys=10_000)
    totals = producer.join()
    assert totals.delivered == totals.received == 1_000_000
    found = list(read(kinesis, client, "msgpack"))
    assert len(set(found)) == 1_000_000
    assert_in_order(found, keys=10_000)


def write(producer: KinesisProducer, kinesis: LocalKinesis, *, records: int, keys: int) -> None:
    """Send numbers, in order for each key; two splits, a merge and troubles come in between."""
    changes = iter((split, split, merge))
    kinesis.faults.always("PutRecords", faults.mixed(1, rate=0.1))
    for number in range(records):
        producer.send(b"%d" % number, partition_key=f"key {number % keys}")
        if number % (records // 4) == records // 8 and (change := next(changes, None)):
            change(kinesis)


def split(kinesis: LocalKinesis) -> None:
    """The shard that is open longest."""
    kinesis.split_shard(STREAM, shard_id=kinesis.open_shards(STREAM)[0])


def merge(kinesis: LocalKinesis) -> None:
    """The two that were split last."""
    first, second = kinesis.open_shards(STREAM)[-2:]
    kinesis.merge_shards(STREAM, shard_id=first, adjacent_id=second)


def read(kinesis: LocalKinesis, client: Any, aggregation: str) -> Iterator[bytes]:
    """What a reader finds that is as strict as the KCL, in the order in which it was written."""
    listed = client.list_shards(StreamName=STREAM)["Shards"]
    ranges = {one["ShardId"]: tuple(one["HashKeyRange"].values()) for one in listed}
    reader = Deaggregator(aggregation=aggregation, kcl_range_check=True)
    for record in kinesis.ledger(STREAM):
        span = ranges[record.shard_id]
        for one in reader.read(record.data, partition_key=record.partition_key, hash_range=span):
            yield one.data


def assert_in_order(found: Sequence[bytes], *, keys: int) -> None:
    """First copies of the numbers of each key count up."""
    last = [-1] * keys
    for number in dict.fromkeys(map(int, found)):
        assert last[number % keys] < number
        last[number % keys] = number
