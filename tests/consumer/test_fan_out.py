"""Enhanced fan-out: a subscription for each shard, and what may break it."""

from __future__ import annotations

import pytest

from kinesis_producer.stores.memory import MemoryStore
from kinesis_producer.testing import LocalKinesis, faults
from tests.conftest import STREAM
from tests.consumer.conftest import data, numbered


@pytest.fixture
def local_kinesis():
    """A local Kinesis whose subscriptions are short."""
    with LocalKinesis(subscription_life=1.0, event_period=0.1) as kinesis:
        yield kinesis


def read(consumer, count):
    """So many records."""
    got = []
    while len(got) < count:
        found = consumer.poll(20.0)
        assert found, f"{len(got)} of {count} came"
        got += found
    return got


def test_all(consume, put):
    """Everything is pushed, in order, through many subscriptions of one shard."""
    consumer = consume(consumer_name="reports")
    got = []
    for step in range(0, 100, 20):
        put(numbered(step, step + 20), key=lambda number: "k", buffer_size_limit=20)
        got += data(read(consumer, 20))
    assert got == numbered(0, 100)


def test_caught_up(consume, put):
    """It ends when it has caught up, if that is wanted."""
    put(numbered(0, 20))
    got = data(list(consume(consumer_name="reports", until="caught-up")))
    assert sorted(got) == sorted(numbered(0, 20))


def test_latest(consume, put):
    """What was there before is not pushed, where only news are wanted."""
    put(numbered(0, 3), key=lambda number: "k")
    consumer = consume(consumer_name="reports", start="latest")
    consumer.poll(0.3)
    put(numbered(3, 6), key=lambda number: "k")
    assert data(read(consumer, 3)) == numbered(3, 6)


@pytest.mark.parametrize(
    "fault",
    [
        faults.subscription_reset(),
        faults.subscription_exception(),
        faults.subscription_ended(),
        faults.subscription_garbled(),
        faults.error("ResourceInUseException"),
        faults.error("LimitExceededException"),
        faults.server_error(),
    ],
    ids=["reset", "exception", "ended", "garbled", "in use", "limit", "500"],
)
def test_broken(consume, put, kinesis, fault):
    """A subscription that breaks is made anew, and goes on where it was."""
    kinesis.faults.script("SubscribeToShard", fault, fault, fault)
    put(numbered(0, 20), key=lambda number: "k", buffer_size_limit=20)
    consumer = consume(consumer_name="reports")
    got = data(read(consumer, 20))
    put(numbered(20, 40), key=lambda number: "k", buffer_size_limit=20)
    got += data(read(consumer, 20))
    assert got == numbered(0, 40)


def test_resharding(consume, put, kinesis):
    """Children are subscribed to when their parents have ended, and nothing is lost or doubled."""
    consumer = consume(consumer_name="reports")
    put(numbered(0, 100), key=lambda number: str(number % 10))
    first, second = kinesis.open_shards(STREAM)
    kinesis.split_shard(STREAM, shard_id=first)
    put(numbered(100, 200), key=lambda number: str(number % 10))
    shards = kinesis.open_shards(STREAM)
    kinesis.merge_shards(STREAM, shard_id=shards[1], adjacent_id=second)
    put(numbered(200, 300), key=lambda number: str(number % 10))
    got = read(consumer, 300)
    assert consumer.poll(0.5) == []
    keys = {str(key): [] for key in range(10)}
    for record in got:
        keys[record.partition_key].append(int(record.data))
    assert keys == {str(key): list(range(key, 300, 10)) for key in range(10)}


def test_slow_handler(consume, put):
    """What is pushed waits in bounded memory while the caller is busy."""
    large = [b"%d" % number + b"." * 900_000 for number in range(30)]
    put(large, key=lambda number: "k", aggregation="none")
    consumer = consume(consumer_name="reports", aggregation="none", prefetch_size=10 * 1024 * 1024)
    got = data(consumer.poll(20.0))
    room = consumer._engine.started
    most = 0
    while len(got) < 30:
        with room.lock:
            most = max(most, room.desk.buffered)
        got += data(consumer.poll(20.0))
    assert [one.rstrip(b".") for one in got] == numbered(0, 30)
    assert most <= 12 * 1024 * 1024  # one event more than there is room for


def test_fleet(consume, put):
    """Two workers share the shards under one consumer's name."""
    fleet = {
        "consumer_name": "reports",
        "application_name": "reports",
        "checkpoints": MemoryStore(),
        "failover_time": 1.0,
        "auto_checkpoint": True,
    }
    workers = [consume(**fleet), consume(**fleet)]
    got = []
    for step in range(6):
        put(numbered(step * 20, step * 20 + 20))
        for worker in workers:
            got += data(worker.poll(0.5))
    while len(got) < 120:
        for worker in workers:
            got += data(worker.poll(0.5))
    assert sorted(got) == sorted(numbered(0, 120))
