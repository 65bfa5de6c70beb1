"""JSON or CBOR: the same records, on the local Kinesis and on servers of other people."""

from __future__ import annotations

import time

import pytest

from kinesis_producer import KinesisConsumer
from kinesis_producer.testing import LocalKinesis
from tests.emulators.named import SERVERS, running

FORMATS = pytest.mark.parametrize("wire_format", ["json", "cbor"])
LINES = [b"\x00\xff", b"", "ü".encode(), b"x" * 100_000, *(b"%d" % number for number in range(300))]


@pytest.fixture(
    scope="module",
    params=["local", *(pytest.param(name, marks=pytest.mark.real_server) for name in SERVERS)],
)
def endpoint(request):
    if request.param == "local":
        with LocalKinesis() as kinesis:
            yield kinesis.endpoint_url
        return
    with running(request.param) as url:
        yield url


@pytest.fixture(scope="module")
def stream(endpoint, session):
    """One shard with the lines in it."""
    client = session.client("kinesis", endpoint_url=endpoint)
    client.create_stream(StreamName="lines", ShardCount=1)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        told = client.describe_stream_summary(StreamName="lines")["StreamDescriptionSummary"]
        if told["StreamStatus"] == "ACTIVE":
            break
        time.sleep(0.05)
    entries = [{"Data": line, "PartitionKey": f"é{number}"} for number, line in enumerate(LINES)]
    answer = client.put_records(StreamName="lines", Records=entries)
    assert not answer["FailedRecordCount"]
    client.close()
    return "lines"


@FORMATS
def test_records_are_the_same(endpoint, stream, session, wire_format):
    """Bytes, keys, numbers, and times that are of now."""
    config = {
        "stream_name": stream,
        "endpoint_url": endpoint,
        "aggregation": "none",
        "idle_time": 0.2,
        "wire_format": wire_format,
    }
    with KinesisConsumer(config, session=session) as consumer:
        got = []
        while len(got) < len(LINES) and (found := consumer.poll(10.0)):
            got += found
    assert [one.data for one in got] == LINES
    assert [one.partition_key for one in got] == [f"é{number}" for number in range(len(LINES))]
    assert len({one.sequence_number for one in got}) == len(LINES)
    assert all(abs(one.arrived_at - time.time()) < 600 for one in got)
