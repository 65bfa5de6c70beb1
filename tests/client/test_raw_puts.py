"""PutRecords past botocore's serializer and parser: the same answers, and nobody else's calls."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from kinesis_producer.client import connect, raw_puts
from kinesis_producer.client import connection as making
from kinesis_producer.config import ProducerConfig
from kinesis_producer.core.entries import Entry
from kinesis_producer.errors import ConfigError
from kinesis_producer.records import Accepted, Failure
from kinesis_producer.testing import LocalKinesis, faults

ENTRIES = [
    Entry(b"\x00\xff" * 10, "key", None),
    Entry(b"", "ü", "7"),
    Entry(b"x" * 1000, "é", None),
]
WIRE_FORMATS = pytest.mark.parametrize("wire_format", ["json", "cbor"])
TYPES = {"json": "application/x-amz-json-1.1", "cbor": "application/x-amz-cbor-1.1"}


@pytest.fixture
def kinesis():
    with LocalKinesis() as server:
        server.create_stream("s", shards=2)
        yield server


@contextmanager
def connection(kinesis, session, **given):
    made = connect(
        ProducerConfig(stream_name="s", endpoint_url=kinesis.endpoint_url, **given),
        session=session,
    )
    try:
        yield made
    finally:
        made.close()


def put(connected, entries=ENTRIES):
    return connected.put_records(connected.request([entries]))


def in_ledger(kinesis):
    return [(one.data, one.partition_key, one.explicit_hash_key) for one in kinesis.ledger("s")]


def sent_as(kinesis):
    return [one.media_type for one in kinesis.requests if one.operation == "PutRecords"]


@WIRE_FORMATS
def test_entries_arrive_as_they_are(kinesis, session, wire_format):
    """And each has an answer."""
    with connection(kinesis, session, wire_format=wire_format) as connected:
        answer = put(connected)
    assert sorted(in_ledger(kinesis)) == sorted(map(tuple, ENTRIES))
    assert [type(one) for one in answer] == [Accepted] * 3
    ledger = {one.sequence_number: one.shard_id for one in kinesis.ledger("s")}
    assert {one.sequence_number: one.shard_id for one in answer} == ledger
    assert sent_as(kinesis) == [TYPES[wire_format]]


@WIRE_FORMATS
def test_errors_are_read_as_botocore_reads_them(kinesis, session, wire_format):
    """Code, status and all; also those that came in CBOR."""
    with connection(kinesis, session, wire_format=wire_format) as connected:
        kinesis.faults.script(
            "PutRecords", faults.error("ResourceNotFoundException", "Stream s not found")
        )
        answer = put(connected)
    assert answer == Failure("ResourceNotFoundException", "Stream s not found", 400)
    assert sent_as(kinesis) == [TYPES[wire_format]]


@WIRE_FORMATS
@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (faults.body(b"\xff\xfe", status=400, committed=False), "400"),
        (faults.body(b"nonsense", status=400, committed=False), "400"),
        (faults.body(b"[]", status=400, committed=False), "400"),
        (faults.body(b"7", status=503, committed=False), "503"),
        (faults.body(b'{"__type":7}', status=400, committed=False), "400"),
        (faults.body(b"[" * 100_000, status=400, committed=False), "400"),
    ],
)
def test_what_botocores_parser_falls_over_is_an_answer(kinesis, session, wire_format, fault, code):
    """Not an interruption of the thread that sends."""
    with connection(kinesis, session, wire_format=wire_format) as connected:
        kinesis.faults.script("PutRecords", fault)
        assert put(connected).code == code


@pytest.mark.parametrize(
    "refusal",
    [
        faults.error("SerializationException", "", status=400),
        faults.error("UnknownOperationException", "", status=404),
        faults.error("UnsupportedMediaType", "", status=415),
    ],
)
def test_a_server_that_refuses_cbor_gets_json_for_good(kinesis, session, refusal, caplog):
    """At once: it has written nothing."""
    with connection(kinesis, session, wire_format="cbor") as connected:
        kinesis.faults.script("PutRecords", refusal)
        for _ in range(2):
            assert all(isinstance(one, Accepted) for one in put(connected))
    assert len(in_ledger(kinesis)) == 6
    assert sent_as(kinesis) == [TYPES["cbor"], TYPES["json"], TYPES["json"]]
    assert [one.levelno for one in caplog.records] == [logging.WARNING]


def test_a_stream_that_is_not_there_is_no_refusal_of_cbor(kinesis, session):
    """Though some servers say 404."""
    with connection(kinesis, session, wire_format="cbor") as connected:
        kinesis.faults.script(
            "PutRecords", faults.error("ResourceNotFoundException", "", status=404)
        )
        assert put(connected).code == "ResourceNotFoundException"
        put(connected)
    assert sent_as(kinesis) == [TYPES["cbor"]] * 2


def test_after_an_answer_that_cannot_be_read_json_is_sent(kinesis, session):
    """The records may have been written: whoever asked decides what becomes of them."""
    with connection(kinesis, session, wire_format="cbor") as connected:
        kinesis.faults.script("PutRecords", faults.html_page(committed=False))
        assert put(connected).code == "MalformedAnswer"
        put(connected)
    assert sent_as(kinesis) == [TYPES["cbor"], TYPES["json"]]


@WIRE_FORMATS
def test_calls_of_others_on_the_same_client_are_their_own(kinesis, session, wire_format):
    """Before, after, and in another thread while one of ours is on its way."""
    with connection(kinesis, session, wire_format=wire_format) as connected:
        client = connected.open()

        def theirs():
            records = [{"Data": b"theirs", "PartitionKey": "k"}]
            (told,) = client.put_records(StreamName="s", Records=records)["Records"]
            return told["SequenceNumber"]

        numbers = [theirs()]
        with ThreadPoolExecutor(2) as pool:
            kinesis.faults.script("PutRecords", faults.delay(0.3))
            ours = pool.submit(put, connected)
            time.sleep(0.1)
            numbers.append(pool.submit(theirs).result(10))
            assert [type(one) for one in ours.result(10)] == [Accepted] * 3
        numbers.append(theirs())
    assert all(numbers)
    assert len(in_ledger(kinesis)) == 6


def test_without_the_events_the_client_is_called_plainly(kinesis, session):
    """What was sent without entries has written nothing."""
    with connection(kinesis, session) as connected:
        events = connected.open().meta.events
        emit = events.emit_until_response
        events.emit_until_response = lambda name, **kwargs: (
            (None, None) if name.startswith("before-call") else emit(name, **kwargs)
        )
        for _ in range(2):
            assert [type(one) for one in put(connected)] == [Accepted] * 3
    assert len(in_ledger(kinesis)) == 6


def test_what_fails_before_the_events_says_nothing_of_them(kinesis, session):
    """Nor of the request of another thread: that was written, and is not sent again."""
    with connection(kinesis, session, wire_format="cbor") as connected:
        before = "before-parameter-build.kinesis.PutRecords"

        def fail(**_):
            raise MemoryError

        with ThreadPoolExecutor(1) as pool:
            kinesis.faults.script("PutRecords", faults.delay(0.5))
            other = pool.submit(put, connected)
            assert kinesis.wait_for("PutRecords", count=1, timeout=10)
            events = connected.open().meta.events
            events.register(before, fail)
            with pytest.raises(MemoryError):
                put(connected)
            events.unregister(before, fail)
            assert [type(one) for one in other.result(10)] == [Accepted] * 3
        put(connected)
    assert len(in_ledger(kinesis)) == 6
    assert sent_as(kinesis) == [TYPES["cbor"]] * 2


def test_a_client_of_somebody_elses_is_called_plainly(kinesis, session, caplog):
    """It may check what it is given; CBOR is not to be had by it."""
    client = session.client("kinesis", endpoint_url=kinesis.endpoint_url)
    config = ProducerConfig(stream_name="s", wire_format="cbor")
    connected = connect(config, client=client)
    assert [type(one) for one in put(connected)] == [Accepted] * 3
    assert sent_as(kinesis) == [TYPES["json"]]
    assert any("give a session" in one.message for one in caplog.records)
    connected.close()
    client.close()


def test_a_refused_request_raises_nothing(kinesis, session):
    """It is an answer."""
    with connection(kinesis, session) as connected:
        answer = put(connected, [])
    assert isinstance(answer, Failure)


@pytest.mark.parametrize("told", [{}, {"ResponseMetadata": {"HTTPStatusCode": 400}}])
def test_what_another_service_says_on_the_way_says_nothing_of_the_events(kinesis, session, told):
    """As one does that is asked for credentials."""
    said: Any = {"Error": {"Code": "ExpiredToken", "Message": ""}, **told}
    error = ClientError(said, "AssumeRole")
    with connection(kinesis, session, wire_format="cbor") as connected:

        def fail(**_):
            raise error

        events = connected.open().meta.events
        events.register("before-parameter-build.kinesis.PutRecords", fail)
        assert put(connected).code == "ExpiredToken"
        events.unregister("before-parameter-build.kinesis.PutRecords", fail)
        put(connected)
    assert sent_as(kinesis) == [TYPES["cbor"]]


def test_a_request_for_which_there_was_no_client_is_not_sent(kinesis, session, monkeypatch):
    """Though there may be one a moment later, as in a child after a fork."""
    with connection(kinesis, session) as parent:
        child = parent.after_fork()
        with monkeypatch.context() as patch:

            def fail(*_):
                raise ConfigError("too many open files")

            patch.setattr(making, "make_client", fail)
            request = child.request([ENTRIES])
        assert child.put_records(request) == Failure("Misconfigured", "too many open files")
        assert len(put(child)) == 3
        child.close()
    assert len(in_ledger(kinesis)) == 3


def test_memory_that_somebody_looks_at_is_left_to_them(kinesis, session):
    """The frames of an error that is kept, say: the next request is made elsewhere."""
    with connection(kinesis, session) as connected:
        request = connected.request([ENTRIES])
        with memoryview(request.body) as view:
            before = bytes(view)
            assert len(put(connected, [Entry(b"other", "k", None)])) == 1
            assert view == before
        assert len(connected.put_records(request)) == 3
    assert [data for data, *_ in in_ledger(kinesis)] == [b"other", *(one.data for one in ENTRIES)]


def test_a_thread_that_rests_keeps_no_memory(kinesis, session):
    """Of a request of five megabytes, say."""
    with connection(kinesis, session) as connected:
        request = connected.request([[Entry(b"x" * 300_000, "k", None)]])
        assert connected.request([ENTRIES]).body is request.body
        connected.rest()
        assert connected.request([ENTRIES]).body is not request.body


def test_who_looks_at_requests_before_they_are_sent_gets_bytes_to_keep(kinesis, session):
    """As moto does: it takes nothing else."""
    kept = []

    def look(request, **_):
        kept.append(request.body)

    with connection(kinesis, session) as connected:
        events = connected.open().meta.events
        put(connected)
        events.register("before-send", look)
        for entry in ENTRIES:
            put(connected, [entry])
        events.unregister("before-send", look)
        put(connected)
    assert [type(body) for body in kept] == [bytes] * len(ENTRIES)
    assert len(set(kept)) == len(ENTRIES)


def test_where_botocore_does_not_tell_who_looks_bodies_are_copied(kinesis, session):
    """Its insides may change."""
    with connection(kinesis, session) as connected:
        assert raw_puts._sees_alone(connected.open().meta.events)
        assert not raw_puts._sees_alone(object())
