"""Every shard is read once, and children after all their parents."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from kinesis_producer.testing import faults
from tests.consumer.conftest import data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

END = str(2**127 - 1)

FIRST = "shardId-000000000000"


@pytest.fixture
def client(kinesis: Any) -> Iterator[Any]:
    with closing(boto3.client("kinesis", **kinesis.client_options)) as made:
        yield made


@pytest.fixture
def write(client: Any) -> Callable[..., None]:
    """Puts lines at the end of the first shard's hash keys."""

    def put(*names: str, size: int = 0) -> None:
        for name in names:
            record = name.encode() + b" " * size
            client.put_record(
                StreamName="orders", Data=record, PartitionKey="k", ExplicitHashKey=END
            )

    return put


def names(consumer):
    return [record.decode().strip() for record in data(list(consumer))]


def merge(kinesis):
    kinesis.merge_shards(
        "orders", shard_id="shardId-000000000003", adjacent_id="shardId-000000000001"
    )


def test_a_merged_shard_waits_for_both_its_parents(kinesis, consume, write):
    """Also for one that is not yet begun, because its own parent is long."""
    old = [f"old {number}" for number in range(25)]
    write(*old, size=900_000)
    kinesis.split_shard("orders", shard_id=FIRST)
    write("A")
    merge(kinesis)
    write("B")
    assert names(consume(until="caught-up")) == [*old, "A", "B"]


def test_shards_that_come_into_being_while_reading_keep_their_order(kinesis, consume, write):
    """Also where the long way to a merged shard is not known when the short one has ended."""
    write("old")
    consumer = consume()
    assert next(consumer).data == b"old"
    kinesis.split_shard("orders", shard_id=FIRST)
    write("A")
    merge(kinesis)
    write("B")
    until_finished(consumer, "shardId-000000000001")  # and the first is not: "old" is in hand
    assert [next(consumer).data, next(consumer).data] == [b"A", b"B"]


def until_finished(consumer, shard_id):
    deadline = time.monotonic() + 30
    table = consumer._engine.table
    while not table.lease(shard_id).is_finished and time.monotonic() < deadline:
        time.sleep(0.02)
    assert table.lease(shard_id).is_finished


def test_children_are_found_where_the_server_does_not_tell_of_them(
    kinesis, consume, write, client, monkeypatch
):
    """Some say nothing at the end of a shard."""
    get_records = client.get_records

    def silent(**arguments):
        answer = get_records(**arguments)
        return {name: value for name, value in answer.items() if name != "ChildShards"}

    monkeypatch.setattr(client, "get_records", silent)
    write("old")
    kinesis.split_shard("orders", shard_id=FIRST)
    write("A")
    assert names(consume(client=client, until="caught-up")) == ["old", "A"]


EXPIRED = faults.error("ExpiredIteratorException", "expired")


@pytest.mark.parametrize("start", ["trim-horizon", "latest"])
def test_an_iterator_that_has_expired_is_made_anew(kinesis, consume, write, start):
    """Reading goes on behind the last record, or from the moment it began."""
    consumer = consume(start=start)
    if start == "latest":
        consumer.poll(0.5)
    write("a")
    assert next(consumer).data.strip() == b"a"
    kinesis.faults.script("GetRecords", EXPIRED, EXPIRED)
    write("b")
    assert next(consumer).data.strip() == b"b"


def test_an_iterator_that_expires_before_the_first_record_loses_none(kinesis, consume, write):
    """From the moment it began."""
    consumer = consume(start="latest")
    kinesis.faults.script("GetRecords", EXPIRED, EXPIRED)
    consumer.poll(0.5)
    write("a")
    assert next(consumer).data.strip() == b"a"
