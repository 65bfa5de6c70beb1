"""The request log."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer.testing import LocalKinesis, RequestLog, faults
from kinesis_producer.testing.messages import Request
from kinesis_producer.testing.requestlog import MAX_REMEMBERED, RequestBook
from tests.testing.clients import code_of, post

if TYPE_CHECKING:
    from tests.testing.clock import Clock


def request_of(operation: str, **parameters: object) -> Request:
    return Request(operation, parameters, 1.0, threading.Event())


def test_a_put_is_logged(kinesis: LocalKinesis, client: Any, clock: Clock) -> None:
    """A PutRecords is logged with stream, entries, bytes of data and keys, status and time."""
    kinesis.create_stream("orders")
    clock.advance(1.5)
    records = [{"Data": b"12345", "PartitionKey": "é"}, {"Data": b"", "PartitionKey": "k"}]
    client.put_records(StreamName="orders", Records=records)
    assert kinesis.requests == [
        RequestLog(
            operation="PutRecords",
            stream_name="orders",
            records=2,
            size=8,
            status=200,
            error=None,
            arrived_at=1_700_000_001.5,
        )
    ]


def test_an_error_is_logged(client: Any, kinesis: LocalKinesis) -> None:
    """A refused request is logged with status and code."""
    code_of(client.put_record, StreamName="nowhere", Data=b"x", PartitionKey="k")
    (log,) = kinesis.requests
    assert (log.operation, log.records, log.size) == ("PutRecord", 1, 2)
    assert (log.status, log.error) == (400, "ResourceNotFoundException")


def test_a_request_by_arn_is_logged_with_its_stream(client: Any, kinesis: LocalKinesis) -> None:
    """A stream that is meant by its ARN is logged by its name."""
    arn = "arn:aws:kinesis:us-east-1:000000000000:stream/orders"
    code_of(client.describe_stream, StreamARN=arn)
    code_of(client.list_streams)
    assert [log.stream_name for log in kinesis.requests] == ["orders", None]


def test_requests_are_counted(client: Any, kinesis: LocalKinesis) -> None:
    """Requests are counted by operation, and by stream where one is asked for."""
    kinesis.create_stream("orders")
    for name in ("orders", "orders", "other"):
        code_of(client.describe_stream, StreamName=name)
    assert kinesis.count("DescribeStream") == 3
    assert kinesis.count("DescribeStream", stream="orders") == 2
    assert kinesis.count("DescribeStream", "other") == 1
    assert kinesis.count("ListStreams") == 0


def test_a_request_has_arrived_before_it_is_answered(kinesis: LocalKinesis) -> None:
    """A request that meets a fault is in the log, without a status, while it is held."""
    seen: list[tuple[int, int]] = []

    def fault(request: Request, proceed: faults.Proceed) -> faults.Response:
        seen.append((kinesis.count("ListStreams"), kinesis.requests[0].status))
        return proceed()

    kinesis.faults.script("ListStreams", fault)
    post(kinesis, "ListStreams", "{}")
    assert seen == [(1, 0)]
    assert kinesis.requests[0].status == 200


def test_waiting_ends_when_the_requests_are_there(kinesis: LocalKinesis) -> None:
    """wait_for says yes as soon as as many requests have arrived."""
    post(kinesis, "ListStreams", "{}")
    assert kinesis.wait_for("ListStreams", timeout=0)


def test_waiting_ends_when_time_runs_out(kinesis: LocalKinesis) -> None:
    """wait_for says no when its timeout is over."""
    assert not kinesis.wait_for("ListStreams", count=1, stream="orders", timeout=0.01)


def test_waiting_is_woken_by_an_arrival() -> None:
    """wait_for sleeps until the request comes."""
    book = RequestBook()
    timer = threading.Timer(0.01, book.arrived, [request_of("PutRecords")])
    timer.start()
    assert book.wait_for("PutRecords", count=1, stream=None, timeout=30)
    timer.join(timeout=30)


def test_the_log_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the last requests are remembered one by one, but all are counted."""
    assert MAX_REMEMBERED == 100_000
    monkeypatch.setattr("kinesis_producer.testing.requestlog.MAX_REMEMBERED", 3)
    book = RequestBook()
    numbers = [book.arrived(request_of("PutRecords", StreamName=str(n))) for n in range(5)]
    book.answered(numbers[0], status=200, error=None)
    book.answered(numbers[4], status=200, error=None)
    assert [(log.stream_name, log.status) for log in book.logs()] == [
        ("2", 0),
        ("3", 0),
        ("4", 200),
    ]
    assert book.count("PutRecords") == 5


@pytest.mark.parametrize(
    ("parameters", "extent"),
    [
        ({}, (0, 0)),
        ({"Records": "no list"}, (0, 0)),
        ({"Records": [None, {"Data": 1, "PartitionKey": 2}]}, (2, 0)),
        ({"Data": "YWJj", "PartitionKey": "\ud800"}, (1, 4)),
    ],
)
def test_what_is_malformed_counts_nothing(
    parameters: dict[str, object], extent: tuple[int, int]
) -> None:
    """The log measures requests that were not validated, whatever they hold."""
    book = RequestBook()
    book.arrived(request_of("PutRecords", **parameters))
    (log,) = book.logs()
    assert (log.records, log.size) == extent


def test_a_stream_name_of_another_type_is_none() -> None:
    """A stream that is named by something else than text has no name in the log."""
    assert request_of("PutRecords", StreamName=7).stream_name is None
    assert request_of("PutRecords", StreamARN=7).stream_name is None
