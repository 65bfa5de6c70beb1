"""What was raised before a request was sent is known by its place, not by its words."""

from __future__ import annotations

import http.client
import ssl

import botocore.exceptions as boto
import pytest
from botocore.credentials import DeferredRefreshableCredentials

from kinesis_producer.client import connect
from kinesis_producer.client.failures import failure_of
from kinesis_producer.client.unsent import causes
from kinesis_producer.config import ProducerConfig
from tests.client.test_failures import URL, refusal


class Connection(http.client.HTTPConnection):
    """Raises whatever is done with it."""

    def __init__(self, error):
        super().__init__("127.0.0.1")
        self.error = error

    def connect(self):
        raise self.error

    def getresponse(self):
        raise self.error


class Another:
    """Makes no connection for a request; the names of its methods are botocore's."""

    def __init__(self, error):
        self.error = error

    def connect(self):
        raise self.error

    def refresh(self):
        raise self.error

    def proxy_headers_for(self):
        raise self.error


def read(function, error):
    """What is read from an error that was raised while that function's was handled."""
    try:
        try:
            function()
        except (OSError, ValueError, RuntimeError):
            raise error  # noqa: B904 -- as botocore does it
    except (boto.BotoCoreError, boto.ClientError) as caught:
        return failure_of(caught)


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        (boto.SSLError, ssl.SSLEOFError(8, "[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred")),
        (boto.SSLError, ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number")),
        (boto.ReadTimeoutError, TimeoutError("timed out")),
        (boto.ConnectionClosedError, ConnectionResetError(104, "Connection reset by peer")),
        (boto.HTTPClientError, RuntimeError("whatever")),
    ],
)
def test_the_same_error_is_certain_in_the_handshake_and_unknown_after_it(kind, cause):
    """Before there is a connection, nothing can have been sent."""
    error = kind(endpoint_url=URL, error=cause)
    assert failure_of(error).code == "NoAnswer"
    assert read(Connection(cause).getresponse, error).code == "NoAnswer"
    assert read(Another(cause).connect, kind(endpoint_url=URL, error=cause)).code == "NoAnswer"
    before = read(Connection(cause).connect, kind(endpoint_url=URL, error=cause))
    assert before.code == "Unreachable"
    assert before.message


def test_why_there_is_no_connection_is_told():
    """An address alone says too little."""
    cause = ConnectionRefusedError(111, "Connection refused")
    failure = read(Connection(cause).connect, boto.EndpointConnectionError(endpoint_url=URL))
    assert failure.message == f'Could not connect to the endpoint URL: "{URL}" (Connection refused)'
    failure = read(
        Connection(TimeoutError()).connect, boto.EndpointConnectionError(endpoint_url=URL)
    )
    assert failure.message == f'Could not connect to the endpoint URL: "{URL}"'


def test_a_proxy_whose_address_cannot_be_read_is_no_matter_of_retries():
    """And the address is not repeated: it may hold a password."""
    error = boto.HTTPClientError(error=ValueError("canary"))
    failure = read(Another(ValueError("canary")).proxy_headers_for, error)
    assert failure.code == "Misconfigured"
    assert "HTTPS_PROXY" in failure.message
    assert "canary" not in failure.message


@pytest.mark.parametrize(
    "error", [boto.ReadTimeoutError(endpoint_url=URL), refusal("InternalFailure", "", 500)]
)
def test_credentials_are_renewed_before_a_request_is_sent(error):
    """Their source fails as a service does, but it is not the service."""
    refresh = Another(TimeoutError()).refresh
    credentials = DeferredRefreshableCredentials(refresh, "test")
    failure = read(credentials.get_frozen_credentials, error)
    assert failure.code == "CredentialsUnavailable"
    assert failure.message == f"credentials could not be renewed: {type(error).__name__}"


@pytest.mark.parametrize(
    ("error", "code"), [(KeyError("canary"), "Unreachable"), (MemoryError(), None)]
)
def test_what_else_is_raised_on_the_way_is_read_likewise(error, code):
    """But for want of memory: a smaller request may do."""

    class Client:
        def put_records(self, **_):
            Connection(error).connect()

    connection = connect(ProducerConfig(stream_name="s"), client=Client())
    try:
        answer = connection.put_records([])
    except MemoryError:
        answer = None
    assert getattr(answer, "code", None) == code
    assert "canary" not in str(answer)


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (FileNotFoundError(2, "No such file or directory"), "Misconfigured"),
        (ssl.SSLError(136, "[X509: NO_CERTIFICATE_OR_CRL_FOUND]"), "Unreachable"),
        (ValueError("whatever"), "Unreachable"),
    ],
)
def test_certificates_to_trust_that_cannot_be_read_are_told(cause, code):
    """By the system, or by the part of OpenSSL that reads them, as a real one names it."""
    failure = read(Connection(cause).connect, boto.SSLError(endpoint_url=URL, error=cause))
    assert failure.code == code


class CertificateError(ValueError):
    """As urllib3's."""


@pytest.mark.parametrize("kind", [CertificateError, ssl.CertificateError])
def test_a_certificate_for_another_name_is_refused(kind):
    """urllib3 compares the names where OpenSSL does not."""
    cause = kind("hostname 'a' doesn't match 'b'")
    failure = read(Connection(cause).connect, boto.SSLError(endpoint_url=URL, error=cause))
    assert failure.code == "CertificateRefused"


def test_causes_that_go_in_a_circle_come_to_an_end():
    """Python allows it."""
    one, two = ValueError(), ValueError()
    one.__cause__, two.__cause__ = two, one
    assert list(causes(one)) == [one, two]
