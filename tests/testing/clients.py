"""Clients of a local Kinesis: boto3 without its retries, and plain HTTP."""

from __future__ import annotations

import http.client
import json
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kinesis_producer.testing import FaultProxy, LocalKinesis

_SESSION = boto3.session.Session()

#: The head of a plain ListStreams without its end, and the whole of one.
HEAD = (
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.1\r\n"
    "Authorization: x\r\nX-Amz-Target: Kinesis_20131202.ListStreams\r\n"
)
ASK = (HEAD + "Content-Length: 2\r\n\r\n{}").encode()

#: Headers of a request that the server takes for signed.
HEADERS = {
    "Content-Type": "application/x-amz-json-1.1",
    "Authorization": "AWS4-HMAC-SHA256 Credential=local",
}


@contextmanager
def client_of(kinesis: LocalKinesis, proxy: FaultProxy | None = None) -> Iterator[Any]:
    """A boto3 client that asks once, and that does not check parameters before it asks."""
    config = Config(
        parameter_validation=False,
        retries={"total_max_attempts": 1, "mode": "standard"},
        max_pool_connections=16,
        read_timeout=30,
    )
    options = kinesis.client_options
    options["endpoint_url"] = (proxy or kinesis).endpoint_url
    client = _SESSION.client("kinesis", config=config, **options)
    try:
        yield client
    finally:
        client.close()


def code_of(call: Callable[..., Any], **arguments: Any) -> str:
    """The error code that the call ends with, or "accepted"."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "accepted"


def message_of(call: Callable[..., Any], **arguments: Any) -> str:
    """The error message that the call ends with."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Message"])
    return ""


def post(
    kinesis: LocalKinesis, operation: str, body: str | bytes, **headers: str
) -> tuple[int, dict[str, str], Any]:
    """One plain request: status, headers in lower case, JSON of the answer (None if empty)."""
    connection = http.client.HTTPConnection("127.0.0.1", kinesis.port, timeout=30)
    target = {"X-Amz-Target": f"Kinesis_20131202.{operation}"}
    content = body.encode() if isinstance(body, str) else body
    try:
        connection.request("POST", "/", content, {**HEADERS, **target, **headers})
        response = connection.getresponse()
        raw = response.read()
        names = {name.lower(): value for name, value in response.getheaders()}
        return response.status, names, json.loads(raw) if raw else None
    finally:
        connection.close()


@contextmanager
def raw_connection(kinesis: LocalKinesis) -> Iterator[socket.socket]:
    """A bare TCP connection, on which nothing blocks for more than 30 seconds."""
    with socket.create_connection(("127.0.0.1", kinesis.port), timeout=30) as sock:
        yield sock


def read_to_end(sock: socket.socket) -> bytes:
    """Everything that comes until the other end closes."""
    chunks = []
    while chunk := sock.recv(65536):
        chunks.append(chunk)
    return b"".join(chunks)


def drain(client: Any, name: str, shard_id: str) -> list[dict[str, Any]]:
    """Every record of a shard, read from its beginning until there is no more now."""
    answer = client.get_shard_iterator(
        StreamName=name, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON"
    )
    iterator, records = answer["ShardIterator"], []
    while iterator:
        page = client.get_records(ShardIterator=iterator)
        records.extend(page["Records"])
        iterator = page.get("NextShardIterator") if page["Records"] else None
    return records


@contextmanager
def subscribed(
    client: Any, consumer_arn: str, shard_id: str, kind: str = "TRIM_HORIZON", **more: Any
) -> Iterator[Iterator[dict[str, Any]]]:
    """The events of a subscription as they come, without the name that each of them has."""
    answer = client.subscribe_to_shard(
        ConsumerARN=consumer_arn, ShardId=shard_id, StartingPosition={"Type": kind, **more}
    )
    try:
        yield (event["SubscribeToShardEvent"] for event in answer["EventStream"])
    finally:
        answer["EventStream"].close()


def data_of(events: Iterator[dict[str, Any]], count: int) -> list[bytes]:
    """The data of the next records, so many of them at least."""
    data: list[bytes] = []
    while len(data) < count:
        data.extend(record["Data"] for record in next(events)["Records"])
    return data


def shards_of(client: Any, name: str) -> list[dict[str, Any]]:
    """Every shard of a stream, as ListShards writes them."""
    shards: list[dict[str, Any]] = client.list_shards(StreamName=name)["Shards"]
    return shards


def exchange(kinesis: LocalKinesis, sent: bytes) -> bytes:
    """Everything that the server says to these bytes until it closes."""
    with raw_connection(kinesis) as sock:
        sock.sendall(sent)
        return read_to_end(sock)


def answer_of(sock: socket.socket) -> bytes:
    """One answer on a connection that goes on."""
    raw = b""
    while b"\r\n\r\n" not in raw:
        raw += sock.recv(65536)
    head, _, body = raw.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
    while len(body) < length:
        body += sock.recv(65536)
    return head


def assert_alive(kinesis: LocalKinesis) -> None:
    """The server answers."""
    assert post(kinesis, "ListStreams", "{}")[0] == 200
