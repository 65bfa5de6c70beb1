"""A stream on a Kinesis by other people, and the KCL reading it: started once, for one module."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import boto3
import pytest
from botocore.config import Config

from tests.emulators import servers
from tests.kcl import daemon, leases, writing
from tests.kcl.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SHARDS: Final = 4
STREAM: Final = "orders"
APPLICATION: Final = "reader-of-orders"


@pytest.fixture(scope="module")
def kinesis() -> Iterator[Any]:
    """A client of kinesis-local. A missing server is skipped at home and fails on CI."""
    reason = servers.missing()
    if reason is not None and "CI" in os.environ:
        pytest.fail(reason)
    if reason is not None:
        pytest.skip(reason)
    with servers.kinesis_local() as url, client_of("kinesis", url) as client:
        yield client


@pytest.fixture(scope="module")
def stream(kinesis: Any) -> str:
    """A stream of four shards."""
    kinesis.create_stream(StreamName=STREAM, ShardCount=SHARDS)
    writing.settle(kinesis, STREAM)
    return STREAM


@pytest.fixture(scope="module")
def kcl(
    java: None, kinesis: Any, stream: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[daemon.Daemon]:
    """The KCL, reading the stream from its beginning."""
    with servers.dynalite() as url:
        with client_of("dynamodb", url) as dynamodb:
            leases.make_tables(dynamodb, APPLICATION)
            leases.add(dynamodb, APPLICATION, kinesis.list_shards(StreamName=stream)["Shards"])
        settings = {
            "applicationName": APPLICATION,
            "streamName": stream,
            "kinesisEndpoint": kinesis.meta.endpoint_url,
            "dynamoDBEndpoint": url,
        }
        with daemon.running(tmp_path_factory.mktemp("kcl"), settings) as running:
            yield running


@pytest.fixture(scope="module")
def java() -> None:
    """Skip where there is no Java."""
    reason = daemon.missing()
    if reason is not None:
        pytest.skip(reason)


@contextmanager
def client_of(service: Any, url: str) -> Iterator[Any]:
    client = boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1, "mode": "standard"}),
    )
    try:
        yield client
    finally:
        client.close()


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    """A client of dynalite."""
    with servers.dynalite() as url, client_of("dynamodb", url) as client:
        yield client


@pytest.fixture
def scene(
    java: None, kinesis: Any, dynamodb: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> Scene:
    """A stream of four shards of its own, and tables without leases."""
    name = request.node.name.replace("_", "-")
    kinesis.create_stream(StreamName=name, ShardCount=SHARDS)
    writing.settle(kinesis, name)
    leases.make_tables(dynamodb, name)
    return Scene(kinesis, dynamodb, name, tmp_path)
