"""Test a job of your own against a local Kinesis: what arrives, and what happens when it cannot.

Run it::

    pytest examples/testing_a_job.py

``local_kinesis`` is a pytest fixture of this package. Here the job finds the server by the
environment, so that it needs no change to be tested.
"""

# ruff: noqa: S101 -- asserts are what a test is made of

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kinesis_producer import KinesisProducer, UndeliveredRecords
from kinesis_producer.testing import LocalKinesis, faults

if TYPE_CHECKING:
    from collections.abc import Iterable


def job(orders: Iterable[str]) -> int:
    """The job to be tested: sends orders, and returns how many were delivered."""
    with KinesisProducer({"stream_name": "orders"}, serializer="str") as producer:
        for order in orders:
            if order:
                producer.send(order)
    return producer.totals.delivered


@pytest.fixture
def kinesis(local_kinesis: LocalKinesis, monkeypatch: pytest.MonkeyPatch) -> LocalKinesis:
    """A local Kinesis with the stream of the job, where boto3 will look for it."""
    local_kinesis.create_stream("orders", shards=2)
    monkeypatch.setenv("AWS_ENDPOINT_URL_KINESIS", local_kinesis.endpoint_url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    return local_kinesis


def arrived(kinesis: LocalKinesis) -> list[bytes]:
    """The records in the stream, out of their aggregates."""
    data = b"".join(record.data for record in kinesis.ledger("orders"))
    return data.split(b"\n")[:-1]


def test_every_order_arrives_once(kinesis: LocalKinesis) -> None:
    """Empty ones are left out."""
    assert job(["one apple", "", "two pears"]) == 2
    assert arrived(kinesis) == [b"one apple", b"two pears"]


def test_the_job_outlives_a_throttled_stream(kinesis: LocalKinesis) -> None:
    """The first two requests are refused; nothing is lost and nothing is there twice."""
    throttled = faults.entries([0], "ProvisionedThroughputExceededException")
    kinesis.faults.script("PutRecords", throttled, throttled)
    assert job(["one apple"]) == 1
    assert arrived(kinesis) == [b"one apple"]
    assert kinesis.count("PutRecords") == 3


def test_the_job_fails_loudly_without_permission(kinesis: LocalKinesis) -> None:
    """The exception names the cause."""
    kinesis.faults.always("PutRecords", faults.error("AccessDeniedException", "not for you"))
    with pytest.raises(UndeliveredRecords, match="AccessDeniedException: not for you"):
        job(["one apple"])
    assert arrived(kinesis) == []
