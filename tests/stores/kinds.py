"""The kinds of stores, each as a context manager: one entry of `KINDS` brings it all the tests."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from kinesis_producer.stores.memory import MemoryStore
from kinesis_producer.stores.sqlite import SQLiteStore

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
        absent: makes one that cannot be reached, with `SECRET` as its password.
    """

    opened: Callable[[], Store]
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


#: By name; each is given an empty directory, and asked once for the whole run.
KINDS: dict[str, Callable[[Path], AbstractContextManager[Kind]]] = {
    "memory": memory,
    "sqlite": sqlite,
}

#: Those that need a server: what is missing, None if nothing. Skipped at home, failed on CI.
SERVERS: dict[str, Callable[[], str | None]] = {}

#: Those that keep what they were given, and let other processes see it.
LASTING = [name for name in KINDS if name != "memory"]
