"""What the library writes to its log, whatever happens and at any level: nobody's secrets."""

from __future__ import annotations

import base64
import contextlib
import logging

import boto3.session
import pytest

from kinesis_producer import KinesisProducer, UndeliveredRecords
from kinesis_producer.testing import faults
from tests.producer.conftest import STREAM

SECRET, TOKEN, ACCESS = "canary-secret-key", "canary-session-token", "CANARYACCESSKEYID"
PAYLOAD, KEY = b"canary-payload", "canary-partition-key"
CANARIES = [SECRET, TOKEN, ACCESS, PAYLOAD.decode(), KEY, base64.b64encode(PAYLOAD).decode()[:16]]

#: The service quotes what it was sent.
INVALID = f"Value '{PAYLOAD.decode()}' at 'records.1.member.data' failed to satisfy constraint"
SIGNED = (
    "The request signature we calculated does not match. The Canonical String for this request"
    f" should have been 'POST\n/\n\nx-amz-security-token:{TOKEN}\n{SECRET}'"
)

FAULTS = {
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
    caplog.set_level(logging.DEBUG, logger="kinesis_producer")
    if FAULTS[fault] is not None:
        kinesis.faults.always("PutRecords", FAULTS[fault])
    session = boto3.session.Session(ACCESS, SECRET, TOKEN, region_name="us-east-1")
    config = {"stream_name": STREAM, "endpoint_url": kinesis.endpoint_url}
    times = {"buffer_time_limit": 0.05, "request_timeout": 0.3, "delivery_timeout": 0.8}
    producer = KinesisProducer({**config, **times}, session=session, on_delivery=broken)
    delivery = producer.send(PAYLOAD, partition_key=KEY)
    producer.send(PAYLOAD + b"\n")
    error = delivery.exception(20)
    with contextlib.suppress(UndeliveredRecords):
        producer.join(20)
    said = caplog.text + str(error) + repr(error) + repr(producer) + repr(delivery)
    assert "RequestMetrics" in caplog.text
    assert "on_delivery raised" in caplog.text
    found = [canary for canary in CANARIES if canary in said]
    assert found == []
