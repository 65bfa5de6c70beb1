"""The producer against Kinesis servers that others wrote."""

from __future__ import annotations

import uuid
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer import KinesisConsumer, KinesisProducer, Totals, UndeliveredRecords
from tests.emulators.named import running

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real_server


@pytest.fixture(scope="module", params=["kinesis-local", "kinesalite"])
def endpoint(request: pytest.FixtureRequest) -> Iterator[str]:
    """A server."""
    with running(request.param) as url:
        yield url


@pytest.fixture
def client(endpoint: str, session: Any) -> Iterator[Any]:
    made = session.client("kinesis", endpoint_url=endpoint)
    yield made
    made.close()


@pytest.fixture
def stream(client: Any) -> str:
    """A stream of two shards, ACTIVE."""
    name = f"orders-{uuid.uuid4().hex[:8]}"
    client.create_stream(StreamName=name, ShardCount=2)
    for _ in range(500):
        described = client.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        if described["StreamStatus"] == "ACTIVE":
            return name
    pytest.fail("the stream did not become ACTIVE")


def received(client: Any, stream: str) -> Counter[bytes]:
    """All user records in the stream."""
    config = {"stream_name": stream, "until": "caught-up", "idle_time": 0.2}
    with KinesisConsumer(config, client=client) as consumer:
        return Counter(record.data for record in consumer)


def producer(endpoint: str, session: Any, stream: str, **config: Any) -> KinesisProducer:
    return KinesisProducer(
        {"stream_name": stream, "endpoint_url": endpoint, **config}, session=session
    )


def test_records_arrive_once_each(endpoint, client, session, stream):
    """Aggregated and with keys, over both shards; a split on the way makes no difference."""
    sent = [b"%d" % number for number in range(2000)]
    with producer(endpoint, session, stream, buffer_size_limit=500) as made:
        made.send_many(sent[:1000])
        made.flush()
        client.split_shard(
            StreamName=stream, ShardToSplit="shardId-000000000000", NewStartingHashKey="1000"
        )
        for record in sent[1000:]:
            made.send(record, partition_key=f"key-{len(record)}-{record[-1]}")
    assert made.totals == Totals(received=2000, delivered=2000)
    assert received(client, stream) == Counter(sent)


def test_a_delivery_names_the_shard_and_the_sequence_number(endpoint, client, session, stream):
    """A reader finds the record there."""
    with producer(endpoint, session, stream) as made:
        result = made.send(b"here", explicit_hash_key=0).result()
    assert result.shard_id == "shardId-000000000000"
    iterator = client.get_shard_iterator(
        StreamName=stream,
        ShardId=result.shard_id,
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        StartingSequenceNumber=result.sequence_number,
    )["ShardIterator"]
    (record,) = client.get_records(ShardIterator=iterator)["Records"]
    assert record["Data"] == b"here\n"


def test_a_missing_stream_is_named(endpoint, session):
    """Each server in its own words."""
    made = producer(endpoint, session, "nowhere")
    made.send(b"x")
    with pytest.raises(UndeliveredRecords, match=r"1 of 1.*ResourceNotFoundException.*nowhere"):
        made.join()


def test_a_record_over_the_servers_limit_fails_alone(endpoint, session, stream):
    """One server refuses the entry, the other the whole request."""
    config = {"aggregation": "none", "max_record_size": 2**21, "max_request_size": 5 * 2**20}
    made = producer(endpoint, session, stream, **config)
    small = made.send_many([b"x"] * 20)
    large = made.send(b"y" * (2**20 + 1000))
    assert large.exception() is not None
    assert {one.result().attempts for one in small} <= {1, 2, 3, 4, 5, 6}
    assert made.join() == Totals(received=21, delivered=20, not_written=1)
