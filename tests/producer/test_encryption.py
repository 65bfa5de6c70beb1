"""TLS: certificates are checked, and plain http to another machine is said to be that."""

from __future__ import annotations

import http.server
import ssl
import threading
import time

import pytest

from kinesis_producer import KinesisProducer, NotWritten, ProducerFailed, checks

trustme = pytest.importorskip("trustme")

CONFIG = {"stream_name": "orders", "aws_region": "us-east-1"}


class Server(http.server.ThreadingHTTPServer):
    """Speaks TLS with a certificate of an authority that nobody trusts; counts who comes."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        trustme.CA().issue_cert("127.0.0.1").configure_cert(self.context)
        self.connections = 0

    def finish_request(self, request, client_address):
        self.connections += 1
        try:
            with self.context.wrap_socket(request, server_side=True) as tls:
                super().finish_request(tls, client_address)
        except OSError:
            return


@pytest.fixture
def server():
    with Server() as made:
        thread = threading.Thread(target=made.serve_forever, args=(0.01,))
        thread.start()
        yield made
        made.shutdown()
        thread.join(10)


def test_a_certificate_that_is_not_trusted_ends_the_producer(server, session, caplog):
    """At once, by name, with no more connections than there are senders and a few."""
    config = {**CONFIG, "endpoint_url": f"https://127.0.0.1:{server.server_port}"}
    begun = time.monotonic()
    producer = KinesisProducer({**config, "buffer_size_limit": 0}, session=session)
    deliveries = [producer.send(b"x")]
    error = deliveries[0].exception(10)
    assert isinstance(error, NotWritten)
    assert error.code == "CertificateRefused"
    with pytest.raises(ProducerFailed, match="CertificateRefused"):
        producer.send(b"y")
    producer.join(10)
    assert time.monotonic() - begun < 10
    assert server.connections <= producer.config.kinesis_concurrency + 4
    assert "the server's certificate cannot be verified" in caplog.text


@pytest.mark.parametrize(
    ("address", "exposed"),
    [
        ("http://kinesis.example.com", True),
        ("http://10.0.0.1:4567", True),
        ("http://[2001:db8::1]:4567", True),
        ("http://127.0.0.1:4567", False),
        ("http://127.8.8.8", False),
        ("http://[::1]:4567", False),
        ("http://localhost:4567", False),
        ("https://kinesis.us-east-1.amazonaws.com", False),
    ],
)
def test_an_address_is_exposed_or_not(address, exposed):
    """Plain http, unless it stays on this machine."""
    assert checks.is_exposed(address) is exposed


def test_plain_http_to_another_machine_is_said_once(session, caplog):
    """Where the producer is made."""
    KinesisProducer({**CONFIG, "endpoint_url": "http://kinesis.example.com:4567"}, session=session)
    assert caplog.text.count("is plain http, not on this machine") == 1


def test_plain_http_on_this_machine_is_not_worth_a_word(make, caplog):
    """Nobody else can read it."""
    with make() as producer:
        producer.send(b"x")
    assert caplog.text == ""
