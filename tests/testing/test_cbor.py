"""The local Kinesis in CBOR: what it says in JSON, with bytes as they are."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer.core.cbor import loads
from kinesis_producer.core.cbor_writing import dumps
from kinesis_producer.testing import faults
from tests.testing.clients import drain

if TYPE_CHECKING:
    from kinesis_producer.testing import LocalKinesis
    from kinesis_producer.testing.messages import Proceed, Request, Response

CBOR = "application/x-amz-cbor-1.1"
SHARD = "shardId-000000000000"
START = {"StreamName": "orders", "ShardId": SHARD, "ShardIteratorType": "TRIM_HORIZON"}


@pytest.fixture(autouse=True)
def _orders(kinesis: LocalKinesis) -> None:
    kinesis.create_stream("orders")


def ask(kinesis: LocalKinesis, operation: str, asked: Any) -> tuple[int, str, bytes]:
    """Status, media type and body of the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", kinesis.port, timeout=10)
    target = {"X-Amz-Target": f"Kinesis_20131202.{operation}", "Authorization": "x"}
    body = asked if isinstance(asked, bytes) else dumps(asked)
    connection.request("POST", "/", body, {"Content-Type": CBOR, **target})
    answer = connection.getresponse()
    status, media_type, read = answer.status, answer.getheader("Content-Type", ""), answer.read()
    connection.close()
    return status, media_type, read


def answer(kinesis: LocalKinesis, operation: str, asked: Any) -> Any:
    """What it says."""
    status, media_type, body = ask(kinesis, operation, asked)
    assert media_type == CBOR
    return {"status": status, **loads(body)} if status != 200 else loads(body)  # type: ignore[dict-item]


def test_what_is_put_in_cbor_can_be_read_in_both(kinesis: LocalKinesis, client: Any) -> None:
    """Data is bytes, times are milliseconds."""
    entry = {"Data": b"\x00\xff", "PartitionKey": "k"}
    told = answer(kinesis, "PutRecords", {"StreamName": "orders", "Records": [entry]})
    (put,) = told["Records"]
    assert told["FailedRecordCount"] == 0
    (record,) = drain(client, "orders", SHARD)
    assert (record["Data"], record["SequenceNumber"]) == (b"\x00\xff", put["SequenceNumber"])
    iterator = answer(kinesis, "GetShardIterator", START)["ShardIterator"]
    (record,) = answer(kinesis, "GetRecords", {"ShardIterator": iterator})["Records"]
    assert record == {
        **entry,
        "SequenceNumber": put["SequenceNumber"],
        "ApproximateArrivalTimestamp": 1_700_000_000_000,
    }


def test_times_are_asked_for_in_milliseconds(kinesis: LocalKinesis, client: Any) -> None:
    """As they are told."""
    client.put_record(StreamName="orders", Data=b"x", PartitionKey="k")
    for time, count in ((1_699_999_999_999, 1), (1_700_000_000_000, 1)):
        asked = {**START, "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": time}
        iterator = answer(kinesis, "GetShardIterator", asked)["ShardIterator"]
        assert len(answer(kinesis, "GetRecords", {"ShardIterator": iterator})["Records"]) == count
    (told,) = answer(kinesis, "ListStreams", {})["StreamSummaries"]
    assert told["StreamCreationTimestamp"] == 1_700_000_000_000


def test_an_operation_without_an_output_says_nothing(kinesis: LocalKinesis) -> None:
    """Not even an empty map."""
    asked = {"StreamName": "others", "ShardCount": 1}
    assert ask(kinesis, "CreateStream", asked) == (200, CBOR, b"")


def test_errors_are_in_cbor_too(kinesis: LocalKinesis) -> None:
    """With the same words."""
    told = answer(kinesis, "DescribeStreamSummary", {"StreamName": "nowhere"})
    assert told["status"] == 400
    assert told["__type"] == "ResourceNotFoundException"


@pytest.mark.parametrize(
    "asked",
    [
        b"",
        b"{}",
        b"\xff",
        [],
        {"StreamName": b"orders", "Records": []},
        {"StreamName": "orders", "Records": [{"Data": "aGk=", "PartitionKey": "k"}]},
        {"StreamName": "orders", "Records": [{"Data": b"x", "PartitionKey": b"k"}]},
    ],
)
def test_what_is_no_request_is_refused(kinesis: LocalKinesis, asked: Any) -> None:
    """Text is no data, and bytes are no text."""
    told = answer(kinesis, "PutRecords", asked)
    assert (told["status"], told["__type"]) == (400, "SerializationException")


def test_faults_see_what_json_would_say(kinesis: LocalKinesis) -> None:
    """A fault that was made for JSON works for both; what is none stays as the fault has it."""
    entries = [{"Data": b"x", "PartitionKey": "k"}] * 2
    asked = {"StreamName": "orders", "Records": entries}
    kinesis.faults.script("PutRecords", faults.wrong_length(1, committed=True))
    assert len(answer(kinesis, "PutRecords", asked)["Records"]) == 3
    kinesis.faults.script("PutRecords", faults.half_body(committed=True))
    status, _, body = ask(kinesis, "PutRecords", asked)
    assert status == 200
    assert body.startswith(b'{"FailedRecordCount"')
    kinesis.faults.script("PutRecords", faults.html_page(committed=True))
    assert ask(kinesis, "PutRecords", asked)[1] == "text/html"
    for body in (b"[" * 100_000, b'{"Data":7}'):
        kinesis.faults.script("PutRecords", faults.body(body, committed=False))
        assert ask(kinesis, "PutRecords", asked)[2] == body


def test_a_request_says_what_it_came_in(kinesis: LocalKinesis, client: Any) -> None:
    """To faults, and in the list of requests."""
    seen = []

    def look(request: Request, proceed: Proceed) -> Response:
        seen.append(request)
        return proceed()

    kinesis.faults.always("ListStreams", look)
    answer(kinesis, "ListStreams", {})
    client.list_streams()
    told = [CBOR, "application/x-amz-json-1.1"]
    assert [request.media_type for request in seen] == told
    assert [log.media_type for log in kinesis.requests] == told
