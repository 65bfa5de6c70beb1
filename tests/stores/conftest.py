"""A store of each kind, opened once for the whole run, and a table of its own for each test."""

from __future__ import annotations

import os
from contextlib import closing
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from tests.stores.kinds import KINDS, SERVERS
from tests.stores.rows import STREAM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kinesis_producer.stores import LeaseTable, Store
    from tests.stores.kinds import Kind


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever is given a kind of store that needs a server has the marker ``database``."""
    for item in items:
        called = getattr(item, "callspec", None)
        name = called.params.get("kind") if called is not None else None
        if isinstance(name, str) and name in SERVERS:  # others may mean something else by it
            item.add_marker(pytest.mark.database)


@pytest.fixture(scope="session", params=list(KINDS))
def kind(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kind]:
    """One kind of store. One whose server is missing is skipped at home and fails on CI."""
    name: str = request.param
    reason = SERVERS[name]() if name in SERVERS else None
    if reason is not None and "CI" in os.environ:
        pytest.fail(f"{name}: {reason}")
    if reason is not None:
        pytest.skip(f"{name}: {reason}")
    with KINDS[name](tmp_path_factory.mktemp(name)) as found:
        yield found


@pytest.fixture(scope="session")
def store(kind: Kind) -> Iterator[Store]:
    """A store of that kind, shared by the tests."""
    with closing(kind.opened()) as opened:
        yield opened


@pytest.fixture
def application() -> str:
    """A name that no other test uses."""
    return f"application-{uuid4().hex}"


@pytest.fixture
def table(store: Store, application: str) -> LeaseTable:
    """An empty table of that store."""
    return store.table(application, STREAM)
