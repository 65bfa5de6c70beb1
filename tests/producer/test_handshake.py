"""Connections that never come about, and one that breaks after the request: who knows what."""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import ssl
import struct
import threading

import pytest

from kinesis_producer import KinesisProducer, NotWritten, Totals, UndeliveredRecords

trustme = pytest.importorskip("trustme")

TIMES = {"request_timeout": 0.5, "delivery_timeout": 2, "buffer_time_limit": 0.05}
RESET = struct.pack("ii", 1, 0)


def close(peer):
    peer.recv(1000)


def reset(peer):
    peer.recv(1000)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)


def keep_silent(peer):
    while peer.recv(1000):
        pass


def speak_http(peer):
    peer.recv(1000)
    peer.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def refuse(peer):
    """The alert of TLS that says: handshake failure."""
    peer.recv(1000)
    peer.sendall(b"\x15\x03\x03\x00\x02\x02\x28")


@pytest.fixture
def serve():
    """Starts servers that do this with each connection; their ports."""
    listeners = []

    def start(behave):
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        threading.Thread(target=accept, args=(listener, behave), daemon=True).start()
        return listener.getsockname()[1]

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def accept(listener, behave):
    with contextlib.suppress(OSError):
        while True:
            peer, _ = listener.accept()
            threading.Thread(target=meet, args=(peer, behave), daemon=True).start()


def meet(peer, behave):
    with contextlib.suppress(OSError), peer:
        behave(peer)


@pytest.fixture
def one(session, caplog):
    """What becomes of one record: its error, the totals, and the ERRORs in the log."""
    producers = []

    def tell(**given):
        config = {"stream_name": "orders", "aws_region": "us-east-1", **TIMES, **given}
        producer = KinesisProducer(config, session=session)
        producers.append(producer)
        error = producer.send(b"x").exception(20)
        with contextlib.suppress(UndeliveredRecords):
            producer.join(20)
        levels = [record for record in caplog.records if record.levelno >= logging.ERROR]
        return producer, error, [record.getMessage() for record in levels]

    yield tell
    for producer in producers:
        producer.abort()


@pytest.mark.parametrize("behave", [close, reset, keep_silent, speak_http, refuse])
def test_without_a_handshake_nothing_was_written(serve, one, behave):
    """Whatever goes wrong in it: said once, tried to the deadline, no possible duplicate."""
    url = f"https://127.0.0.1:{serve(behave)}"
    producer, error, errors = one(endpoint_url=url)
    assert isinstance(error, NotWritten)
    assert error.code == "Unreachable"
    assert error.attempts > 1
    assert producer.totals == Totals(received=1, not_written=1)
    assert len(errors) == 1
    assert f"stream orders at {url}: Unreachable: " in errors[0]


def test_plain_http_where_tls_is_expected_is_named(kinesis, one):
    """The port is right, the s in https is not."""
    url = f"https://127.0.0.1:{kinesis.port}"
    _, error, errors = one(endpoint_url=url, verify=False)
    assert error.code == "Unreachable"
    assert "WRONG_VERSION_NUMBER" in errors[0]
    assert kinesis.requests == []


def context_for(name, tmp_path):
    """A server's TLS with a certificate for that name, and the file of its authority."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    path = str(tmp_path / "authority.pem")
    authority.cert_pem.write_to_path(path)
    return context, path


def test_what_breaks_after_the_handshake_may_have_been_written(serve, one, tmp_path):
    """The error is the same as that of a server without TLS; the request has been sent."""
    context, path = context_for("127.0.0.1", tmp_path)

    def break_off(peer):
        with context.wrap_socket(peer, server_side=True) as tls:
            tls.recv(10_000)
            os.write(tls.fileno(), b"HTTP/1.1 400 Bad Request\r\n\r\n")
            tls.recv(10_000)

    producer, error, _ = one(
        endpoint_url=f"https://127.0.0.1:{serve(break_off)}",
        verify=path,
        kinesis_max_retries=1,
        request_timeout=10,  # so that no handshake takes longer
        delivery_timeout=15,
    )
    assert error.code == "NoAnswer"
    assert "SSL" in str(error)
    assert producer.totals.possibly_written == 1
    assert producer.totals.possible_duplicates == error.attempts - 1 > 0


def test_a_certificate_for_another_name_ends_the_producer(serve, one, tmp_path):
    """Its authority is trusted, but it is somebody else."""
    context, path = context_for("other.example", tmp_path)

    def shake_hands(peer):
        with context.wrap_socket(peer, server_side=True) as tls:
            tls.recv(10_000)

    url = f"https://127.0.0.1:{serve(shake_hands)}"
    producer, error, errors = one(endpoint_url=url, verify=path)
    assert error.code == "CertificateRefused"
    assert producer.totals == Totals(received=1, not_written=1)
    assert len(errors) == 1


@pytest.mark.parametrize("content", [None, "nothing\n"])
def test_certificates_of_the_environment_that_cannot_be_read_end_the_producer(
    kinesis, one, monkeypatch, tmp_path, content
):
    """At once, and nothing was written: no connection can come about."""
    path = tmp_path / "bundle.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("AWS_CA_BUNDLE", str(path))
    told = one(endpoint_url=f"https://127.0.0.1:{kinesis.port}")
    assert "AWS_CA_BUNDLE" in the_only_error_of(*told)


@pytest.mark.parametrize(
    "proxy", ["http://[::1", "http://h:port", "http://user:can/canary@127.0.0.1:1", "h:99999"]
)
def test_an_address_of_a_proxy_that_cannot_be_read_ends_the_producer(one, monkeypatch, proxy):
    """It is not shown: it may hold a password."""
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, proxy)
    told = the_only_error_of(*one(endpoint_url="https://127.0.0.2:1"))
    assert "HTTPS_PROXY" in told
    assert "canary" not in told


def the_only_error_of(producer, error, errors):
    """The record was settled by its first attempt, and the log has this."""
    assert error.code == "Misconfigured"
    assert error.attempts == 1
    assert producer.totals == Totals(received=1, not_written=1)
    assert str(producer.failure).startswith("Misconfigured")
    (only,) = errors
    return only


@pytest.mark.parametrize("behave", [close, reset, speak_http])
def test_a_proxy_that_makes_no_way_is_no_answer_of_the_service(serve, one, monkeypatch, behave):
    """The request waits behind it."""
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{serve(behave)}")
    producer, error, _ = one(endpoint_url="https://127.0.0.2:1")
    assert error.code == "Unreachable"
    assert producer.totals == Totals(received=1, not_written=1)
