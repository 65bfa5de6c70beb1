"""A stream of twelve shards, and stores that worker programs can reach by an address."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.emulators import postgres, redis, servers
from tests.workers.fleet import CREDENTIALS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from kinesis_producer.testing import LocalKinesis

STREAM = "orders"


@pytest.fixture
def kinesis(local_kinesis: LocalKinesis) -> LocalKinesis:
    """A local Kinesis with one stream of twelve shards."""
    local_kinesis.create_stream(STREAM, shards=12)
    return local_kinesis


@contextmanager
def _sqlite(directory: Path) -> Iterator[str]:
    yield f"sqlite:{directory / 'leases.db'}"


@contextmanager
def _postgres(_: Path) -> Iterator[str]:
    with postgres.postgres() as url:
        yield url


@contextmanager
def _redis(_: Path) -> Iterator[str]:
    with redis.redis_server() as port:
        yield f"redis://127.0.0.1:{port}"


@contextmanager
def _dynamodb(_: Path) -> Iterator[str]:
    with servers.dynalite() as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL_DYNAMODB", url)
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        yield "dynamodb:"


_STORES: dict[
    str, tuple[Callable[[], str | None], Callable[[Path], AbstractContextManager[str]]]
] = {
    "sqlite": (lambda: None, _sqlite),
    "postgres": (postgres.missing, _postgres),
    "redis": (redis.missing, _redis),
    "dynamodb": (servers.missing, _dynamodb),
}


@pytest.fixture(params=_STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a store. A missing server is skipped at home and fails on CI."""
    missing, opened = _STORES[request.param]
    reason = missing()
    if reason is not None and "CI" in os.environ:
        pytest.fail(f"{request.param}: {reason}")
    if reason is not None:
        pytest.skip(f"{request.param}: {reason}")
    with opened(tmp_path) as address:
        yield address
