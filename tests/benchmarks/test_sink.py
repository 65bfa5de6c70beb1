"""What the sink of the benchmark counts: what was sent, exactly, in whatever way it was."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import time
from hashlib import md5
from typing import Any

import boto3
import pytest
from aws_kinesis_agg.aggregator import RecordAggregator

from benchmarks.peers.job import LOG, SIZES, records
from kinesis_producer import KinesisProducer
from kinesis_producer.core import cbor
from kinesis_producer.core.bodies import wire_format
from kinesis_producer.core.entries import Entry
from kinesis_producer.core.formats.packed import packed

COUNT = 3000


def client_of(sink):
    return boto3.client(
        "kinesis",
        endpoint_url=sink.tls,
        verify=str(sink.authority),
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def put(sink, body, content_type, operation="PutRecords"):
    """A request as it is, with no library between."""
    context = ssl.create_default_context(cafile=str(sink.authority))
    connection = http.client.HTTPSConnection(sink.tls.removeprefix("https://"), context=context)
    headers = {"X-Amz-Target": f"Kinesis_20131202.{operation}", "Content-Type": content_type}
    connection.request("POST", "/", body, headers)
    answer = connection.getresponse()
    told = answer.read()
    connection.close()
    return answer.status, answer.headers["Content-Type"], told


def put_data(sink, *blobs, form="json"):
    entries = [Entry(blob, f"key-{number}", None) for number, blob in enumerate(blobs)]
    wire = wire_format(form)
    body = wire.body({"StreamName": "orders"}, [entries], bytearray())
    return put(sink, bytes(body), wire.content_type)


@pytest.mark.parametrize("form", ["json", "cbor"])
@pytest.mark.parametrize("aggregation", ["delimiter", "none", "msgpack", "kpl"])
def test_each_record_is_counted_once(counting, aggregation, form, monkeypatch):
    """In every format, over both wires, with keys and without."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    config = {
        "stream_name": "orders",
        "aws_region": "us-east-1",
        "endpoint_url": counting.tls,
        "verify": str(counting.authority),
        "aggregation": aggregation,
        "wire_format": form,
    }
    with KinesisProducer(config) as producer:
        for number, record in enumerate(records("100 B", COUNT)):
            key = None if number % 3 else str(number % 11)
            hashed = None if number % 21 else str(number % 11 << 124)
            producer.send(record, partition_key=key, explicit_hash_key=hashed)
    stats = counting.stats()
    assert stats.fault(COUNT) == ""
    assert (stats.records, stats.id_sum) == (COUNT, COUNT * (COUNT - 1) // 2)


@pytest.mark.parametrize("load", [*SIZES, LOG])
def test_every_load_has_its_numbers(counting, load):
    """Those of one size are of that size; the log is JSON."""
    found = records(load, 50)
    put_data(counting, b"\n".join(found))
    assert counting.stats().fault(50) == ""
    if load in SIZES:
        assert {len(record) for record in found} == {SIZES[load]}
    else:
        assert json.loads(found[7])["id"] == 7


@pytest.mark.parametrize("form", ["json", "cbor"])
def test_a_record_that_is_missing_is_found(counting, form):
    """And which kind of fault it is."""
    found = records("100 B", 100)
    put_data(counting, *found[:40], *found[41:], form=form)
    assert counting.stats().fault(100) == "1 missing"


@pytest.mark.parametrize("form", ["json", "cbor"])
def test_a_record_that_came_twice_is_found(counting, form):
    """In the same aggregate, or in another; also where another one is missing."""
    found = records("100 B", 100)
    put_data(counting, b"\n".join(found + found[5:6]), form=form)
    assert counting.stats().fault(100) == "1 doubled"
    put_data(counting, found[7], form=form)
    assert counting.stats().fault(100) == "2 doubled"
    assert counting.stats().fault(101) == "1 missing, 2 doubled"


def test_ids_that_were_not_sent_are_found(counting):
    """Although count and number of ids are right."""
    put_data(counting, b"0 ", b"2 ")
    assert counting.stats().fault(2) == "other ids than were sent"


def test_aggregates_by_others_are_taken_apart(counting):
    """Of aws_kinesis_agg, with several keys in one; and ours, with several."""
    aggregator = RecordAggregator()
    found = records("1 KB", 200)
    for number, record in enumerate(found[:100]):
        aggregator.add_user_record(f"key-{number % 5}", record, str(number % 3 << 100))
    _, _, data = aggregator.clear_and_get().get_contents()
    pairs = [(record, f"key-{number % 300}", None) for number, record in enumerate(found[100:])]
    put_data(counting, data, packed(pairs))
    assert counting.stats().fault(200) == ""


def test_aggregates_that_are_cut_off_are_told(counting):
    """They are corrupt, and not simply short."""
    whole = packed([(record, None, None) for record in records("100 B", 10)])
    put_data(counting, whole[:-1], b"\xf3\x89\x9a\xc2\x1a\x7f" + bytes(20))
    assert counting.stats().corrupt == 2


def test_base64_of_every_length_and_byte(counting):
    """Each length has its own end, and sixteen characters at a time have every value."""
    every = bytes(range(256))
    blobs = [b"%d " % size + every.replace(b"\n", b"")[:size] for size in range(250)]
    blobs[60] = b"60 " + bytes(reversed(every)).replace(b"\n", b"")
    put_data(counting, *blobs)
    assert counting.stats().fault(250) == ""


@pytest.mark.parametrize("wrong", ["AAA", "AA=A", "A" * 40 + "!" + "A" * 39, "A" * 40 + "===="])
def test_what_is_no_base64_is_refused(counting, wrong):
    """Nothing of the request counts."""
    body = json.dumps({"Records": [{"Data": wrong, "PartitionKey": "a"}]}).encode()
    status, _, told = put(counting, body, "application/x-amz-json-1.1")
    assert status == 400
    assert json.loads(told)["__type"] == "SerializationException"
    assert counting.stats().requests == 0


def test_json_as_others_write_it(counting):
    """Spaces, another order, escapes, members that do not matter."""
    data = base64.b64encode(b"0 ???>>>").decode().replace("/", "\\/")
    text = r"""
    {"StreamName" : "o\"", "Records": [ {"PartitionKey":"\u00e9\ud83d\ude00\n", "Data" :"%s"} ],
     "StreamARN":null}"""
    status, _, told = put(counting, (text % data).encode(), "application/x-amz-json-1.1")
    assert status == 200
    plain = {"Data": b"1 ", "PartitionKey": "\u00e9\U0001f600\n"}
    answer = client_of(counting).put_records(StreamName="orders", Records=[plain])
    assert json.loads(told)["Records"][0]["ShardId"] == answer["Records"][0]["ShardId"]
    assert counting.stats().fault(2) == ""


def test_cbor_in_pieces(counting):
    """Strings, arrays and maps of which nobody said how long they are."""
    pieces = b"\x5f\x421 \x43abc\xff"
    record = b"\xbf\x64Data" + pieces + b"\x6cPartitionKey\x7f\x61k\x61y\xff\xff"
    body = b"\xbf\x67Records\x9f" + record + b"\xff\x6aStreamName\x66orders\xff"
    status, kind, told = put(counting, body, "application/x-amz-cbor-1.1")
    assert (status, kind) == (200, "application/x-amz-cbor-1.1")
    answer: Any = cbor.loads(told)
    assert answer["FailedRecordCount"] == 0
    assert answer["Records"][0]["ShardId"].startswith("shardId-")
    assert (counting.stats().records, counting.stats().id_sum) == (1, 1)


def test_answers_are_those_of_the_service(counting):
    """As many as there are records; each with its own number, and the shard of its hash key."""
    client = client_of(counting)
    shards = client.list_shards(StreamName="orders")["Shards"]
    middles = [
        (int(shard["HashKeyRange"]["StartingHashKey"]), int(shard["HashKeyRange"]["EndingHashKey"]))
        for shard in shards
    ]
    entries = [
        {"Data": b"%d " % number, "PartitionKey": "a", "ExplicitHashKey": str(edge)}
        for number, edge in enumerate(edge for pair in middles for edge in pair)
    ]
    results = client.put_records(StreamName="orders", Records=entries)["Records"]
    assert [result["ShardId"] for result in results[::2]] == [shard["ShardId"] for shard in shards]
    assert [result["ShardId"] for result in results[1::2]] == [one["ShardId"] for one in shards]
    assert len({result["SequenceNumber"] for result in results}) == len(entries)
    assert middles[0][0] == 0
    assert middles[-1][1] == 2**128 - 1
    single = client.put_record(StreamName="orders", Data=b"14 ", PartitionKey="a")
    assert single["ShardId"] in {shard["ShardId"] for shard in shards}
    assert counting.stats().fault(15) == ""


def test_a_partition_key_leads_where_its_md5_lies(counting):
    """Else our producer would take the stream for one that was resharded."""
    client = client_of(counting)
    shards = client.list_shards(StreamName="orders")["Shards"]
    for key in ("a", "orders", "k\u00e9y", "x" * 256):
        answer = client.put_record(StreamName="orders", Data=b"0 ", PartitionKey=key)
        hashed = int.from_bytes(md5(key.encode(), usedforsecurity=False).digest())
        lower = [s for s in shards if int(s["HashKeyRange"]["StartingHashKey"]) <= hashed]
        assert answer["ShardId"] == lower[-1]["ShardId"]


def test_times_on_the_way(counting):
    """Half of the records took no longer than the one, 99 % no longer than the other."""
    counting.reset(times=True)
    now = time.monotonic_ns()
    put_data(counting, *(b"%d x" % (now - late * 10**9) for late in range(100)))
    stats = counting.stats()
    assert stats.times == 100
    assert 50 <= stats.p50 < 51
    assert 99 <= stats.p99 < 100


def test_answers_can_wait(counting):
    """Each in its connection."""
    counting.delay(0.05)
    begun = time.monotonic()
    put_data(counting, b"0 ")
    assert time.monotonic() - begun >= 0.05


def test_pages_are_given_back(counting):
    """With their type, for whoever measures reading."""
    counting.page(b"\xa1\x67Records\x80", "application/x-amz-cbor-1.1")
    told = put(counting, b"{}", "application/x-amz-json-1.1", "GetRecords")
    assert told == (200, "application/x-amz-cbor-1.1", b"\xa1\x67Records\x80")
    assert client_of(counting).get_shard_iterator(
        StreamName="orders", ShardId="shardId-000000000000", ShardIteratorType="LATEST"
    )["ShardIterator"]
