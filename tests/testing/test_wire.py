"""The wire: what is not the protocol, and who is hostile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from kinesis_producer.testing.messages import Response
from kinesis_producer.testing.wire import MAX_BODY, MAX_HEAD, Head, Wire, parse_head, written
from tests.testing.clients import (
    ASK,
    HEAD,
    answer_of,
    assert_alive,
    exchange,
    post,
    raw_connection,
    read_to_end,
)

if TYPE_CHECKING:
    from kinesis_producer.testing import LocalKinesis


def test_an_answer_has_the_headers_of_the_service(kinesis: LocalKinesis) -> None:
    """An answer carries a request id, a date, its type, its length, and no error type."""
    _, headers, answer = post(kinesis, "ListStreams", "{}")
    assert len(headers["x-amzn-requestid"]) == 36
    assert headers["date"].endswith("GMT")
    assert headers["content-type"] == "application/x-amz-json-1.1"
    assert int(headers["content-length"]) == len(json.dumps(answer))
    assert "x-amzn-errortype" not in headers


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({"X-Amz-Target": "Kinesis_20131202.Nonsense"}, "{}", 400, "UnknownOperationException"),
        (
            {"X-Amz-Target": "Kinesis_20131202.DescribeLimits"},
            "{}",
            400,
            "UnknownOperationException",
        ),
        ({"X-Amz-Target": "DynamoDB_20120810.ListStreams"}, "{}", 400, "UnknownOperationException"),
        ({"X-Amz-Target": ""}, "{}", 400, "UnknownOperationException"),
        ({"Content-Type": "text/plain"}, "{}", 415, "UnsupportedMediaTypeException"),
        (
            {"Content-Type": "application/x-amz-ion-1.0"},
            "{}",
            415,
            "UnsupportedMediaTypeException",
        ),
        ({}, "{", 400, "SerializationException"),
        ({}, "", 400, "SerializationException"),
        ({}, "[]", 400, "SerializationException"),
        ({}, '{"Limit": "one"}', 400, "SerializationException"),
        ({}, '{"Limit": NaN}', 400, "SerializationException"),
        ({}, '{"Limit": Infinity}', 400, "SerializationException"),
        ({}, "[" * 100_000, 400, "SerializationException"),
        ({}, '{"Limit": ' + "9" * 5000 + "}", 400, "SerializationException"),
        ({}, b"\xff\xfe{}", 400, "SerializationException"),
    ],
)
def test_what_is_not_the_protocol(
    kinesis: LocalKinesis, headers: dict[str, str], body: str, status: int, code: str
) -> None:
    """A POST that is not a request of the protocol is refused with the code that fits."""
    answered, names, answer = post(kinesis, "ListStreams", body, **headers)
    assert (answered, names["x-amzn-errortype"], answer["__type"]) == (status, code, code)
    assert_alive(kinesis)


def test_an_unsigned_request_is_refused(kinesis: LocalKinesis) -> None:
    """Without an Authorization header the answer is MissingAuthenticationTokenException."""
    head = HEAD.replace("Authorization: x\r\n", "") + "Content-Length: 2\r\nConnection: close\r\n"
    answer = exchange(kinesis, f"{head}\r\n{{}}".encode())
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert b"MissingAuthenticationTokenException" in answer


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_only_post_is_answered(kinesis: LocalKinesis, method: str) -> None:
    """Another method is a 405 that says which is allowed."""
    answer = exchange(kinesis, f"{method} / HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 405 Method Not Allowed\r\n")
    assert b"Allow: POST\r\n" in answer
    assert_alive(kinesis)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"\x16\x03\x01\x02\x00\x01", b"400"),
        (b"nonsense\r\n\r\n", b"400"),
        (b"GET / SPDY/3\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nno colon\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nX: " + b"x" * (MAX_HEAD + 65536), b"431"),
        (b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n", b"400"),
        (b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"400"),
        (f"POST / HTTP/1.1\r\nContent-Length: {MAX_BODY + 1}\r\n\r\n".encode(), b"413"),
        (b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"411"),
    ],
    ids=lambda value: repr(value[:40]),
)
def test_a_hostile_client_is_turned_away(kinesis: LocalKinesis, sent: bytes, status: bytes) -> None:
    """What is not HTTP, or too much, gets a 4xx and a closed connection, and the server lives."""
    with raw_connection(kinesis) as sock:
        sock.sendall(sent)
        assert sock.recv(65536).split(b" ")[1] == status
    assert_alive(kinesis)


@pytest.mark.parametrize(
    "sent", [b"", b"POST / HT", (HEAD + "Content-Length: 100\r\n\r\n{").encode()]
)
def test_a_client_that_leaves_early(kinesis: LocalKinesis, sent: bytes) -> None:
    """A client may leave before, in or after the head: the server goes on."""
    with raw_connection(kinesis) as sock:
        sock.sendall(sent)
    assert_alive(kinesis)


def test_a_connection_serves_many_requests(kinesis: LocalKinesis) -> None:
    """A connection stays open between requests, also when they come in one write."""
    with raw_connection(kinesis) as sock:
        sock.sendall(ASK)
        assert answer_of(sock).startswith(b"HTTP/1.1 200 OK\r\n")
        sock.sendall(ASK + ASK.replace(b"Host:", b"Connection: close\r\nHost:"))
        assert read_to_end(sock).count(b"HTTP/1.1 200 OK\r\n") == 2


@pytest.mark.parametrize(
    "head",
    [
        ASK.replace(b"Host:", b"Connection: close\r\nHost:"),
        ASK.replace(b"HTTP/1.1", b"HTTP/1.0"),
    ],
)
def test_a_connection_closes_when_asked(kinesis: LocalKinesis, head: bytes) -> None:
    """A client that wants the connection closed gets its answer and the end."""
    answer = exchange(kinesis, head)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Connection: close\r\n" in answer


def test_an_old_client_may_stay() -> None:
    """A client of HTTP/1.0 that asks to keep the connection keeps it."""
    assert Head("POST", "HTTP/1.0", {"connection": "keep-alive"}).keeps_alive
    assert not Head("POST", "HTTP/1.0", {}).keeps_alive


def test_a_careful_client_is_told_to_continue(kinesis: LocalKinesis) -> None:
    """A client that expects 100-continue is told so before it sends the body."""
    with raw_connection(kinesis) as sock:
        sock.sendall((HEAD + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n").encode())
        assert sock.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"{}")
        assert answer_of(sock).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_body_may_come_in_pieces(kinesis: LocalKinesis) -> None:
    """A request that trickles in byte by byte is understood."""
    with raw_connection(kinesis) as sock:
        for byte in ASK:
            sock.sendall(bytes([byte]))
        assert answer_of(sock).startswith(b"HTTP/1.1 200 OK\r\n")


def test_header_names_are_folded() -> None:
    """The names of headers are read without regard to case, their values without blanks."""
    head = parse_head(b"POST / HTTP/1.1\r\nCONTENT-length:  7 ")
    assert (head.method, head.version, head.content_length) == ("POST", "HTTP/1.1", 7)


def test_an_unknown_status_has_a_phrase() -> None:
    """A fault may answer with a status that nobody knows."""
    raw = written(Response(status=599), keep_alive=True)
    assert raw.startswith(b"HTTP/1.1 599 Unknown\r\n")


def test_hanging_up_on_a_closed_connection_is_fine(kinesis: LocalKinesis) -> None:
    """A connection whose thread was first needs no hanging up."""
    with raw_connection(kinesis) as sock:
        wire = Wire(sock)
        wire.close()
        wire.hang_up()
