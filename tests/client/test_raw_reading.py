"""GetRecords past botocore's parser: the same pages, the same errors, and nobody else disturbed."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest
from botocore.config import Config
from botocore.stub import ANY, Stubber

from kinesis_producer.client.raw_reading import RawReading
from kinesis_producer.client.reading import StreamReader
from kinesis_producer.core.positions import TRIM_HORIZON
from kinesis_producer.core.reading.answers import MalformedAnswer
from kinesis_producer.core.reading.pages import Page, Point, ReadFailed
from kinesis_producer.testing import faults
from tests.conftest import STREAM

CBOR = "application/x-amz-cbor-1.1"
JSON = "application/x-amz-json-1.1"
SHARD = "shardId-000000000000"
KEYS = {"PartitionKey": "k", "ExplicitHashKey": "0"}
FORMATS = pytest.mark.parametrize("wire_format", ["json", "cbor"])


@pytest.fixture
def client(kinesis, session):
    once = Config(retries={"total_max_attempts": 1, "mode": "standard"})
    made = session.client("kinesis", endpoint_url=kinesis.endpoint_url, config=once)
    yield made
    made.close()


@pytest.fixture
def put(client):
    """Puts lines into the first shard."""

    def write(*lines):
        for line in lines:
            client.put_record(StreamName=STREAM, Data=line, **KEYS)

    return write


def reader(client, wire_format="json", **stream):
    return StreamReader(
        client, stream or {"StreamName": STREAM}, give_up_after=1.0, wire_format=wire_format
    )


def first_page(reading, limit=100):
    return reading.page(reading.iterator(SHARD, Point(TRIM_HORIZON)), limit)


def asked_in(kinesis):
    return [log.media_type for log in kinesis.requests if log.operation == "GetRecords"]


def without_cbor(refuse):
    """A service that does not know it."""

    def fault(request, proceed):
        return refuse(request, proceed) if request.media_type == CBOR else proceed()

    return fault


@FORMATS
def test_a_page_is_what_botocore_has(client, put, kinesis, wire_format):
    """Numbers, bytes, keys and times; whichever way it goes over the wire."""
    put(b"\x00\xff", b"", b"line\n")
    page = first_page(reader(client, wire_format))
    told = client.get_records(
        ShardIterator=reader(client).iterator(SHARD, Point(TRIM_HORIZON)), Limit=100
    )
    assert [
        (str(one.sequence_number), one.data, one.partition_key, one.arrived_at)
        for one in page.records
    ] == [
        (
            one["SequenceNumber"],
            one["Data"],
            one["PartitionKey"],
            one["ApproximateArrivalTimestamp"].timestamp(),
        )
        for one in told["Records"]
    ]
    assert page.size == 7 + 3
    assert page.iterator
    assert not page.ended
    assert asked_in(kinesis) == [CBOR if wire_format == "cbor" else JSON, JSON]


@FORMATS
def test_the_end_of_a_shard(client, kinesis, wire_format):
    """Its children are named."""
    kinesis.split_shard(STREAM, shard_id=SHARD)
    page = first_page(reader(client, wire_format))
    assert (page.ended, page.iterator) == (True, None)
    assert [child.parents for child in page.children] == [(SHARD,), (SHARD,)]


@FORMATS
def test_a_stream_is_named_by_its_arn_as_well(client, put, kinesis, wire_format):
    """Then in every request."""
    put(b"x")
    described = client.describe_stream_summary(StreamName=STREAM)["StreamDescriptionSummary"]
    reading = reader(client, wire_format, StreamARN=described["StreamARN"])
    assert [one.data for one in first_page(reading).records] == [b"x"]


@FORMATS
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (faults.error("ExpiredIteratorException", "Iterator expired"), "ExpiredIteratorException"),
        (faults.error("ProvisionedThroughputExceededException", "Rate"), "ProvisionedThroughput"),
        (faults.access_denied(), "AccessDeniedException"),
        (faults.server_error(), "500"),
        (faults.server_error(html=False), "InternalFailure"),
        (faults.disconnect(committed=True), "NoAnswer"),
        (faults.body(b"\xff\xfe", status=400, committed=False), "400"),
        (faults.body(b"nonsense", status=400, committed=False), "400"),
        (faults.body(b"[]", status=400, committed=False), "400"),
        (faults.body(b"7", status=503, committed=False), "503"),
        (faults.body(b'{"__type":7}', status=400, committed=False), "400"),
        (faults.body(b"[" * 100_000, status=400, committed=False), "400"),
    ],
)
def test_errors_are_botocores(client, kinesis, wire_format, fault, code):
    """Read as they always were."""
    reading = reader(client, wire_format)
    kinesis.faults.script("GetRecords", *[fault] * 2)
    with pytest.raises(ReadFailed) as raised:
        first_page(reading)
    assert raised.value.failure.code.startswith(code)


@FORMATS
@pytest.mark.parametrize(
    "fault",
    [
        faults.empty_body(committed=True),
        faults.half_body(committed=True),
        faults.html_page(committed=True),
        faults.body(b"[]", committed=True),
        faults.body(b'{"Records":7,"NextShardIterator":"n"}', committed=True),
        faults.body(b'{"Records":[7],"NextShardIterator":"n"}', committed=True),
        faults.body(b"\xff\xfe", committed=True),
        faults.body(b"\x9f" * 10_000, committed=True),
    ],
)
def test_what_is_no_page_is_a_failed_call(client, put, kinesis, wire_format, fault):
    """It may be repeated: nothing of it was read."""
    put(b"x")
    reading = reader(client, wire_format)
    kinesis.faults.script("GetRecords", *[fault] * 2)
    with pytest.raises(ReadFailed) as raised:
        first_page(reading)
    assert raised.value.failure.code == "MalformedAnswer"
    assert isinstance(raised.value.__cause__, MalformedAnswer)
    kinesis.faults.clear()
    assert [one.data for one in first_page(reading).records] == [b"x"]


@FORMATS
def test_a_page_that_was_cut_short_is_a_failed_call(client, put, kinesis, wire_format):
    """Whether botocore says so itself, as older ones do, or hands on what there is."""
    put(b"x")
    kinesis.faults.script("GetRecords", *[faults.cut_short(committed=True)] * 2)
    with pytest.raises(ReadFailed) as raised:
        first_page(reader(client, wire_format))
    assert raised.value.failure.code in {"MalformedAnswer", "NoAnswer"}


@pytest.mark.parametrize(
    "refuse",
    [
        faults.error("SerializationException"),
        faults.error("UnknownOperationException"),
        faults.error("Nonsense", status=404),
        faults.error("Nonsense", status=415),
        faults.body(b"<html>", status=415, committed=False),
        faults.body(b"nonsense", committed=False),
    ],
)
def test_what_does_not_know_cbor_is_asked_in_json_for_good(client, put, kinesis, refuse, caplog):
    """At once, and it is said once."""
    put(b"x")
    kinesis.faults.always("GetRecords", without_cbor(refuse))
    reading = reader(client, "cbor")
    with caplog.at_level(logging.WARNING, "kinesis_producer"):
        for _ in range(3):
            assert [one.data for one in first_page(reading).records] == [b"x"]
    assert asked_in(kinesis) == [CBOR, JSON, JSON, JSON]
    assert len(caplog.messages) == 1


def test_a_passing_failure_does_not_end_cbor(client, put, kinesis):
    """Throttling says nothing of what is understood."""
    put(b"x")
    reading = reader(client, "cbor")
    kinesis.faults.script("GetRecords", faults.error("ProvisionedThroughputExceededException"))
    with pytest.raises(ReadFailed):
        first_page(reading)
    first_page(reading)
    assert asked_in(kinesis) == [CBOR, CBOR]


def test_an_answer_in_json_is_read_whatever_was_asked(client, put, kinesis):
    """Some services answer so, now and then: the request was understood."""
    put(b"x")

    def in_json(_request, proceed):
        return replace(proceed(), content_type="application/json")

    reading = reader(client, "cbor")
    kinesis.faults.script("GetRecords", in_json)
    assert [one.data for one in first_page(reading).records] == [b"x"]
    first_page(reading)
    assert asked_in(kinesis) == [CBOR, CBOR]


def test_other_callers_of_the_client_see_nothing(client, put):
    """While pages are read in one thread, another gets what botocore has always given it."""
    put(b"x")
    readers = [reader(client, wire_format) for wire_format in ("json", "cbor", "json")]
    iterator = readers[0].iterator(SHARD, Point(TRIM_HORIZON))
    over = threading.Event()

    def read():
        while not over.is_set():
            for one in readers:
                assert len(one.page(iterator, 10).records) == 1

    thread = threading.Thread(target=read)
    thread.start()
    try:
        told = [client.get_records(ShardIterator=iterator, Limit=10) for _ in range(30)]
    finally:
        over.set()
        thread.join()
    metadata = "ResponseMetadata"
    wanted = {"Records", "NextShardIterator", "MillisBehindLatest", metadata}
    assert all(set(one) == wanted for one in told)
    assert all(one["Records"][0]["Data"] == b"x" for one in told)
    assert all(one[metadata]["HTTPHeaders"]["content-type"] == JSON for one in told)


def test_handlers_are_added_once(session):
    """However many consumers a client is given to."""
    registered = {}
    events = SimpleNamespace(
        register=lambda name, _, unique_id: registered.setdefault(unique_id, name)
    )
    for _ in range(3):
        RawReading(SimpleNamespace(meta=SimpleNamespace(events=events)), "json")
    assert sorted(registered.values()) == [
        "before-call.kinesis.GetRecords",
        "before-parse.kinesis.GetRecords",
    ]


@FORMATS
def test_a_client_without_events_is_read_as_botocore_reads(client, put, wire_format):
    """Whatever somebody made it of."""
    put(b"x")
    plain = SimpleNamespace(
        get_records=client.get_records, get_shard_iterator=client.get_shard_iterator
    )
    page = first_page(reader(plain, wire_format))
    assert isinstance(page, Page)
    assert [one.data for one in page.records] == [b"x"]


@FORMATS
def test_a_client_whose_answers_are_made_up_is_read_too(session, kinesis, wire_format):
    """The stub of botocore never comes to the parser; and what it makes up may be no page."""
    client = session.client("kinesis", endpoint_url=kinesis.endpoint_url)
    stub = Stubber(client)
    asked = {"ShardIterator": "i", "Limit": ANY}
    stub.add_response("get_records", {"Records": [], "NextShardIterator": "n"}, asked)
    with stub:
        assert reader(client, wire_format).page("i", 10).iterator == "n"
    client.close()
    none = SimpleNamespace(get_records=lambda **_: {"ResponseMetadata": {}})
    with pytest.raises(ReadFailed):
        reader(none, wire_format).page("i", 10)
