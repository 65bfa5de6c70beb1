"""A service that is gone: what trying costs, and how long anybody waits."""

from __future__ import annotations

import time

import pytest

from kinesis_producer import NotWritten, Totals, UndeliveredRecords
from kinesis_producer.testing import faults
from tests.conftest import STREAM
from tests.producer.conftest import lines

OUTAGE = 5.0

FAILURES = {
    "server error": faults.server_error(committed=False),
    "throttled": faults.throttled(),
    "reset": faults.disconnect(committed=False),
}


def test_one_record_costs_few_requests_while_the_service_fails(make, kinesis):
    """Each pause is twice the last; when the service is back, the record is delivered."""
    kinesis.faults.always("PutRecords", FAILURES["server error"])
    producer = make()
    delivery = producer.send(b"x")
    time.sleep(OUTAGE)
    assert 4 <= kinesis.count("PutRecords") < 10
    kinesis.faults.clear()
    assert delivery.result(15).attempts == kinesis.count("PutRecords")
    assert lines(kinesis) == [b"x"]


def test_a_program_that_goes_on_sending_asks_no_more_often(make, kinesis):
    """All requests wait together, each record being an aggregate of its own."""
    kinesis.faults.always("PutRecords", FAILURES["server error"])
    producer = make(buffer_size_limit=0)
    until = time.monotonic() + OUTAGE
    sent = 0
    while time.monotonic() < until:
        producer.send(b"x")
        sent += 1
        time.sleep(0.01)
    assert kinesis.count("PutRecords") < 10 * producer.config.kinesis_concurrency
    kinesis.faults.clear()
    assert producer.join(30).delivered == sent > 100


@pytest.mark.parametrize("name", [*FAILURES, "hang"])
def test_join_returns_within_its_bound_though_the_outage_does_not_end(make, kinesis, name):
    """Every record has its outcome by then, and whoever joins is told."""
    kinesis.faults.always("PutRecords", FAILURES.get(name, faults.hang()))
    producer = make(delivery_timeout=2.0, request_timeout=1.0)
    producer.send_many([b"x" * 1000] * 1000)
    begun = time.monotonic()
    with pytest.raises(UndeliveredRecords, match="1000 of 1000"):
        producer.join()
    assert time.monotonic() - begun < 2.0 + 1.0 + 1.0
    assert producer.totals.pending == 0


def test_a_stream_that_is_deleted_fails_the_producer(make, kinesis, session):
    """In less than 10 seconds, after few requests; what was delivered before stays delivered."""
    producer = make(kinesis_concurrency=4)
    producer.send(b"before").result(10)
    producer.flush()
    session.client("kinesis", **kinesis.client_options).delete_stream(StreamName=STREAM)
    begun, before = time.monotonic(), kinesis.count("PutRecords")
    deliveries = [producer.send(b"x" * 90_000) for _ in range(100)]
    with pytest.raises(NotWritten, match="ResourceNotFoundException"):
        deliveries[0].result()
    with pytest.raises(UndeliveredRecords, match="ResourceNotFoundException"):
        producer.join()
    assert producer.totals == Totals(received=101, delivered=1, not_written=100)
    assert time.monotonic() - begun < 10
    assert kinesis.count("PutRecords") - before <= 4 + 4
