"""The server as a whole: how it starts, serves and ends."""

from __future__ import annotations

import errno
import socket
import struct
import threading
from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer.testing import LocalKinesis, connection, listener, server
from tests.testing.clients import (
    ASK,
    answer_of,
    assert_alive,
    client_of,
    exchange,
    raw_connection,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.testing.messages import Response


def test_it_listens_on_loopback_alone(kinesis: LocalKinesis) -> None:
    """The endpoint is on 127.0.0.1, and the port is the one that was found free."""
    assert kinesis.endpoint_url == f"http://127.0.0.1:{kinesis.port}"
    assert kinesis.port > 0
    assert listener.HOST == "127.0.0.1"


def test_starting_and_stopping_twice_is_fine() -> None:
    """A second start, and a second stop, do nothing."""
    kinesis = LocalKinesis()
    kinesis.stop()
    port = kinesis.start().port
    assert kinesis.start().port == port
    kinesis.stop()
    kinesis.stop()
    with pytest.raises(RuntimeError, match="not started"):
        _ = kinesis.endpoint_url


def test_a_stopped_server_frees_its_port() -> None:
    """The port of a stopped server can be taken at once, even by the same server."""
    with LocalKinesis() as first:
        port = first.port
        with client_of(first) as client:
            client.list_streams()
            first.stop()
    with LocalKinesis(port) as second:
        assert second.port == port
        assert_alive(second)


def test_a_taken_port_is_an_error() -> None:
    """A port that somebody else has is an OSError, and nothing is left behind."""
    with LocalKinesis() as first:
        second = LocalKinesis(first.port)
        with pytest.raises(OSError, match="in use"):
            second.start()
        second.stop()


def test_what_was_written_outlives_a_stop(kinesis: LocalKinesis) -> None:
    """Ledger, log and streams are there after a stop, and served again after a start."""
    kinesis.create_stream("orders")
    with client_of(kinesis) as client:
        client.put_record(StreamName="orders", Data=b"x", PartitionKey="k")
    kinesis.stop()
    assert [record.data for record in kinesis.ledger("orders")] == [b"x"]
    assert kinesis.count("PutRecord") == 1
    kinesis.start()
    with client_of(kinesis) as client:
        assert client.list_streams()["StreamNames"] == ["orders"]


def test_stop_ends_live_connections() -> None:
    """A client that keeps an idle connection sees its end when the server stops."""
    with LocalKinesis() as kinesis, raw_connection(kinesis) as sock:
        sock.sendall(ASK)
        answer_of(sock)
        kinesis.stop()
        assert sock.recv(1) == b""


def test_stop_leaves_no_threads() -> None:
    """After stop none of the server's threads is alive."""
    with LocalKinesis() as kinesis, client_of(kinesis) as client:
        client.list_streams()
        assert _own_threads()
        kinesis.stop()
        assert not _own_threads()


def _own_threads() -> list[str]:
    return [t.name for t in threading.enumerate() if t.name.startswith("local-kinesis")]


def test_stop_gives_up_on_a_thread_that_does_not_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A fault that ignores the end of the server does not keep stop from returning."""
    release = threading.Event()
    monkeypatch.setattr(server, "STOP_TIMEOUT", 0.01)
    kinesis = LocalKinesis().start()

    def fault(request: Any, proceed: Callable[[], Response]) -> Response:
        release.wait(30)
        return proceed()

    kinesis.faults.script("ListStreams", fault)
    with raw_connection(kinesis) as sock:
        sock.sendall(ASK)
        assert kinesis.wait_for("ListStreams", timeout=30)
        (thread,) = [t for t in threading.enumerate() if t.name == "local-kinesis-connection"]
        kinesis.stop()
        assert "did not end in time" in caplog.text
        release.set()
        thread.join(timeout=30)
    assert not thread.is_alive()


def test_a_bug_in_the_server_is_logged(
    kinesis: LocalKinesis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """An unforeseen error ends the one connection, with a traceback in the log."""

    def broken(*_: object, **__: object) -> Response:
        raise ZeroDivisionError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr("kinesis_producer.testing.service.check", broken)
        assert exchange(kinesis, ASK) == b""
    assert "ZeroDivisionError: a bug" in caplog.text
    assert_alive(kinesis)


def test_a_client_that_resets_is_passed_over(kinesis: LocalKinesis) -> None:
    """A connection that is reset before it asked for anything does not end the server."""
    with raw_connection(kinesis) as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert_alive(kinesis)


def test_a_client_that_cannot_be_served_is_passed_over(
    kinesis: LocalKinesis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that is dead on arrival is closed, and the server lives."""

    def dead(_: socket.socket) -> None:
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(server, "Wire", dead)
        with raw_connection(kinesis) as sock:
            assert sock.recv(1) == b""
    assert_alive(kinesis)


def test_an_impossible_port_is_refused() -> None:
    """Before a socket is made."""
    with pytest.raises(ValueError, match="between 0 and 65535, not 70000"):
        LocalKinesis(70_000)


def test_without_file_descriptors_it_waits(
    kinesis: LocalKinesis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It says so instead of trying again as fast as it can, and serves when there are some."""
    assert_alive(kinesis)  # the thread has taken up its work, on the real socket
    running = kinesis._server
    assert running is not None
    real = running._listener._sock
    tries = 0

    class Exhausted:
        def accept(self) -> object:
            nonlocal tries
            tries += 1
            if tries < 3:
                raise OSError(errno.EMFILE, "Too many open files")
            return real.accept()

    with client_of(kinesis) as client, monkeypatch.context() as patch:
        patch.setattr(running._listener, "_sock", Exhausted())
        client.list_streams()
    assert caplog.text.count("cannot accept a connection: [Errno 24]") == 2


def test_without_threads_a_connection_is_dropped_and_the_next_is_served(
    kinesis: LocalKinesis, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The server outlives it, and can be stopped."""

    def refused(_: object) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(connection.Connection, "start", refused)
        with raw_connection(kinesis) as sock:
            assert sock.recv(1) == b""
    assert "cannot serve a connection: can't start new thread" in caplog.text
    assert_alive(kinesis)


def test_client_options_are_enough_for_boto3(kinesis: LocalKinesis) -> None:
    """The client options name endpoint, region and made-up credentials."""
    assert kinesis.client_options == {
        "endpoint_url": kinesis.endpoint_url,
        "region_name": "us-east-1",
        "aws_access_key_id": "local",
        "aws_secret_access_key": "local",
    }


def test_account_and_region_are_those_that_were_asked_for() -> None:
    """Account and region stand in ARNs and messages."""
    with LocalKinesis(account_id="123456789012", region="eu-west-1") as kinesis:
        kinesis.create_stream("orders")
        with client_of(kinesis) as client:
            summary = client.describe_stream_summary(StreamName="orders")
    arn = summary["StreamDescriptionSummary"]["StreamARN"]
    assert arn == "arn:aws:kinesis:eu-west-1:123456789012:stream/orders"
