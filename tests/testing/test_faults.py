"""Faults: what requests meet instead of the plain operation."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from kinesis_producer.testing import LocalKinesis, faults
from tests.testing.clients import client_of, code_of, post, raw_connection, read_to_end

if TYPE_CHECKING:
    from kinesis_producer.testing.faults import Proceed, Request, Response

PUT = '{"StreamName": "orders", "Records": [{"Data": "YQ==", "PartitionKey": "k"}]}'

RAW_PUT = (
    "POST / HTTP/1.1\r\nContent-Type: application/x-amz-json-1.1\r\nAuthorization: x\r\n"
    f"X-Amz-Target: Kinesis_20131202.PutRecords\r\nContent-Length: {len(PUT)}\r\n\r\n{PUT}"
).encode()


@pytest.fixture(autouse=True)
def _orders(kinesis: LocalKinesis) -> None:
    kinesis.create_stream("orders")


def put(client: Any, count: int = 1) -> dict[str, Any]:
    records = [{"Data": str(n).encode(), "PartitionKey": "k"} for n in range(count)]
    answer: dict[str, Any] = client.put_records(StreamName="orders", Records=records)
    return answer


def test_scripted_faults_come_in_order(kinesis: LocalKinesis, client: Any) -> None:
    """Scripted faults meet one request each, in order; then the operation is plain again."""
    kinesis.faults.script("PutRecords", faults.error("One", "1"), faults.error("Two", "2"))
    kinesis.faults.script("PutRecords", faults.error("Three", "3"))
    codes = [code_of(put, client=client) for _ in range(4)]
    assert codes == ["One", "Two", "Three", "accepted"]


def test_a_fault_meets_its_operation_alone(kinesis: LocalKinesis, client: Any) -> None:
    """A fault of one operation leaves the others alone."""
    kinesis.faults.always("ListStreams", faults.error("Some", "words"))
    assert code_of(put, client=client) == "accepted"
    assert code_of(client.list_streams) == "Some"


def test_a_script_goes_before_always(kinesis: LocalKinesis, client: Any) -> None:
    """A standing fault meets every request that finds no script."""
    kinesis.faults.always("PutRecords", faults.error("Always", ""))
    kinesis.faults.script("PutRecords", faults.error("Once", ""))
    assert [code_of(put, client=client) for _ in range(3)] == ["Once", "Always", "Always"]


def test_cleared_faults_are_gone(kinesis: LocalKinesis, client: Any) -> None:
    """After clear every request is plain."""
    kinesis.faults.always("PutRecords", faults.error("Always", ""))
    kinesis.faults.script("PutRecords", faults.error("Once", ""))
    kinesis.faults.clear()
    assert code_of(put, client=client) == "accepted"


def test_an_error_commits_nothing(kinesis: LocalKinesis, client: Any) -> None:
    """A request that meets error gets code, words and status, and nothing is committed."""
    kinesis.faults.script("PutRecords", faults.error("LimitExceededException", "slow", 429))
    with pytest.raises(ClientError) as caught:
        put(client)
    response: Any = caught.value.response
    assert response["Error"] == {"Code": "LimitExceededException", "Message": "slow"}
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 429
    assert kinesis.ledger("orders") == []


def test_entries_are_refused_by_index(kinesis: LocalKinesis, client: Any) -> None:
    """Entries of the given indexes are refused with the code, the others committed."""
    kinesis.faults.script("PutRecords", faults.entries([1, 3, 99], "InternalFailure"))
    answer = put(client, 4)
    assert answer["FailedRecordCount"] == 2
    assert [record.get("ErrorCode") for record in answer["Records"]] == [
        None,
        "InternalFailure",
        None,
        "InternalFailure",
    ]
    assert answer["Records"][1]["ErrorMessage"] == "Internal Service Failure"
    assert [record.data for record in kinesis.ledger("orders")] == [b"0", b"2"]


def test_entries_are_refused_by_question(kinesis: LocalKinesis, client: Any) -> None:
    """A question is asked of each index and entry, and its yes refuses the entry."""
    fault = faults.entries(
        lambda index, entry: index > 0 and entry["Data"] == "MQ==", "SomeCode", "some words"
    )
    kinesis.faults.script("PutRecords", fault)
    answers = put(client, 3)["Records"]
    assert answers[1] == {"ErrorCode": "SomeCode", "ErrorMessage": "some words"}
    assert [record.data for record in kinesis.ledger("orders")] == [b"0", b"2"]


def test_a_refused_entry_without_words_repeats_its_code(kinesis: LocalKinesis, client: Any) -> None:
    """A code for which the service has no words is its own message."""
    kinesis.faults.script("PutRecords", faults.entries([0], "SomeCode"))
    assert put(client)["Records"][0]["ErrorMessage"] == "SomeCode"


def test_a_throttled_entry_names_its_shard(kinesis: LocalKinesis, client: Any) -> None:
    """ProvisionedThroughputExceededException without words has those of the service."""
    code = "ProvisionedThroughputExceededException"
    kinesis.faults.script("PutRecords", faults.entries([0], code))
    assert put(client)["Records"][0]["ErrorMessage"] == (
        "Rate exceeded for shard shardId-000000000000 in stream orders under account 000000000000."
    )


def test_entry_zero_stands_for_put_record(kinesis: LocalKinesis, client: Any) -> None:
    """Refusing entry 0 of a PutRecord refuses the request."""
    kinesis.faults.script("PutRecord", faults.entries([0], "InternalFailure", "words"))
    record = {"StreamName": "orders", "Data": b"x", "PartitionKey": "k"}
    assert code_of(client.put_record, **record) == "InternalFailure"
    assert kinesis.ledger("orders") == []


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize("html", [True, False])
def test_a_server_error(kinesis: LocalKinesis, *, html: bool, committed: bool) -> None:
    """A server error has its status and looks like a proxy's or like the service's own."""
    fault = faults.server_error(status=503, html=html, committed=committed)
    kinesis.faults.script("PutRecords", fault)
    with client_of(kinesis) as client, pytest.raises(ClientError) as caught:
        put(client)
    response: Any = caught.value.response
    assert response["Error"]["Code"] == ("503" if html else "InternalFailure")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 503
    assert len(kinesis.ledger("orders")) == committed


@pytest.mark.parametrize("committed", [True, False])
def test_a_disconnect(kinesis: LocalKinesis, client: Any, *, committed: bool) -> None:
    """A disconnect leaves the client without an answer, whether it was committed or not."""
    kinesis.faults.script("PutRecords", faults.disconnect(committed=committed))
    with pytest.raises(ConnectionClosedError):
        put(client)
    assert len(kinesis.ledger("orders")) == committed
    (log,) = kinesis.requests
    assert (log.status, log.error) == (0, "Disconnect")


def test_a_disconnect_is_a_reset(kinesis: LocalKinesis) -> None:
    """The client of a disconnect sees its connection reset, not closed."""
    kinesis.faults.script("PutRecords", faults.disconnect(committed=False))
    with raw_connection(kinesis) as sock:
        sock.sendall(RAW_PUT)
        with pytest.raises(ConnectionResetError):
            read_to_end(sock)


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize("content", [b"", b"{}", b"<html></html>", b'{"Records": ['])
def test_a_strange_body(
    kinesis: LocalKinesis, client: Any, content: bytes, *, committed: bool
) -> None:
    """A strange body reaches the client with status 200: boto3 gives an answer without Records."""
    kinesis.faults.script("PutRecords", faults.body(content, committed=committed))
    assert "Records" not in put(client)
    assert len(kinesis.ledger("orders")) == committed
    assert code_of(put, client=client) == "accepted"


def test_a_truncated_body(kinesis: LocalKinesis) -> None:
    """A body shorter than its header claims ends with the connection."""
    fault = faults.body(b"{", status=200, committed=False, content_length=100)
    kinesis.faults.script("PutRecords", fault)
    with raw_connection(kinesis) as sock:
        sock.sendall(RAW_PUT)
        answer = read_to_end(sock)
    assert b"Content-Length: 100\r\n" in answer
    assert answer.endswith(b"\r\n\r\n{")


@pytest.mark.parametrize("committed", [True, False])
def test_a_delay_answers_late(kinesis: LocalKinesis, client: Any, *, committed: bool) -> None:
    """A delayed request is performed once and answered in the end."""
    kinesis.faults.script("PutRecords", faults.delay(0.01, committed=committed))
    assert put(client)["FailedRecordCount"] == 0
    assert len(kinesis.ledger("orders")) == 1


@pytest.mark.parametrize("committed", [True, False])
@pytest.mark.parametrize("fault", [faults.hang, lambda **kw: faults.delay(600, **kw)])
def test_a_held_connection_ends_with_the_server(fault: Any, *, committed: bool) -> None:
    """A request that is held gets no answer, and stop releases it."""
    outcome: list[type[Exception]] = []

    def ask() -> None:
        try:
            put(client)
        except Exception as error:  # noqa: BLE001 - the test looks at it
            outcome.append(type(error))

    with LocalKinesis() as kinesis, client_of(kinesis) as client:
        kinesis.create_stream("orders")
        kinesis.faults.script("PutRecords", fault(committed=committed))
        thread = threading.Thread(target=ask)
        thread.start()
        assert kinesis.wait_for("PutRecords", timeout=30)
        kinesis.stop()
        thread.join(timeout=30)
    assert outcome == [ConnectionClosedError]
    assert len(kinesis.ledger("orders")) == committed


def test_a_fault_of_ones_own(kinesis: LocalKinesis) -> None:
    """A fault sees operation, stream and parameters, and may change the answer."""
    seen: list[tuple[str, str | None, int]] = []

    def fault(request: Request, proceed: Proceed) -> Response:
        seen.append((request.operation, request.stream_name, len(request.parameters["Records"])))
        return faults.Response(status=202, body=proceed().body)

    kinesis.faults.script("PutRecords", fault)
    status, _, answer = post(kinesis, "PutRecords", PUT)
    assert (status, answer["FailedRecordCount"]) == (202, 0)
    assert seen == [("PutRecords", "orders", 1)]


def test_a_fault_that_fails_is_answered(
    kinesis: LocalKinesis, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault that raises makes a status 500 that names the error, and the server lives on."""

    def fault(request: Request, proceed: Proceed) -> Response:
        raise ZeroDivisionError("of one's own")

    kinesis.faults.script("PutRecords", fault)
    status, _, answer = post(kinesis, "PutRecords", PUT)
    assert (status, answer["__type"]) == (500, "InternalFailure")
    assert "ZeroDivisionError: of one's own" in answer["message"]
    assert "A fault for PutRecords raised" in caplog.text
    assert post(kinesis, "PutRecords", PUT)[0] == 200


