"""The kinds of stores, each as a context manager: one entry of `KINDS` brings it all the tests."""

from __future__ import annotations

import socket
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from kinesis_producer.stores.memory import MemoryStore
from kinesis_producer.stores.redis import RedisStore
from kinesis_producer.stores.sql import SqlStore
from kinesis_producer.stores.sqlite import SQLiteStore
from tests.emulators import ministack as ministack_server
from tests.emulators import postgres as postgres_server
from tests.emulators import redis as redis_server
from tests.emulators import servers
from tests.stores import remote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from kinesis_producer.stores import Store

#: The password of a store that is not there, if it can have one; no error may say it.
SECRET = "open-sesame"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of store, and where this run of the tests keeps its rows.

    Attributes:
        opened: makes a store that finds the rows of those before it. It can be pickled, and is
            called in other processes too.
        address: of its database, for SQLAlchemy, if it has one.
        absent: makes one that cannot be reached, with `SECRET` as its password.
    """

    opened: Callable[[], Store]
    address: str = ""
    absent: Callable[[], AbstractContextManager[Store]] | None = None


@contextmanager
def memory(_directory: Path) -> Iterator[Kind]:
    yield Kind(opened=partial(_same, MemoryStore()))


def _same(store: MemoryStore) -> MemoryStore:
    return store


@contextmanager
def sqlite(directory: Path) -> Iterator[Kind]:
    yield Kind(
        opened=partial(SQLiteStore, directory / "leases.sqlite", timeout=30),
        absent=partial(_locked, directory / "locked.sqlite"),
    )


@contextmanager
def _locked(path: Path) -> Iterator[Store]:
    """A file that somebody else uses, and does not mean to let go of."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with closing(SQLiteStore(path, timeout=0.1)) as store:
            yield store


@contextmanager
def sql_sqlite(directory: Path) -> Iterator[Kind]:
    path = directory / "leases.sqlite"
    with closing(sqlite3.connect(path)) as file:
        file.execute("PRAGMA journal_mode = WAL")  # a commit waits for the disk once, not thrice
    url = f"sqlite:///{path}"
    opened = partial(SqlStore, url, timeout=30)
    yield Kind(opened=opened, address=url, absent=partial(_no_directory, directory))


@contextmanager
def _no_directory(directory: Path) -> Iterator[Store]:
    with closing(SqlStore(f"sqlite:///{directory / 'missing' / 'leases.sqlite'}")) as store:
        yield store


@contextmanager
def postgres(_directory: Path) -> Iterator[Kind]:
    with postgres_server.postgres() as url:
        opened = partial(SqlStore, url, timeout=30)
        yield Kind(opened=opened, address=url, absent=_nobody_listens)


@contextmanager
def _nobody_listens() -> Iterator[Store]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    url = f"postgresql+psycopg://worker:{SECRET}@127.0.0.1:{port}/leases"
    with closing(SqlStore(url)) as store:
        yield store


@contextmanager
def dynalite(_directory: Path) -> Iterator[Kind]:
    with servers.dynalite() as url:
        yield _dynamodb(url)


@contextmanager
def ministack(_directory: Path) -> Iterator[Kind]:
    with ministack_server.ministack() as url:
        yield _dynamodb(url)


def _dynamodb(url: str) -> Kind:
    return Kind(
        opened=partial(remote.dynamodb_store, url, timeout=30),
        absent=partial(remote.no_dynamodb, SECRET),
    )


@contextmanager
def redis(_directory: Path) -> Iterator[Kind]:
    with redis_server.redis_server() as port:
        yield Kind(
            opened=partial(RedisStore, f"redis://127.0.0.1:{port}/0", timeout=30),
            absent=partial(remote.no_redis, SECRET),
        )


#: By name; each is given an empty directory, and asked once for the whole run.
KINDS: dict[str, Callable[[Path], AbstractContextManager[Kind]]] = {
    "memory": memory,
    "sqlite": sqlite,
    "sql-sqlite": sql_sqlite,
    "postgres": postgres,
    "dynalite": dynalite,
    "ministack": ministack,
    "redis": redis,
}

#: Those that need a server: what is missing, None if nothing. Skipped at home, failed on CI.
SERVERS: dict[str, Callable[[], str | None]] = {
    "postgres": postgres_server.missing,
    "dynalite": servers.missing,
    "ministack": ministack_server.missing,
    "redis": redis_server.missing,
}

#: Those that keep what they were given, and let other processes see it.
LASTING = [name for name in KINDS if name != "memory"]

#: Those whose table of an application serves one stream alone, as the KCL's does.
OF_ONE_STREAM = ["dynalite", "ministack"]
OF_MANY_STREAMS = [name for name in KINDS if name not in OF_ONE_STREAM]
