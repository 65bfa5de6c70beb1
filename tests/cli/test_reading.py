"""Every shard is read once, and children after all their parents."""

from __future__ import annotations

import boto3.session
import pytest

from kinesis_producer import client
from kinesis_producer.cli import reading
from kinesis_producer.cli.reading import Reader
from kinesis_producer.config import ProducerConfig
from kinesis_producer.testing import faults
from tests.cli.conftest import client_of

OLDEST = {"ShardIteratorType": "TRIM_HORIZON"}
LATEST = {"ShardIteratorType": "LATEST"}
END = str(2**127 - 1)


@pytest.fixture
def reader(kinesis, monkeypatch):
    """Makes readers that do not pause."""
    monkeypatch.setattr(reading, "_PAUSE", 0.0)
    monkeypatch.setattr(reading, "_IDLE", 0.01)
    config = ProducerConfig(
        stream_name="orders", aws_region="us-east-1", endpoint_url=kinesis.endpoint_url
    )
    session = boto3.session.Session("local", "local")
    calls = client.calls(config, give_up_after=10.0, session=session)
    return lambda start: Reader(calls, "orders", start)


def put(kinesis, *names, size=0):
    """To the end of the first shard's hash keys."""
    with client_of(kinesis) as one:
        for name in names:
            data = name.encode() + b" " * size
            one.put_record(StreamName="orders", Data=data, PartitionKey="k", ExplicitHashKey=END)


def names(records):
    return [record["Data"].strip().decode() for record in records]


def test_a_merged_shard_waits_for_both_its_parents(kinesis, reader):
    """Also for one that is not yet begun, because its own parent is long."""
    old = [f"old {number}" for number in range(25)]
    put(kinesis, *old, size=900_000)
    kinesis.split_shard("orders", shard_id="shardId-000000000000")
    put(kinesis, "A")
    kinesis.merge_shards(
        "orders", shard_id="shardId-000000000003", adjacent_id="shardId-000000000001"
    )
    put(kinesis, "B")
    assert names(reader(OLDEST).records(until_caught_up=True)) == [*old, "A", "B"]


def test_shards_that_come_into_being_while_reading_keep_their_order(kinesis, reader):
    """The family is looked up again where a parent is not known."""
    put(kinesis, "old")
    records = reader(OLDEST).records(until_caught_up=True)
    kinesis.split_shard("orders", shard_id="shardId-000000000000")
    put(kinesis, "A")
    kinesis.merge_shards(
        "orders", shard_id="shardId-000000000003", adjacent_id="shardId-000000000001"
    )
    put(kinesis, "B")
    assert names(records) == ["old", "A", "B"]


def test_children_are_found_where_the_server_does_not_tell_of_them(kinesis, reader, monkeypatch):
    """Some say nothing at the end of a shard."""
    made = reader(OLDEST)
    call = made._calls.call

    def silent(operation, **arguments):
        answer = call(operation, **arguments)
        return {name: value for name, value in answer.items() if name != "ChildShards"}

    monkeypatch.setattr(made._calls, "call", silent)
    put(kinesis, "old")
    kinesis.split_shard("orders", shard_id="shardId-000000000000")
    put(kinesis, "A")
    assert names(made.records(until_caught_up=True)) == ["old", "A"]


@pytest.mark.parametrize("start", [OLDEST, LATEST], ids=["oldest", "latest"])
def test_an_iterator_that_has_expired_is_made_anew(kinesis, reader, start):
    """Reading goes on behind the last record, or from the moment it began."""
    found = reader(start).records()
    put(kinesis, "a")
    assert names([next(found)]) == ["a"]
    kinesis.faults.script(
        "GetRecords",
        faults.error("ExpiredIteratorException", "expired"),
        faults.error("ExpiredIteratorException", "expired"),
    )
    put(kinesis, "b")
    assert names([next(found)]) == ["b"]


def test_an_iterator_that_expires_before_the_first_record_loses_none(kinesis, reader):
    """From the moment it began."""
    found = reader(LATEST).records()
    put(kinesis, "a")
    kinesis.faults.script("GetRecords", *[faults.error("ExpiredIteratorException")] * 2)
    assert names([next(found)]) == ["a"]
