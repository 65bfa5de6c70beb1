"""One consumer, from one script: what it gives, in what order, and when it ends."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta

import pytest
from botocore.config import Config

from kinesis_producer import ConfigError, ConsumerClosed, KinesisConsumer
from kinesis_producer.stores.memory import MemoryStore
from kinesis_producer.testing import faults
from tests.conftest import STREAM
from tests.consumer.conftest import data, numbered


def test_caught_up(consume, put):
    """Everything that is there is given once, and the iteration ends."""
    put(numbered(0, 500))
    got = data(list(consume(until="caught-up")))
    assert sorted(got) == sorted(numbered(0, 500))


def test_order(consume, put):
    """Records come in the order in which they lie in their shard."""
    put(numbered(0, 500), key=lambda number: str(number % 10))
    shards = defaultdict(list)
    for record in consume(until="caught-up"):
        position = int(record.sequence_number), record.sub_sequence_number
        shards[record.shard_id].append(position)
    assert len(shards) == 2
    assert all(positions == sorted(positions) for positions in shards.values())


def test_next_and_poll_take_turns(consume, put):
    """Neither leaves anything out, nor gives it twice, in whatever order they are called."""
    put(numbered(0, 300), key=lambda number: "k", buffer_size_limit=200)
    consumer = consume()
    got = []
    while len(got) < 300:
        got += [next(consumer).data for _ in range(len(got) % 3 + 1)]
        got += data(consumer.poll(0.0, 2))
    assert got == numbered(0, 300)


def test_stop_within_an_aggregate(consume, put):
    """The record that comes next in it is not given any more."""
    put(numbered(0, 100), key=lambda number: "k")
    consumer = consume()
    got = []
    for record in consumer:
        got.append(record.data)
        if len(got) == 5:
            consumer.stop()
    assert got == numbered(0, 5)


def test_each_next_is_done_with_the_record_before(consume, put):
    """Within an aggregate too: another worker goes on with the one that was given last."""
    put(numbered(0, 100), key=lambda number: "k")
    store = MemoryStore()
    fleet = {"application_name": "reports", "checkpoints": store, "auto_checkpoint": True}
    consumer = consume(**fleet)
    assert [next(consumer).data for _ in range(50)] == numbered(0, 50)
    consumer.close()
    assert next(consume(**fleet)).data == b"49"


def test_record(consume, put, kinesis):
    """A record says what it is, where it was found, and how fresh that is."""
    before = time.time()
    put([b"one", b"two"], key=lambda number: "k")
    one, two = consume(until="caught-up")
    (stored,) = kinesis.ledger(STREAM)
    assert (one.data, one.partition_key, one.sub_sequence_number) == (b"one", "k", 0)
    assert (two.data, two.sub_sequence_number) == (b"two", 1)
    assert one.sequence_number == two.sequence_number == stored.sequence_number
    assert one.shard_id == stored.shard_id
    assert before - 1 <= one.arrived_at <= time.time() + 1
    assert one.millis_behind == 0
    assert one.fencing_token == 1


def test_a_record_without_a_key(consume, kinesis, session):
    """A stream that spreads records by itself has such, and none is made up for them."""
    kinesis.update_mode(STREAM, mode="ON_DEMAND")
    kinesis.update_distribution(STREAM, strategy="AUTO")
    unasked = Config(parameter_validation=False)  # older versions of botocore would miss the key
    client = session.client("kinesis", endpoint_url=kinesis.endpoint_url, config=unasked)
    client.put_record(StreamName=STREAM, Data=b"one\n")
    (record,) = consume(until="caught-up")
    assert (record.data, record.partition_key) == (b"one", None)
    client.close()


def test_poll(consume, put):
    """A poll gives records of one Kinesis record, as many as are asked for at the most."""
    put(numbered(0, 5), key=lambda number: "k")
    consumer = consume()
    assert data(consumer.poll(5.0, max_records=3)) == [b"0", b"1", b"2"]
    assert data(consumer.poll(5.0, max_records=3)) == [b"3", b"4"]


def test_poll_in_vain(consume):
    """A poll that finds nothing in time gives nothing."""
    began = time.monotonic()
    assert consume().poll(0.2) == []
    assert time.monotonic() - began >= 0.2


def test_poll_of_none(consume):
    """A poll for no records is a mistake."""
    with pytest.raises(ValueError, match="max_records"):
        consume().poll(max_records=0)


def test_latest(consume, put):
    """With start "latest", what was there before is not given, and what comes after is."""
    put(numbered(0, 3))
    time.sleep(0.01)  # records are stamped in whole milliseconds
    consumer = consume(start="latest")
    put(numbered(3, 6))
    assert sorted(data([next(consumer) for _ in range(3)])) == numbered(3, 6)


@pytest.mark.parametrize("made", [lambda seconds: seconds, datetime.fromtimestamp])
def test_time(consume, put, made):
    """A time to begin at leaves out what came before it, and nothing after it."""
    put(numbered(0, 3))
    time.sleep(0.01)
    since = time.time()
    put(numbered(3, 6))
    start = made(since) if made(since) == since else made(since, UTC)
    assert sorted(data(list(consume(start=start, until="caught-up")))) == numbered(3, 6)


def test_time_before_all(consume, put):
    """A time before the stream was there begins with its oldest record."""
    put(numbered(0, 3))
    start = datetime.now(UTC) - timedelta(days=1)
    assert len(list(consume(start=start, until="caught-up"))) == 3


def test_position(consume, put, kinesis):
    """A shard is begun behind a position, in the middle of an aggregate, others at their oldest."""
    put(numbered(0, 4), key=lambda number: "k")
    put(numbered(4, 6), key=lambda number: "k")
    first = kinesis.ledger(STREAM)[0]
    start = {first.shard_id: f"{first.sequence_number}:2"}
    got = data(list(consume(start=start, until="caught-up")))
    assert got == [b"3", b"4", b"5"]


def test_chosen_shards(consume, put, kinesis):
    """Of chosen shards, only their records are given; when they have ended, so has the reading."""
    put(numbered(0, 50))
    shard_id = kinesis.open_shards(STREAM)[1]
    kinesis.split_shard(STREAM, shard_id=shard_id)
    put(numbered(50, 100))
    got = list(consume(shards=[shard_id]))
    assert {record.shard_id for record in got} == {shard_id}
    assert 0 < len(got) <= 50


def test_unknown_shard(consume):
    """A shard that the stream does not have is a mistake, and said to be one."""
    with pytest.raises(ConfigError, match="no shard shardId-000000000007 there"):
        consume(shards=["shardId-000000000000", "shardId-000000000007"]).poll(5.0)


def test_start_of_an_unknown_shard(consume):
    """So is a position in a shard that the stream does not have."""
    with pytest.raises(ConfigError, match="no shard shardId-000000000077 there"):
        consume(start={"shardId-000000000077": "5"}).poll(5.0)


def test_stopped_before_it_began(consume):
    """A stop that comes before the first question counts."""
    consumer = consume()
    consumer.stop()
    assert list(consumer) == []


def test_closed_while_it_begins(consume, kinesis):
    """A close that comes into the first question leaves no thread and no lease behind."""
    kinesis.faults.script("ListShards", faults.delay(1.0, committed=True))
    consumer = consume(start="latest")
    threading.Timer(0.3, consumer.close).start()
    with pytest.raises(ConsumerClosed):
        while True:
            consumer.poll(5.0)
    deadline = time.monotonic() + 5.0
    while any("kinesis-consumer" in one.name for one in threading.enumerate()):
        assert time.monotonic() < deadline


def test_stop(consume, put):
    """A stopped consumer ends its iteration, and can be asked nothing more once it is closed."""
    put(numbered(0, 3))
    consumer = consume()
    next(consumer)
    consumer.stop()
    assert list(consumer) == []
    consumer.close()
    with pytest.raises(ConsumerClosed):
        next(consumer)


def test_stop_while_waiting(consume):
    """A consumer that waits for records can be stopped from another thread."""
    consumer = consume()
    assert consumer.poll(0.1) == []
    threading.Timer(0.1, consumer.stop).start()
    assert list(consumer) == []


def test_close_unused(consume):
    """A consumer that was never asked can be closed, and closed again."""
    consumer = consume()
    consumer.close()
    consumer.close()


def test_forgotten(consume, put):
    """A consumer without an application forgets where it was."""
    put(numbered(0, 3))
    assert len(list(consume(until="caught-up"))) == 3
    assert len(list(consume(until="caught-up"))) == 3


def test_one_dict(consume, put):
    """One dict serves both ends: each ignores the keys that only the other has."""
    put(numbered(0, 3), application_name="reports", start="latest", delimiter_in_record="allow")
    got = consume(buffer_size_limit=10, kinesis_max_retries=3, until="caught-up")
    assert len(list(got)) == 3


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"stream_name": None}, "stream_name: give the name of a stream"),
        ({"stream_nam": "orders"}, "did you mean 'stream_name'"),
        ({"start": "yesterday"}, "start: must be one of trim-horizon, latest"),
        ({"start": datetime(2026, 11, 1)}, "must have a time zone"),  # noqa: DTZ001 -- the point
        ({"start": {"shardId-000000000000": "LATEST"}}, "position of a record"),
        ({"start": True}, "not bool"),
        ({"start": -1}, "seconds since the epoch"),
        ({"shards": "shardId-000000000000"}, "shards: must be a list"),
        ({"shards": []}, "shards: must be a list"),
        ({"prefetch_size": 1000}, "prefetch_size: must be at least"),
        ({"auto_checkpoint": 1}, "auto_checkpoint: must be True or False"),
        ({"application_name": "reports"}, "an application needs a store"),
        ({"on_bad_record": "dead_letter"}, "dead_letter: a function is given with"),
        ({"failover_time": 0}, "failover_time"),
        ({"until": "tomorrow"}, "until: must be one of 'caught-up'"),
        ({"start": {"shardId-000000000000": 49}}, "positions as text"),
        ({"application_name": "x", "checkpoints": "sqlite:x"}, "checkpoints: give a store"),
        ({"application_name": "x", "checkpoints": MemoryStore}, "checkpoints: give a store"),
        ({"on_bad_record": "dead_letter", "dead_letter": "x"}, "dead_letter: give a function"),
    ],
)
def test_configuration(consume, given, fault):
    """What cannot work is refused at the door, in words that say what to do."""
    with pytest.raises(ConfigError, match=fault):
        consume(**given)


def test_not_a_config(session):
    """Neither a dict nor a ConsumerConfig is refused."""
    with pytest.raises(ConfigError, match="give a dict or a ConsumerConfig"):
        KinesisConsumer("orders", session=session)  # type: ignore[arg-type]
