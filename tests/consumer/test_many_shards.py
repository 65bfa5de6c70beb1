"""Many shards, quiet shards, and a caller that takes its time, with the default settings."""

from __future__ import annotations

import threading
import time

import boto3
import pytest

from kinesis_producer import KinesisConsumer, KinesisProducer
from kinesis_producer.core.reading.pages import KinesisRecord
from kinesis_producer.stores.memory import MemoryStore
from tests.consumer.conftest import data, numbered

SECONDS = 60
EACH_SECOND = 2


def test_150_shards(local_kinesis, session):
    """A stream of 150 shards is read, all of it."""
    local_kinesis.create_stream("large", shards=150)
    address = {"stream_name": "large", "endpoint_url": local_kinesis.endpoint_url}
    with KinesisProducer({**address, "aggregation": "none"}, session=session) as producer:
        for number in range(3000):
            producer.send(b"%d" % number, partition_key=str(number))
    with KinesisConsumer({**address, "until": "caught-up"}, session=session) as consumer:
        got = list(consumer)
    assert sorted(data(got)) == sorted(numbered(0, 3000))
    assert len({record.shard_id for record in got}) == 150


@pytest.mark.slow
def test_latency(local_kinesis, session, record_property):
    """Of eight shards, one gets two records a second: 99 in 100 are there within 1.5 s."""
    local_kinesis.create_stream("quiet", shards=8)
    address = {"stream_name": "quiet", "endpoint_url": local_kinesis.endpoint_url}
    client = boto3.client("kinesis", **local_kinesis.client_options)
    consumer = KinesisConsumer(address, session=session)

    def write():
        for _ in range(SECONDS * EACH_SECOND):
            now = repr(time.monotonic()).encode()
            client.put_record(StreamName="quiet", Data=now, PartitionKey="k")
            time.sleep(1 / EACH_SECOND)
        time.sleep(2)
        consumer.stop()

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    with consumer:
        waits = sorted(time.monotonic() - float(record.data) for record in consumer)
    writer.join()
    client.close()
    assert len(waits) == SECONDS * EACH_SECOND
    record_property("p99", waits[int(len(waits) * 0.99)])
    assert waits[int(len(waits) * 0.99)] < 1.5


@pytest.mark.slow
def test_handler_of_40_seconds(local_kinesis, session):
    """A handler that takes 40 s for one record loses no lease and no record."""
    local_kinesis.create_stream("slow", shards=2)
    address = {"stream_name": "slow", "endpoint_url": local_kinesis.endpoint_url}
    with KinesisProducer(address, session=session) as producer:
        producer.send_many(numbered(0, 100))
    fleet = {**address, "application_name": "slow", "auto_checkpoint": True}
    store = MemoryStore()
    slow = KinesisConsumer(fleet, checkpoints=store, session=session)
    other = KinesisConsumer(fleet, checkpoints=store, session=session)
    with slow, other:
        got = [next(slow)]
        ended = time.monotonic() + 40
        while time.monotonic() < ended:
            got += other.poll(1.0)
        slow.checkpoint(got[0])
        while len(got) < 100:
            got += slow.poll(1.0) + other.poll(1.0)
    assert sorted(data(got)) == sorted(numbered(0, 100))


def test_small_records():
    """Records of a few bytes are mostly objects; these count, too."""
    assert KinesisRecord(1, b"data", "key", 0.0).footprint > 300