def test_a_fault_may_stop_the_server(kinesis: LocalKinesis) -> None:
    """A fault that stops the server from the connection's own thread does not block itself."""
    performed = threading.Event()

    def fault(request: Request, proceed: Proceed) -> Response:
        kinesis.stop()
        response = proceed()
        performed.set()
        return response

    kinesis.faults.script("PutRecords", fault)
    with pytest.raises(ConnectionError):
        post(kinesis, "PutRecords", PUT)
    assert performed.wait(10)
    assert len(kinesis.ledger("orders")) == 1


def test_shards_move_under_a_request(kinesis: LocalKinesis, client: Any) -> None:
    """Twice as many, then half as many; the request lands on one that was not there before."""
    before = kinesis.open_shards("orders")
    kinesis.faults.always("PutRecords", faults.moving_shards(kinesis))
    landed = [put(client)["Records"][0]["ShardId"] for _ in range(2)]
    assert len(before) == 1
    assert len(kinesis.open_shards("orders")) == 1
    assert len({*before, *landed}) == 3
    assert [one.shard_id for one in kinesis.ledger("orders")] == landed


@pytest.mark.parametrize("body", ['{"Records": []}', PUT.replace("orders", "nowhere")])
def test_shards_of_no_stream_do_not_move(kinesis: LocalKinesis, body: str) -> None:
    """A request that names none, or one that is not there, is refused as ever."""
    kinesis.faults.always("PutRecords", faults.moving_shards(kinesis))
    status, _, answer = post(kinesis, "PutRecords", body)
    assert (status, "__type" in answer) == (400, True)
