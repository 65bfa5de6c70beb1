"""What the library writes to its log, whatever happens and at any level: nobody's secrets."""

from __future__ import annotations

import base64
import contextlib
import logging

import boto3.session
import pytest

from kinesis_producer import ConfigError, KinesisProducer, UndeliveredRecords
from kinesis_producer.testing import faults
from tests.conftest import STREAM

SECRET, TOKEN, ACCESS = "canary-secret-key", "canary-session-token", "CANARYACCESSKEYID"
PAYLOAD, KEY = b"canary-payload", "canary-partition-key"
CANARIES = [SECRET, TOKEN, ACCESS, PAYLOAD.decode(), KEY, base64.b64encode(PAYLOAD).decode()[:16]]

#: The service quotes what it was sent.
INVALID = f"Value '{PAYLOAD.decode()}' at 'records.1.member.data' failed to satisfy constraint"
SIGNED = (
    "The request signature we calculated does not match. The Canonical String for this request"
    f" should have been 'POST\n/\n\nx-amz-security-token:{TOKEN}\n{SECRET}'"
)

HEADER = (
    f"'{TOKEN}' not a valid key=value pair (missing equal-sign) in Authorization header:"
    f" 'AWS4-HMAC-SHA256 Credential={ACCESS}/20261121/us-east-1/kinesis/aws4_request,"
    f" SignedHeaders=host;x-amz-security-token, Signature={SECRET}'."
)
#: Pages of a firewall on the way, which give the request back.
PAGE = b"<html>blocked: " + PAYLOAD + KEY.encode() + ACCESS.encode() + b"</html>"

#: Whole requests and single entries are refused in these words.
WORDS = {
    "incomplete": ("IncompleteSignature", HEADER),
    "as incomplete": ("IncompleteSignatureException", HEADER),
    "unsigned": ("MissingAuthenticationTokenException", HEADER),
    "unknown token": ("UnrecognizedClientException", f"{ACCESS} {TOKEN}"),
    "denied by header": ("AccessDeniedException", HEADER),
    "unknown code": ("InvalidPartitionKey", f"Invalid key: {KEY}"),
    "code of a kind": (f"No {KEY}", f"Invalid key: {KEY}"),
    "argument": ("InvalidArgumentException", f"Invalid key: {KEY}"),
    "value": ("KMSAccessDeniedException", INVALID + "y" * 5000),
    "cut value": ("ValidationException", f"Value '{PAYLOAD.decode()}"),
}

FAULTS = {
    **{f"{name}, all": faults.error(*words) for name, words in WORDS.items()},
    **{f"{name}, each": faults.entries(lambda *_: True, *words) for name, words in WORDS.items()},
    "403 page": faults.body(PAGE, status=403, committed=False),
    "503 page": faults.body(PAGE, status=503, committed=False),
    "200 page": faults.body(PAGE, committed=False),
    "none": None,
    "throttled": faults.error("ProvisionedThroughputExceededException"),
    "each throttled": faults.entries(lambda *_: True, "ProvisionedThroughputExceededException"),
    "internal": faults.entries(lambda *_: True, "InternalFailure"),
    "500": faults.server_error(),
    "denied": faults.error("AccessDeniedException", "not for you"),
    "expired": faults.error("ExpiredTokenException", "expired"),
    "wrong signature": faults.error("InvalidSignatureException", SIGNED),
    "invalid": faults.error("ValidationException", INVALID),
    "missing": faults.error("ResourceNotFoundException", "Stream orders not found"),
    "reset": faults.disconnect(committed=True),
    "half an answer": faults.body(b'{"Records": [' + PAYLOAD, committed=True),
    "hang": faults.hang(),
}


def broken(_):
    raise ValueError("no use")


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_brings_a_secret_into_the_log(kinesis, caplog, fault):
    """Credentials, payload and keys; with every level on, and a traceback of a callback in it."""
    if FAULTS[fault] is not None:
        kinesis.faults.always("PutRecords", FAULTS[fault])
    session = boto3.session.Session(ACCESS, SECRET, TOKEN, region_name="us-east-1")
    said = story(caplog, session, kinesis.endpoint_url)
    assert "RequestMetrics" in said
    assert "on_delivery raised" in said
    assert leaked(said) == []
    assert "y" * 301 not in said


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "https://kinesis.invalid", "https://127.0.0.1:{port}"]
)
def test_no_trouble_on_the_way_brings_a_secret_into_the_log(kinesis, caplog, url):
    """Nobody there, no such name, somebody who speaks no TLS."""
    session = boto3.session.Session(ACCESS, SECRET, TOKEN, region_name="us-east-1")
    url = url.format(port=kinesis.port)
    said = story(caplog, session, url)
    assert f"stream {STREAM} at {url}: Unreachable: " in said
    assert leaked(said) == []


@pytest.mark.parametrize("password", ["canary-secret-key", "p@canary-secret-key", "p/canary@x"])
@pytest.mark.parametrize("where", ["AWS_ENDPOINT_URL_KINESIS", "http_proxy"])
def test_no_password_of_an_address_comes_into_the_log(
    kinesis, caplog, monkeypatch, where, password
):
    """Whatever characters it has, be it of a proxy or of the endpoint."""
    monkeypatch.setenv(where, f"http://user:{password}@127.0.0.1:1")
    session = boto3.session.Session(ACCESS, SECRET, TOKEN, region_name="us-east-1")
    url = kinesis.endpoint_url if where == "http_proxy" else None
    try:
        said = story(caplog, session, url)
    except ConfigError as error:
        said = str(error)
    assert "canary" not in said.replace(__name__, "")


PROGRAM = """#!/bin/sh
[ -e "$0.once" ] && {{ echo {secret} {token} >&2; exit 1; }}
touch "$0.once"
echo '{{"Version": 1, "AccessKeyId": "{access}", "SecretAccessKey": "{secret}",'
echo '"SessionToken": "{token}", "Expiration": "2020-01-01T00:00:00Z"}}'
"""


def test_what_a_program_for_credentials_says_is_not_logged(kinesis, caplog, tmp_path, monkeypatch):
    """Nobody knows what it prints when it fails; botocore, in a log of its own, does tell."""
    program = tmp_path / "program"
    program.write_text(PROGRAM.format(access=ACCESS, secret=SECRET, token=TOKEN))
    program.chmod(0o700)
    (tmp_path / "config").write_text(f"[default]\ncredential_process = {program}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    said = story(caplog, boto3.session.Session(region_name="us-east-1"), kinesis.endpoint_url)
    assert "CredentialsUnavailable: the credential_process of the profile failed" in said
    assert leaked(said) == []


def story(caplog, session, url):
    """Everything that we say, in the log and otherwise, of what becomes of two records."""
    caplog.set_level(logging.DEBUG, logger="kinesis_producer")
    times = {"buffer_time_limit": 0.05, "request_timeout": 0.3, "delivery_timeout": 0.8}
    config = {"stream_name": STREAM, "endpoint_url": url, **times}
    producer = KinesisProducer(config, session=session, on_delivery=broken)
    delivery = producer.send(PAYLOAD, partition_key=KEY)
    producer.send(PAYLOAD + b"\n")
    error = delivery.exception(20)
    with contextlib.suppress(UndeliveredRecords):
        producer.join(20)
    ours = [record for record in caplog.records if record.name.startswith("kinesis_producer")]
    logged = "\n".join(map(caplog.handler.format, ours))
    return logged + str(error) + repr(error) + repr(producer) + repr(delivery)


def leaked(said):
    return [canary for canary in CANARIES if canary in said]
