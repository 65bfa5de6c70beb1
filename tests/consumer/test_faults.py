"""Reading from a service that fails: every class of fault, and nothing is lost or doubled."""

from __future__ import annotations

import logging
import time

import pytest

from kinesis_producer import CallFailed
from kinesis_producer.testing import faults
from tests.conftest import STREAM
from tests.consumer.conftest import data, numbered

#: What GetRecords and GetShardIterator may meet once.
PASSING = {
    "throttled": faults.error("ProvisionedThroughputExceededException"),
    "expired iterator": faults.error("ExpiredIteratorException"),
    "invalid iterator": faults.error("InvalidArgumentException"),
    "internal failure": faults.server_error(),
    "unavailable": faults.server_error(status=503),
    "page of a proxy": faults.html_page(committed=True),
    "empty body": faults.empty_body(committed=True),
    "half a body": faults.half_body(committed=True),
    "cut short": faults.cut_short(committed=True),
    "dropped": faults.disconnect(committed=True),
    "expired credentials": faults.expired_credentials(),
    "no such stream, for a moment": faults.no_such_stream(),
}


@pytest.mark.parametrize("operation", ["GetRecords", "GetShardIterator", "ListShards"])
@pytest.mark.parametrize("fault", PASSING)
def test_passing(consume, put, kinesis, operation, fault):
    """Whatever a call meets once, everything is given, once, and in order."""
    put(numbered(0, 20), key=lambda number: "k", buffer_size_limit=20)
    if operation == "GetRecords" or "iterator" not in fault:
        kinesis.faults.script(operation, PASSING[fault], PASSING[fault])
    consumer = consume(page_limit=3)
    got = []
    while len(got) < 20:
        found = consumer.poll(10.0)
        assert found
        got += data(found)
    assert got == numbered(0, 20)


def test_expired_iterators_again_and_again(consume, put, kinesis):
    """Iterators that expire between any two pages cost nothing but time."""
    put(numbered(0, 30), key=lambda number: "k", buffer_size_limit=20)
    expired = {"expired": faults.error("ExpiredIteratorException")}
    kinesis.faults.always("GetRecords", faults.mixed(1, rate=0.5, classes=expired))
    # of that shard alone: which of two meets which fault is chance, and six in a row are told
    shards = [kinesis.ledger(STREAM)[0].shard_id]
    consumer = consume(page_limit=2, idle_time=0.0, shards=shards)
    got = []
    while len(got) < 30:
        got += data(consumer.poll(10.0))
    assert got == numbered(0, 30)


def test_refused(consume, put, kinesis):
    """A service that refuses to be read is told of at once; asking again tries again."""
    put(numbered(0, 3))
    kinesis.faults.always("GetRecords", faults.access_denied())
    consumer = consume()
    with pytest.raises(CallFailed, match="AccessDenied") as raised:
        consumer.poll(10.0)
    assert "GetRecords of shardId-" in str(raised.value)
    kinesis.faults.clear()
    got = []
    deadline = time.monotonic() + 10
    while len(got) < 3 and time.monotonic() < deadline:
        try:
            got += data(consumer.poll(10.0))
        except CallFailed:
            continue  # of the other shard
    assert sorted(got) == numbered(0, 3)


def test_refused_shard(consume, put, kinesis):
    """One shard that is refused holds up no other, and is not asked for all the time."""

    def refuse(request, proceed):
        shard_id = request.parameters.get("ShardId", "")
        return faults.access_denied()(request, proceed) if shard_id.endswith("0") else proceed()

    kinesis.faults.always("GetShardIterator", refuse)
    put(numbered(0, 40))
    consumer = consume()
    got, told = [], 0
    ended = time.monotonic() + 3.0
    while time.monotonic() < ended:
        try:
            got += consumer.poll(0.5)
        except CallFailed:
            told += 1
    assert {record.shard_id[-1] for record in got} == {"1"}
    assert 1 <= told < 10
    assert kinesis.count("GetShardIterator") < 15


def test_no_such_stream(consume):
    """A stream that is not there is told of, in bounded time."""
    consumer = consume(stream_name="nowhere")
    with pytest.raises(CallFailed, match="ResourceNotFound"):
        consumer.poll(30.0)


def test_down(consume, put, kinesis, caplog):
    """While the service is down the log is told, once a shard, and reading goes on after it."""
    put(numbered(0, 3), key=lambda number: "k")
    consumer = consume()
    assert len(consumer.poll(5.0)) == 3
    kinesis.faults.always("GetRecords", faults.server_error())
    with caplog.at_level(logging.WARNING, "kinesis_producer"):
        assert consumer.poll(9.0) == []
    kinesis.faults.clear()
    assert all("going on trying" in line for line in caplog.messages)
    assert 1 <= len(caplog.messages) <= 2
    put(numbered(3, 6), key=lambda number: "k")
    assert data(consumer.poll(15.0)) == numbered(3, 6)


def test_deleted(consume, put, kinesis, session):
    """A stream that is deleted while it is read is told of."""
    put(numbered(0, 3), key=lambda number: "k")
    consumer = consume()
    assert len(consumer.poll(5.0)) == 3
    client = session.client("kinesis", endpoint_url=kinesis.endpoint_url)
    client.delete_stream(StreamName=STREAM)
    client.close()
    with pytest.raises(CallFailed, match="ResourceNotFound"):
        consumer.poll(30.0)


def test_pace(consume, put, kinesis):
    """A shard that has more is read five times a second at the most, as the service allows."""
    put(numbered(0, 100), key=lambda number: "k", buffer_size_limit=10)
    consumer = consume(page_limit=1, shards=kinesis.open_shards(STREAM)[:1], idle_time=60.0)
    consumer.poll(0.1)
    before = kinesis.count("GetRecords")
    time.sleep(2.0)
    assert kinesis.count("GetRecords") - before <= 11
