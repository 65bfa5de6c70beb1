"""One sender: the keys it sends under, and what becomes of a batch it cannot carry."""

from __future__ import annotations

import pytest

from kinesis_producer import KinesisProducer, Outcome, Totals, deaggregate
from kinesis_producer.core.shard_map import ShardMap, StreamFacts
from kinesis_producer.core.shards import read_shard
from kinesis_producer.limits import MAX_HASH_KEY
from tests.conftest import STREAM

THROTTLED = "ProvisionedThroughputExceededException"


class Client:
    """Answers each request with what it is told to; after that, all is written.

    Args:
        troubles: for one request each: an exception to raise, or the code of an error.
    """

    def __init__(self, *troubles):
        self.troubles = list(troubles)
        self.requests = []

    def put_records(self, *, Records, StreamName):  # noqa: N803 -- boto3's names
        self.requests.append(Records)
        trouble = self.troubles.pop(0) if self.troubles else None
        if isinstance(trouble, BaseException):
            raise trouble
        if trouble is not None:
            return {"Records": [{"ErrorCode": trouble, "ErrorMessage": ""} for _ in Records]}
        return {"Records": [{"SequenceNumber": "1", "ShardId": StreamName} for _ in Records]}

    @property
    def keys(self):
        """The key of the only entry of each request."""
        return [records[0]["PartitionKey"] for records in self.requests]


def producer_with(client, **config):
    given = {"stream_name": STREAM, "aws_region": "us-east-1", "kinesis_concurrency": 1}
    times = {"delivery_timeout": 5, "request_timeout": 1, "exit_timeout": 0}
    return KinesisProducer({**given, **times, **config}, client=client)


def test_after_a_throttle_another_key_is_tried():
    """Nothing was written, and another shard may have room."""
    client = Client(THROTTLED, THROTTLED)
    with producer_with(client) as producer:
        producer.send(b"x")
    assert len(set(client.keys)) == 3


def test_after_a_doubt_the_key_stays():
    """A copy then lies in the shard of the first one, where a reader finds them both."""
    client = Client(THROTTLED, "InternalFailure", THROTTLED, ConnectionResetError())
    with producer_with(client) as producer:
        producer.send(b"x")
    first, *others = client.keys
    assert len(others) == 4
    assert len(set(others)) == 1
    assert first not in others


def test_a_key_of_the_users_own_is_never_changed():
    """It says where the record belongs."""
    client = Client(THROTTLED, "InternalFailure")
    with producer_with(client) as producer:
        producer.send(b"x", partition_key="k")
    assert client.keys == ["k"] * 3


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), KeyError()])
def test_what_is_raised_in_the_middle_of_a_request_is_no_answer(error, caplog):
    """By a hook of botocore's, for instance: the only sender goes on, and sends it again."""
    client = Client(error)
    with producer_with(client) as producer:
        delivery = producer.send(b"x")
    assert delivery.outcome is Outcome.DELIVERED
    assert producer.totals == Totals(received=1, delivered=1, possible_duplicates=1)
    assert "a sender was interrupted; its records go again" in caplog.text


def make_short_of_memory(producer, monkeypatch):
    """There is none for the first request; the list says for what."""
    form = producer._plan.form
    encode, refused = form.encode, []

    def short_of_memory(*lot):
        if not refused:
            refused.append(lot)
            raise MemoryError
        return encode(*lot)

    monkeypatch.setattr(form, "encode", short_of_memory)
    return refused


def test_without_memory_for_a_request_a_smaller_one_is_sent(monkeypatch):
    """Nothing was sent, so nothing is in doubt."""
    client = Client()
    producer = producer_with(client, kinesis_concurrency=2, aggregation="none")
    refused = make_short_of_memory(producer, monkeypatch)
    producer.send_many([b"x"] * 4)
    assert producer.join() == Totals(received=4, delivered=4)
    assert refused


def test_delimiters_are_counted_once_though_a_request_had_to_be_made_again(monkeypatch):
    """The first time was cut short, or was refused."""
    client = Client("InternalFailure")
    producer = producer_with(client, kinesis_concurrency=2)
    refused = make_short_of_memory(producer, monkeypatch)
    producer.send_many([b"\n"] * 4)
    assert producer.join().delivered == 4
    assert refused
    assert len(client.requests) == 2
    assert producer.delimiters_in_records == 4


