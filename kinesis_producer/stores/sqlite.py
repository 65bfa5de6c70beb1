"""Leases in one SQLite file: for the processes of one host, with nothing to install."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.errors import ConfigError, StoreUnavailable
from kinesis_producer.stores.columns import changed_columns, columns, key_of, read_lease
from kinesis_producer.stores.sqlite_file import SQLiteFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.stores import StreamId
    from kinesis_producer.stores.columns import Columns

_OF_TABLE: Final = (
    "application = :application AND stream_arn = :stream_arn AND stream_created = :stream_created"
)
_OF_LEASE: Final = f"{_OF_TABLE} AND shard_id = :shard_id"
_SEEN: Final = f"{_OF_LEASE} AND counter = :seen"

#: Errors that no waiting helps against, so that the path is to blame.
_UNUSABLE: Final = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_READONLY}


class SQLiteStore:
    """Keeps leases in a file, which several processes of one host share. Any thread.

    A change is on the disk when its call returns. No network file system: SQLite's locks do not
    hold on most of them.

    Args:
        path: of the file, made if there is none.
        timeout: how long a call waits while others write.

    Raises:
        ConfigError: the path is none of a file.
    """

    def __init__(self, path: str | os.PathLike[str], *, timeout: float = 2.0) -> None:
        name = os.fspath(path)
        if not name or name == ":memory:":
            raise ConfigError("SQLiteStore needs the path of a file; MemoryStore needs none")
        self._path = Path(name).absolute()
        self._file = SQLiteFile(self._path, timeout)

    def __repr__(self) -> str:
        return f"SQLiteStore({str(self._path)!r})"

    def table(self, application: str, stream: StreamId) -> _SQLiteTable:
        """See `Store.table`.

        Raises:
            ConfigError: the path can be no database of leases, or the name none of an application.
            StoreUnavailable: the file cannot be used now.
        """
        key = key_of(application, stream)
        try:
            self._file.open()
        except sqlite3.Error as error:
            raise self._told(error) from error
        return _SQLiteTable(self, key)

    def close(self) -> None:
        """Close the file; what is asked for later is refused with `StoreUnavailable`."""
        self._file.close()

    def run(self, statement: str, values: Mapping[str, Any]) -> tuple[int, list[sqlite3.Row]]:
        """How many rows a statement changed, and those that it found. Blocks.

        Raises:
            StoreUnavailable: it could not be run, or not to its end.
        """
        try:
            return self._file.run(statement, values)
        except sqlite3.Error as error:
            raise StoreUnavailable(f"{self._path}: {error}") from error

    def _told(self, error: sqlite3.Error) -> ConfigError | StoreUnavailable:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without what it adds to its kind
        if code not in _UNUSABLE:
            return StoreUnavailable(f"{self._path}: {error}")
        return ConfigError(
            f"{self._path} cannot be a database: {error}. Give SQLiteStore the path of a new file, "
            "or of one that it has made, in a directory that exists and may be written to"
        )


class _SQLiteTable:
    """See `LeaseTable`."""

    def __init__(self, store: SQLiteStore, key: Columns) -> None:
        self._store = store
        self._key = key

    def leases(self) -> Sequence[Lease]:
        """See `LeaseTable.leases`."""
        return self._found(_OF_TABLE, self._key)

    def lease(self, shard_id: str) -> Lease | None:
        """See `LeaseTable.lease`."""
        found = self._found(_OF_LEASE, {**self._key, "shard_id": shard_id})
        return found[0] if found else None

    def create(self, lease: Lease) -> bool:
        """See `LeaseTable.create`."""
        row = self._key | columns(lease)
        names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
        statement = f"INSERT INTO kinesis_leases ({names}) VALUES ({values}) ON CONFLICT DO NOTHING"
        return self._changed(statement, row)

    def replace(self, old: Lease, new: Lease) -> bool:
        """See `LeaseTable.replace`."""
        changed = changed_columns(old, new)
        assigned = ", ".join(f"{name} = :{name}" for name in changed)
        statement = f"UPDATE kinesis_leases SET {assigned} WHERE {_SEEN}"
        return self._changed(statement, changed | self._seen(old))

    def delete(self, lease: Lease) -> bool:
        """See `LeaseTable.delete`."""
        return self._changed(f"DELETE FROM kinesis_leases WHERE {_SEEN}", self._seen(lease))

    def _seen(self, lease: Lease) -> Columns:
        return {**self._key, "shard_id": lease.shard_id, "seen": lease.counter}

    def _changed(self, statement: str, values: Columns) -> bool:
        return self._store.run(statement, values)[0] == 1

    def _found(self, condition: str, values: Columns) -> list[Lease]:
        _, rows = self._store.run(f"SELECT * FROM kinesis_leases WHERE {condition}", values)
        try:
            return [read_lease(dict(row)) for row in rows]
        except ValueError as error:
            raise StoreUnavailable(f"{self._store!r} holds what is no lease: {error}") from error
