"""TLS: certificates are checked unless told otherwise; what can be read on the way is said."""

from __future__ import annotations

import http.server
import ssl
import threading
import time

import pytest

from kinesis_producer import ConfigError, KinesisProducer, NotWritten, ProducerFailed, checks

trustme = pytest.importorskip("trustme")

CONFIG = {"stream_name": "orders", "aws_region": "us-east-1"}


ANSWER = b'{"FailedRecordCount":0,"Records":[{"ShardId":"shardId-0","SequenceNumber":"7"}]}'


class Handler(http.server.BaseHTTPRequestHandler):
    """Confirms one record to whoever asks."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(ANSWER)))
        self.end_headers()
        self.wfile.write(ANSWER)

    def log_message(self, *_):
        """Keep quiet."""


class Server(http.server.ThreadingHTTPServer):
    """Speaks TLS with a certificate of an authority that nobody trusts; counts who comes."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority = trustme.CA()
        self.authority.issue_cert("127.0.0.1").configure_cert(self.context)
        self.connections = 0
        self.url = f"https://127.0.0.1:{self.server_port}"

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
    config = {**CONFIG, "endpoint_url": server.url}
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


def test_an_authority_of_ones_own_can_be_trusted(server, session, tmp_path, caplog):
    """By the path of its certificate."""
    path = str(tmp_path / "authority.pem")
    server.authority.cert_pem.write_to_path(path)
    config = {**CONFIG, "endpoint_url": server.url, "verify": path}
    with KinesisProducer(config, session=session) as producer:
        delivery = producer.send(b"x")
    assert delivery.result(0).sequence_number == "7"
    assert caplog.text == ""


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_without_verification_anybody_is_trusted_and_it_is_said(server, session, caplog):
    """Once, where the producer is made."""
    config = {**CONFIG, "endpoint_url": server.url, "verify": False}
    with KinesisProducer(config, session=session) as producer:
        delivery = producer.send(b"x")
    assert delivery.result(0).sequence_number == "7"
    assert caplog.text.count("no certificate is checked") == 1


@pytest.mark.parametrize(
    ("path", "content", "why"),
    [
        ("none.pem", None, "No such file"),
        ("empty.pem", "", "no certificate"),
        ("garbage.pem", "nothing\n", "no certificate"),
        (".", None, "Is a directory"),
        ("a" * 5000, None, "File name too long"),
        ("\0", None, "null byte"),
    ],
)
def test_authorities_that_cannot_be_read_are_told_at_once(session, tmp_path, path, content, why):
    """By name, and not by the first request."""
    if content is not None:
        (tmp_path / path).write_text(content)
    told = rf"verify: {tmp_path}/?{path[:100] if len(path) > 1 else ''}.* is no file of .*{why}"
    with pytest.raises(ConfigError, match=told):
        KinesisProducer({**CONFIG, "verify": f"{tmp_path}/{path}"}, session=session)


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
