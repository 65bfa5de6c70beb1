"""The file of `SQLiteStore`: its connection, and what is in it."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: Of the tables in the file; kept in it as its ``user_version``.
SCHEMA: Final = 1

_TABLE: Final = """
CREATE TABLE IF NOT EXISTS kinesis_leases (
    application TEXT NOT NULL,
    stream_arn TEXT NOT NULL,
    stream_created INTEGER NOT NULL,
    shard_id TEXT NOT NULL,
    checkpoint TEXT NOT NULL,
    counter INTEGER NOT NULL,
    owner TEXT,
    switches INTEGER NOT NULL,
    parents TEXT NOT NULL,
    children TEXT NOT NULL,
    first_hash_key TEXT,
    last_hash_key TEXT,
    since REAL,
    wanted_by TEXT,
    PRIMARY KEY (application, stream_arn, stream_created, shard_id)
) WITHOUT ROWID
"""


class SQLiteFile:
    """A connection that is opened when it is needed, and never inherited by a fork. Any thread."""

    def __init__(self, path: Path, timeout: float) -> None:
        self._path = path
        self._timeout = timeout
        self._lock = threading.Lock()  # guards what follows, and all use of the connection
        self._connection: sqlite3.Connection | None = None
        self._closed = False
        with _forks:
            _files.add(self)

    def run(self, statement: str, values: Mapping[str, Any]) -> tuple[int, list[sqlite3.Row]]:
        """How many rows a statement changed, and those that it found."""
        with self._lock:
            cursor = self._opened().execute(statement, values)
            found = cursor.fetchall()
            return cursor.rowcount, found

    def open(self) -> None:
        """See that it is open, and has the table."""
        with self._lock:
            self._opened()

    def close(self) -> None:
        """Close it. A call that comes too late fails, as if the file were out of order."""
        with self._lock:
            self._closed = True
            self._let_go()

    def before_fork(self) -> None:
        """Wait for who uses it, and let nobody use it until the fork is done."""
        self._lock.acquire()
        self._let_go()

    def after_fork(self) -> None:
        """In parent and child: whoever needs it opens it again."""
        self._lock.release()

    def _let_go(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _opened(self) -> sqlite3.Connection:
        if self._closed:
            raise sqlite3.ProgrammingError("the store was closed")
        if self._connection is None:
            with _connected(self._path, self._timeout) as connection:
                _prepare(connection, self._path)
                self._connection = connection
        return self._connection


@contextmanager
def _connected(path: Path, timeout: float) -> Iterator[sqlite3.Connection]:
    """A connection in which each statement is a transaction; closed only on errors."""
    connection = sqlite3.connect(
        path, timeout=timeout, isolation_level=None, check_same_thread=False
    )
    try:
        connection.row_factory = sqlite3.Row
        yield connection
    except BaseException:
        connection.close()
        raise


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make what is missing. Several may do so at once."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version not in {0, SCHEMA}:
        raise ConfigError(
            f"{path} holds version {version} of something, and this is for version {SCHEMA}: it is "
            "another program's file, or was made by a later kinesis_producer"
        )
    # A file system without shared memory cannot have it, and who makes the file just now refuses:
    # both are no worse than slower.
    with suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    if version != SCHEMA:
        connection.execute(_TABLE)
        connection.execute(f"PRAGMA user_version = {SCHEMA}")


# SQLite believes that a child has the locks of its parent, which it has not: whatever the child
# then opened of that file, others could clear away under it. Hence nothing is open in a fork.
_forks = threading.Lock()  # guards _files, and is held while the process forks
_files: weakref.WeakSet[SQLiteFile] = weakref.WeakSet()
_resting: list[SQLiteFile] = []


def _before_fork() -> None:
    _forks.acquire()
    _resting.extend(_files)
    for file in _resting:
        file.before_fork()


def _after_fork() -> None:
    while _resting:
        _resting.pop().after_fork()
    _forks.release()


os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
