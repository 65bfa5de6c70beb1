"""The fault proxy: what becomes of bytes between a client and the server."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer.testing import FaultProxy, LocalKinesis, Traffic, faults
from tests.testing.clients import ASK, answer_of, read_to_end
from tests.testing.test_faults import RAW_PUT

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds in which nothing must come. A byte that should not come would be here in a millisecond.
SILENCE = 0.1


@pytest.fixture
def proxy(kinesis: LocalKinesis) -> Iterator[FaultProxy]:
    kinesis.create_stream("orders")
    with FaultProxy(kinesis.endpoint_url) as proxy:
        yield proxy


def connect(proxy: FaultProxy) -> socket.socket:
    return socket.create_connection(("127.0.0.1", proxy.port), timeout=30)


def ask(sock: socket.socket) -> bytes:
    """The status line of a plain ListStreams."""
    sock.sendall(ASK)
    return answer_of(sock).partition(b"\r\n")[0]


def is_silent(sock: socket.socket) -> bool:
    """Whether neither bytes nor an end come."""
    sock.settimeout(SILENCE)
    try:
        sock.recv(1)
    except TimeoutError:
        return True
    finally:
        sock.settimeout(30)
    return False


def test_everything_passes_at_first(proxy: FaultProxy) -> None:
    """Requests and answers, several on one connection, and the end of it."""
    with connect(proxy) as sock:
        assert ask(sock) == ask(sock) == b"HTTP/1.1 200 OK"
        sock.shutdown(socket.SHUT_WR)
        assert read_to_end(sock) == b""
    assert proxy.connections == 1


def test_the_end_of_the_server_passes(proxy: FaultProxy, kinesis: LocalKinesis) -> None:
    """A connection that the server closes is closed, not reset."""
    with connect(proxy) as sock:
        ask(sock)
        kinesis.stop()
        assert read_to_end(sock) == b""


def test_a_reset_passes(proxy: FaultProxy, kinesis: LocalKinesis) -> None:
    """A reset by the server reaches the client as one."""
    kinesis.faults.script("PutRecords", faults.disconnect(committed=True))
    with connect(proxy) as sock:
        sock.sendall(RAW_PUT)
        with pytest.raises(ConnectionResetError):
            read_to_end(sock)
    assert len(kinesis.ledger("orders")) == 1


def test_a_silent_drop_tells_neither_end(proxy: FaultProxy, kinesis: LocalKinesis) -> None:
    """No byte passes, and no end does either, even if the server ends the connection."""
    with connect(proxy) as sock:
        ask(sock)
        proxy.switch_open(Traffic.DROP)
        sock.sendall(RAW_PUT)
        assert is_silent(sock)
        kinesis.stop()
        assert is_silent(sock)
    assert kinesis.ledger("orders") == []


def test_dropped_answers_belong_to_requests_that_were_performed(
    proxy: FaultProxy, kinesis: LocalKinesis
) -> None:
    """The committed variant of a silent drop; a server that is gone is not told either."""
    with connect(proxy) as sock:
        ask(sock)
        proxy.switch(Traffic.DROP_ANSWERS)
        sock.sendall(RAW_PUT)
        assert kinesis.wait_for("PutRecords")
        assert is_silent(sock)
        kinesis.stop()
        sock.sendall(RAW_PUT)
        sock.sendall(RAW_PUT)
        assert is_silent(sock)
    assert len(kinesis.ledger("orders")) == 1


def test_a_server_that_resets_in_silence_is_missed_when_bytes_pass_again(
    proxy: FaultProxy, kinesis: LocalKinesis
) -> None:
    """While nothing is told the client may send what it likes; afterwards it is reset."""
    kinesis.faults.script("PutRecords", faults.disconnect(committed=True))
    with connect(proxy) as sock:
        assert proxy.wait_for(1)
        proxy.switch(Traffic.DROP_ANSWERS)
        sock.sendall(RAW_PUT)
        assert is_silent(sock)
        sock.sendall(RAW_PUT)
        assert is_silent(sock)
        proxy.switch(Traffic.PASS)
        sock.sendall(RAW_PUT)
        with pytest.raises(ConnectionResetError):
            read_to_end(sock)
    assert len(kinesis.ledger("orders")) == 1


@pytest.mark.parametrize("starts", [0, 1])
def test_without_threads_a_connection_is_reset(
    proxy: FaultProxy,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    starts: int,
) -> None:
    """It says so, and the next one passes."""
    start = threading.Thread.start
    allowed = iter([True] * starts)

    def refuse(thread: threading.Thread) -> None:
        if thread.name == "fault-proxy" and not next(allowed, False):
            raise RuntimeError("can't start new thread")
        start(thread)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        with pytest.raises(ConnectionResetError), connect(proxy) as sock:
            sock.recv(1)
    assert "cannot carry a connection: can't start new thread" in caplog.text
    with connect(proxy) as sock:
        assert ask(sock) == b"HTTP/1.1 200 OK"


def test_a_half_open_connection_is_reset_when_it_is_used(
    proxy: FaultProxy, kinesis: LocalKinesis
) -> None:
    """Until then the client learns nothing."""
    with connect(proxy) as sock:
        ask(sock)
        proxy.switch_open(Traffic.HALF_OPEN)
        assert is_silent(sock)
        sock.sendall(RAW_PUT)
        with pytest.raises(ConnectionResetError):
            read_to_end(sock)
    assert kinesis.count("PutRecords") == 0


def test_a_reset_in_the_request_keeps_it_from_the_server(
    proxy: FaultProxy, kinesis: LocalKinesis
) -> None:
    """Half of it arrives, which is no request."""
    proxy.script(Traffic.RESET_REQUEST)
    with connect(proxy) as sock:
        sock.sendall(RAW_PUT)
        with pytest.raises(ConnectionResetError):
            read_to_end(sock)
    assert kinesis.count("PutRecords") == 0


def test_a_reset_in_the_answer_comes_after_the_commit(
    proxy: FaultProxy, kinesis: LocalKinesis
) -> None:
    """The request was performed, and the client cannot know."""
    proxy.script(Traffic.RESET_ANSWER)
    with connect(proxy) as sock:
        sock.sendall(RAW_PUT)
        with pytest.raises(ConnectionResetError):
            read_to_end(sock)
    assert len(kinesis.ledger("orders")) == 1


def test_open_connections_can_be_reset(proxy: FaultProxy) -> None:
    """All of them, at once; the next one passes."""
    with connect(proxy) as first, connect(proxy) as second:
        ask(first)
        ask(second)
        proxy.reset()
        for sock in (first, second):
            with pytest.raises(ConnectionResetError):
                read_to_end(sock)
    with connect(proxy) as third:
        assert ask(third) == b"HTTP/1.1 200 OK"


def test_refused_connections_are_accepted_again_at_the_same_port(proxy: FaultProxy) -> None:
    """Those that are open go on meanwhile."""
    port = proxy.port
    with connect(proxy) as sock:
        ask(sock)
        for _ in range(2):
            proxy.switch(Traffic.REFUSE)
            with pytest.raises(ConnectionRefusedError):
                connect(proxy)
        assert ask(sock) == b"HTTP/1.1 200 OK"
    proxy.switch(Traffic.PASS)
    assert proxy.port == port
    with connect(proxy) as sock:
        assert ask(sock) == b"HTTP/1.1 200 OK"


def test_a_script_treats_one_connection_each(proxy: FaultProxy) -> None:
    """In order; the others are treated as the last switch said, and a switch ends a script's."""
    proxy.script(Traffic.DROP, Traffic.PASS)
    with connect(proxy) as dropped:
        assert proxy.wait_for(1)
        with connect(proxy) as passed, connect(proxy) as plain:
            dropped.sendall(ASK)
            assert is_silent(dropped)
            assert ask(passed) == ask(plain) == b"HTTP/1.1 200 OK"
            proxy.switch(Traffic.PASS)
            assert ask(dropped) == b"HTTP/1.1 200 OK"


