"""The contract: what is not a request of the protocol."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from tests.contract.service import Service

HEADERS = {
    "Content-Type": "application/x-amz-json-1.1",
    "X-Amz-Date": "20261121T000000Z",
    "Authorization": (
        "AWS4-HMAC-SHA256 Credential=local/20261121/us-east-1/kinesis/aws4_request, "
        "SignedHeaders=host;x-amz-date;x-amz-target, Signature=local"
    ),
}


def post(service: Service, target: str, body: str, **headers: str | None) -> tuple[int, str]:
    """Status and error type of one plain request."""
    connection = http.client.HTTPConnection(urlsplit(service.endpoint_url).netloc, timeout=30)
    sent = {**HEADERS, "X-Amz-Target": f"Kinesis_20131202.{target}", **headers}
    try:
        connection.request(
            "POST", "/", body, {name: value for name, value in sent.items() if value is not None}
        )
        response = connection.getresponse()
        raw = response.read()
        return response.status, json.loads(raw or b"{}").get("__type", "none")
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("check", "target", "body", "code"),
    [
        ("unknown-operation", "Nonsense", "{}", "UnknownOperationException"),
        ("body-no-json", "ListStreams", "{", "SerializationException"),
        ("body-empty", "ListStreams", "", "SerializationException"),
        ("body-list", "ListStreams", "[]", "SerializationException"),
        ("body-wrong-type", "ListStreams", '{"Limit": "one"}', "SerializationException"),
        (
            "body-no-base64",
            "PutRecord",
            '{"StreamName": "nowhere", "PartitionKey": "k", "Data": "!!!"}',
            "SerializationException",
        ),
        (
            "body-no-padding",
            "PutRecord",
            '{"StreamName": "nowhere", "PartitionKey": "k", "Data": "YQ"}',
            "SerializationException",
        ),
        (
            "body-no-data",
            "PutRecord",
            '{"StreamName": "nowhere", "PartitionKey": "k"}',
            "ValidationException",
        ),
        (
            "body-no-key",
            "PutRecord",
            '{"StreamName": "nowhere", "Data": "YQ=="}',
            "ValidationException",
        ),
    ],
)
def test_wrong_requests(service: Service, check: str, target: str, body: str, code: str) -> None:
    """A request that is not of the protocol is a status 400 with the code that fits."""
    assert post(service, target, body) == service.expected(check, (400, code))


def test_an_unsigned_request(service: Service) -> None:
    """A request without Authorization is refused."""
    observed = post(service, "ListStreams", "{}", Authorization=None)
    assert observed == (400, "MissingAuthenticationTokenException")
