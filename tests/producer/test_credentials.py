"""Credentials that are renewed while records are sent, and those that cannot be."""

from __future__ import annotations

import datetime as dt
import re

import boto3.session
import botocore.credentials
import botocore.session
import pytest

from kinesis_producer import KinesisProducer, Outcome, Totals
from kinesis_producer.testing import faults
from tests.conftest import STREAM
from tests.producer.conftest import lines


def keys(access):
    """Some that botocore renews before each request: they have a minute left."""
    end = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=60)
    secrets = {"access_key": access, "secret_key": "secret", "token": "token"}
    return {**secrets, "expiry_time": end.isoformat()}


def session_of(refresh):
    """A session with credentials that this function renews."""
    under = botocore.session.Session()
    kind = botocore.credentials.RefreshableCredentials
    credentials = kind.create_from_metadata(keys("first"), refresh, "test")
    vars(under)["_credentials"] = credentials
    return boto3.session.Session(botocore_session=under, region_name="us-east-1")


@pytest.fixture
def producer_of(kinesis):
    """Makes a producer with one sender, whose credentials this function renews."""
    made = []

    def make(refresh, session=None):
        config = {"stream_name": STREAM, "endpoint_url": kinesis.endpoint_url}
        config |= {"kinesis_concurrency": 1, "buffer_time_limit": 0.05}
        producer = KinesisProducer(config, session=session or session_of(refresh))
        made.append(producer)
        return producer

    yield make
    for producer in made:
        producer.abort()


@pytest.mark.parametrize("refused", [1, 3])
def test_credentials_that_are_renewed_in_time_cost_no_record(kinesis, producer_of, refused):
    """Some requests find the old ones expired; then there are others, and nobody notices."""
    signed = []
    session = session_of(lambda: keys("second" if len(signed) >= refused else "first"))

    def note(request, **_):
        authorization = request.headers["Authorization"]
        if "PutRecords" in str(request.headers["X-Amz-Target"]):
            signed.extend(re.findall("Credential=(\\w+)/", str(authorization)))

    def expired(request, proceed):
        fault = faults.expired_credentials()
        return proceed() if signed[-1] == "second" else fault(request, proceed)

    session.events.register("before-send.kinesis", note)
    kinesis.faults.always("PutRecords", expired)
    with producer_of(None, session) as producer:
        deliveries = [producer.send(b"%d" % number) for number in range(100)]
        producer.flush()
        deliveries.append(producer.send(b"100"))
    assert signed == ["first"] * refused + ["second"] * 2
    assert {one.outcome for one in deliveries} == {Outcome.DELIVERED}
    assert deliveries[0].result().attempts == refused + 1
    assert lines(kinesis) == [b"%d" % number for number in range(101)]
    assert producer.totals == Totals(received=101, delivered=101)


@pytest.mark.parametrize("error", [ValueError, TimeoutError])
def test_credentials_that_cannot_be_renewed_are_told_without_what_was_said(
    kinesis, producer_of, caplog, error
):
    """No request was made, so nothing was written; and nobody knows what the error quotes."""

    def refresh():
        raise error("canary")

    producer = producer_of(refresh)
    failed = producer.send(b"x").exception(30)
    assert failed.code == "CredentialsUnavailable"
    assert producer.totals == Totals(received=1, not_written=1)
    assert kinesis.requests == []
    ours = [one for one in caplog.records if one.name.startswith("kinesis_producer")]
    said = "\n".join(map(caplog.handler.format, ours)) + str(failed)
    assert f"credentials could not be renewed: {error.__name__}" in said
    assert "canary" not in said


def test_credentials_that_are_back_in_time_cost_no_record(kinesis, producer_of):
    """Their source is asked again with each probe."""
    asked = []

    def refresh():
        asked.append(1)
        if len(asked) < 3:
            raise ConnectionResetError
        return keys("second")

    with producer_of(refresh) as producer:
        producer.send(b"x")
    assert lines(kinesis) == [b"x"]
    assert producer.totals == Totals(received=1, delivered=1)