def test_a_refusal_cannot_be_scripted(proxy: FaultProxy) -> None:
    """There would be no connection to treat so."""
    with pytest.raises(ValueError, match="cannot be scripted"):
        proxy.script(Traffic.PASS, Traffic.REFUSE)


def test_delayed_bytes_come_later(proxy: FaultProxy) -> None:
    """A chunk is held; stop lets go of it."""
    with connect(proxy) as sock:
        ask(sock)
        proxy.delay(600.0)
        sock.sendall(ASK)
        assert is_silent(sock)
        proxy.stop()


def test_a_short_delay_only_costs_time(proxy: FaultProxy) -> None:
    """The bytes are the same, and without a delay they pass at once."""
    proxy.delay(0.01)
    with connect(proxy) as sock:
        assert ask(sock) == b"HTTP/1.1 200 OK"
        proxy.delay(0.0)
        assert ask(sock) == b"HTTP/1.1 200 OK"


def test_a_proxy_before_nothing_resets(kinesis: LocalKinesis) -> None:
    """A server that cannot be reached is one that has gone."""
    url = kinesis.endpoint_url
    kinesis.stop()
    with FaultProxy(url) as proxy, pytest.raises(ConnectionResetError), connect(proxy) as sock:
        sock.recv(1)


def test_waiting_for_connections_is_bounded(proxy: FaultProxy) -> None:
    """It says whether there were so many."""
    assert not proxy.wait_for(1, timeout=0.01)
    with connect(proxy):
        assert proxy.wait_for(1)


def test_stop_may_come_twice_and_frees_the_port(kinesis: LocalKinesis) -> None:
    """Whatever it is switched to then, it listens no more."""
    proxy = FaultProxy(f"127.0.0.1:{kinesis.port}")
    assert proxy.endpoint_url == f"http://127.0.0.1:{proxy.port}"
    proxy.stop()
    proxy.stop()
    proxy.switch(Traffic.PASS)
    with pytest.raises(ConnectionRefusedError):
        connect(proxy)


@pytest.mark.parametrize("upstream", ["", "localhost", "http://localhost", ":4567"])
def test_an_address_without_host_or_port_is_refused(upstream: str) -> None:
    """Before anything listens."""
    with pytest.raises(ValueError, match="upstream must be"):
        FaultProxy(upstream)


def test_the_fixture_stands_before_the_local_kinesis(
    local_kinesis: LocalKinesis, fault_proxy: Any
) -> None:
    """What goes through it arrives there."""
    with connect(fault_proxy) as sock:
        assert ask(sock) == b"HTTP/1.1 200 OK"
    assert local_kinesis.count("ListStreams") == 1
