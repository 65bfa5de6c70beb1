"""The three servers that the contract is checked on, each started once."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from kinesis_producer.testing import LocalKinesis
from tests.contract.service import Service
from tests.emulators import servers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager


@contextmanager
def local() -> Iterator[str]:
    with LocalKinesis(state_delay=servers.STATE_MILLISECONDS / 1000) as kinesis:
        yield kinesis.endpoint_url


SERVERS: dict[str, Callable[[], AbstractContextManager[str]]] = {
    "local": local,
    "kinesis-local": servers.kinesis_local,
    "kinesalite": servers.kinesalite,
}


@pytest.fixture(
    scope="session",
    params=[
        "local",
        pytest.param("kinesis-local", marks=pytest.mark.real_server),
        pytest.param("kinesalite", marks=pytest.mark.real_server),
    ],
)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    """One server, for the whole run. A missing one is skipped at home and fails on CI."""
    name: str = request.param
    reason = servers.missing() if name != "local" else None
    if reason is not None and "CI" in os.environ:
        pytest.fail(f"{name}: {reason}")
    if reason is not None:
        pytest.skip(f"{name}: {reason}")
    with SERVERS[name]() as url:
        client = _client(url)
        try:
            yield Service(name=name, endpoint_url=url, client=client)
        finally:
            client.close()


@pytest.fixture(scope="session")
def stream(service: Service) -> str:
    """A stream of four shards that tests share: none reshards it or counts its records."""
    return service.new_stream(4)


@pytest.fixture(scope="session")
def parted(service: Service) -> str:
    """A stream of two shards, the first of which was split into the third and fourth."""
    name = service.new_stream(2)
    service.split(name)
    return name


def _client(url: str) -> Any:
    config = Config(
        parameter_validation=False,
        retries={"total_max_attempts": 1, "mode": "standard"},
        max_pool_connections=16,
    )
    return boto3.client(
        "kinesis",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=config,
    )
