"""CBOR on servers that others wrote: what is sent by it is there, whole, for whoever reads JSON."""

from __future__ import annotations

import time
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3.session
import pytest

from kinesis_producer import Deaggregator, KinesisProducer
from tests.emulators.named import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kinesis_producer import UserRecord

pytestmark = pytest.mark.real_server

ALL_BUT_KINESALITE = pytest.mark.parametrize(
    "endpoint", ["kinesis-local", "ministack"], indirect=True, scope="module"
)
FORMS = pytest.mark.parametrize("form", ["delimiter", "none", "msgpack", "kpl"])

CBOR = "application/x-amz-cbor-1.1"
KEYS = ("é", '"日本"', "k" * 256)
DATA = [b"\x00\xff", b"", "ü".encode(), b"x" * 70_000, *(b"%d" % number for number in range(300))]
SENT = [(data, (None, *KEYS)[number % 4]) for number, data in enumerate(DATA)]

_names = count(1)


@pytest.fixture(scope="module")
def endpoint(request: pytest.FixtureRequest) -> Iterator[str]:
    """Where the server is."""
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
    name = f"lines-{next(_names)}"
    client.create_stream(StreamName=name, ShardCount=2)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        described = client.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]
        if described["StreamStatus"] == "ACTIVE":
            return name
        time.sleep(0.05)
    pytest.fail("the stream did not become ACTIVE")


class Sending:
    """A session whose clients tell what they send PutRecords in."""

    def __init__(self) -> None:
        self.types: list[str] = []
        self.session = boto3.session.Session("local", "local", region_name="us-east-1")
        self.session.events.register("before-send.kinesis.PutRecords", self._see)

    def _see(self, request: Any, **_: object) -> None:
        told = request.headers["Content-Type"]
        self.types.append(told.decode() if isinstance(told, bytes) else told)


@pytest.fixture(scope="module")
def sending() -> Sending:
    return Sending()


@pytest.fixture
def made(endpoint: str, sending: Sending, stream: str) -> Any:
    """Makes producers that ask for CBOR."""
    sending.types.clear()
    base = {"stream_name": stream, "endpoint_url": endpoint, "wire_format": "cbor"}
    return lambda **config: KinesisProducer({**base, **config}, session=sending.session)


def read(client: Any, stream: str, form: str) -> dict[str, list[UserRecord]]:
    """What boto3 reads, by shard."""
    reads = Deaggregator(aggregation=form)
    found: dict[str, list[UserRecord]] = {}
    for shard in client.list_shards(StreamName=stream)["Shards"]:
        told = found[shard["ShardId"]] = []
        iterator = client.get_shard_iterator(
            StreamName=stream, ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        while records := (page := client.get_records(ShardIterator=iterator))["Records"]:
            iterator = page["NextShardIterator"]
            for one in records:
                told += reads.read(one["Data"], partition_key=one["PartitionKey"])
    return found


@ALL_BUT_KINESALITE
@FORMS
def test_records_are_there_whole(client, stream, sending, made, form):
    """Bytes and keys, once each."""
    with made(aggregation=form, buffer_size_limit=10_000) as producer:
        for data, key in SENT:
            producer.send(data, partition_key=key)
    assert set(sending.types) == {CBOR}
    found = [one for records in read(client, stream, form).values() for one in records]
    keys = {key: key for key in KEYS}  # any other was made up for a record without one
    assert Counter((one.data, keys.get(str(one.partition_key))) for one in found) == Counter(SENT)


@ALL_BUT_KINESALITE
@FORMS
def test_explicit_hash_keys_say_where(client, stream, sending, made, form):
    """Whatever the partition key says."""
    with made(aggregation=form) as producer:
        for hash_key in (0, 2**128 - 1):
            producer.send(b"%d" % hash_key, partition_key="é", explicit_hash_key=hash_key)
    assert set(sending.types) == {CBOR}
    first, last = read(client, stream, form).values()
    assert {(one.data, one.partition_key) for one in first} == {(b"0", "é")}
    assert {(one.data, one.partition_key) for one in last} == {(b"%d" % (2**128 - 1), "é")}


@pytest.mark.parametrize("endpoint", ["kinesalite"], indirect=True, scope="module")
def test_kinesalite_confirms_what_it_cannot_read_itself(client, stream, sending, made):
    """Nothing in its answers tells, so the documentation does: no CBOR there."""
    with made() as producer:
        producer.send(b"x")
    assert producer.totals.delivered == 1
    assert sending.types == [CBOR]
    with pytest.raises(TypeError, match="not 'dict'"):
        read(client, stream, "delimiter")