def test_where_memory_runs_out_in_a_request_a_smaller_one_is_sent():
    """It may have been sent as well: nobody knows where in botocore that was."""
    client = Client(MemoryError())
    with producer_with(client, aggregation="none", kinesis_concurrency=2) as producer:
        producer.send_many([b"x"] * 4)
    first, *later = map(len, client.requests)
    assert producer.totals == Totals(received=4, delivered=4, possible_duplicates=first)
    assert max(later) <= max(1, first // 2) or first == 1


class Known(Client):
    """Its stream has one shard."""

    def list_shards(self, **_):
        span = {"StartingHashKey": "0", "EndingHashKey": str(MAX_HASH_KEY)}
        return {"Shards": [{"ShardId": STREAM, "HashKeyRange": span}]}


def steered(aggregation, **keys):
    """The entry of two records to a shard that is known."""
    client = Known()
    with producer_with(client, aggregation=aggregation) as producer:
        shards = ShardMap(map(read_shard, client.list_shards()["Shards"]))
        producer._engine.outbox.learn(StreamFacts(shards))
        producer.send_many([b"one", b"two"], **keys)
    ((entry,),) = client.requests
    return entry


def test_who_has_a_hash_key_alone_does_not_get_the_key_of_a_neighbour():
    """With which it shares a delivery; it gets a random one."""
    client = Known()
    sharing = {"aggregation": "none", "max_records_per_aggregate": 2, "kinesis_concurrency": 2}
    with producer_with(client, **sharing, buffer_time_limit=3.0) as producer:
        shards = ShardMap(map(read_shard, client.list_shards()["Shards"]))
        producer._engine.outbox.learn(StreamFacts(shards))
        first = producer.send(b"1", partition_key="k", explicit_hash_key=0)
        assert producer.send(b"2", explicit_hash_key=1) is first
    ((one, two),) = client.requests
    assert (one["PartitionKey"], one["ExplicitHashKey"]) == ("k", "0")
    assert (len(two["PartitionKey"]), two["ExplicitHashKey"]) == (16, "1")


@pytest.mark.parametrize("aggregation", ["delimiter", "msgpack", "kpl"])
def test_records_without_keys_are_steered_by_an_explicit_hash_key(aggregation):
    """The partition key is a random one."""
    entry = steered(aggregation)
    assert 0 <= int(entry["ExplicitHashKey"]) <= MAX_HASH_KEY
    assert len(entry["PartitionKey"]) == 16


def test_a_kpl_aggregate_says_inside_where_it_was_steered_to():
    """The KCL drops one whose records do not belong to the shard by their own keys."""
    entry = steered("kpl")
    records = list(deaggregate(entry["Data"]))
    assert [record.data for record in records] == [b"one", b"two"]
    assert {record.explicit_hash_key for record in records} == {entry["ExplicitHashKey"]}


def test_other_aggregates_do_not_say_where_they_were_steered_to():
    """Their records come back with the keys that they were given: none."""
    entry = steered("msgpack")
    records = list(deaggregate(entry["Data"]))
    assert [record.data for record in records] == [b"one", b"two"]
    assert {tuple(record)[1:3] for record in records} == {(None, None)}


@pytest.mark.parametrize("aggregation", ["delimiter", "msgpack", "kpl"])
def test_keys_of_the_users_own_are_not_steered(aggregation):
    """They say where the records belong."""
    assert "ExplicitHashKey" not in steered(aggregation, partition_key="k")


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Asleep:
    """A waiter that is woken after so many seconds."""

    def __init__(self, clock, after, on_wake):
        self.clock = clock
        self.at = after
        self.on_wake = on_wake

    def wake(self):
        """By whoever leaves the room."""

    def wait(self, seconds):
        woken = self.clock.now + seconds >= self.at
        self.clock.now = min(self.clock.now + seconds, self.at)
        if woken:
            self.on_wake()
        return woken


@pytest.mark.parametrize(("after", "rests"), [(0.5, []), (3.0, [1.0])])
def test_a_sender_without_work_for_a_while_is_told_to_rest(after, rests):
    """Not each time that it waits for a moment."""
    producer = producer_with(Client())
    outbox = producer._engine.outbox
    clock = outbox.clock = Clock()
    rested = []
    sender = Asleep(clock, after, producer.close)
    assert outbox.take(sender, lambda: rested.append(clock.now)) is None
    assert rested == rests
