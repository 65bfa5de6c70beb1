"""Leases in an SQL database, through SQLAlchemy: in that of the output, a checkpoint joins it.

It needs the extra ``sql``, or ``postgres`` with its driver.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kinesis_producer.core.positions import read_position
from kinesis_producer.stores.columns import changed_columns, columns, key_of, read_lease

try:
    from sqlalchemy import delete, insert, inspect, select, update
    from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
    from sqlalchemy.schema import CreateTable

    from kinesis_producer.stores.sql_engine import SqlEngine
    from kinesis_producer.stores.sql_table import lease_table
except ImportError as error:
    raise ImportError(
        "SqlStore needs SQLAlchemy: pip install 'kinesis_producer[sql]', or [postgres]"
    ) from error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import ColumnElement, Connection, Engine, Executable, Table
    from sqlalchemy.orm import Session

    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.core.positions import Position
    from kinesis_producer.stores import StreamId
    from kinesis_producer.stores.columns import Columns


class SqlStore:
    """Keeps leases in a table of a database, for all workers that reach it. Any thread.

    Made for PostgreSQL, and tested with it and SQLite.

    Args:
        database: its SQLAlchemy URL, or an ``Engine``, which is not closed here.
        table_name: of the table, made if there is none; several applications and streams share it.
        timeout: how long a call waits for a connection, and for whoever holds a lock.

    Raises:
        ConfigError: the URL cannot work, or the driver it names is not installed.
    """

    def __init__(
        self,
        database: str | Engine,
        *,
        table_name: str = "kinesis_leases",
        timeout: float = 2.0,
    ) -> None:
        self._engine = SqlEngine(database, timeout)
        self._table = lease_table(table_name)

    def __repr__(self) -> str:
        return f"SqlStore({self._engine.name!r}, table_name={self._table.name!r})"

    def table(self, application: str, stream: StreamId) -> SqlTable:
        """See `Store.table`.

        Raises:
            ConfigError: the application's name cannot be part of a key.
            StoreUnavailable: the database cannot be reached, or the table neither found nor made.
        """
        key = key_of(application, stream)
        try:
            if not self._is_there():
                self._make()
        except SQLAlchemyError as error:
            raise self._engine.unavailable(error) from error
        return SqlTable(self._engine, self._table, key)

    def close(self) -> None:
        """Close the connections that were opened here; later calls raise `StoreUnavailable`."""
        self._engine.close()

    def _is_there(self) -> bool:
        with self._engine.begin() as connection:
            return inspect(connection).has_table(self._table.name)

    def _make(self) -> None:
        try:
            with self._engine.begin() as connection:
                connection.execute(CreateTable(self._table, if_not_exists=True))
        except DBAPIError:  # somebody else may be making it: PostgreSQL then refuses it to one
            if not self._is_there():
                raise


class SqlTable:
    """See `LeaseTable`; and `checkpoint_within`, for outputs in the same database. Any thread."""

    def __init__(self, engine: SqlEngine, table: Table, key: Columns) -> None:
        self._engine = engine
        self._table = table
        self._key = key

    def leases(self) -> Sequence[Lease]:
        """See `LeaseTable.leases`."""
        return self._found(*self._equal(self._key))

    def lease(self, shard_id: str) -> Lease | None:
        """See `LeaseTable.lease`."""
        found = self._found(*self._equal({**self._key, "shard_id": shard_id}))
        return found[0] if found else None

    def create(self, lease: Lease) -> bool:
        """See `LeaseTable.create`."""
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(self._table).values(self._key | columns(lease)))
        except IntegrityError:  # the key is all that such a row can offend
            return False
        except SQLAlchemyError as error:
            raise self._engine.unavailable(error) from error
        return True

    def replace(self, old: Lease, new: Lease) -> bool:
        """See `LeaseTable.replace`."""
        changed = update(self._table).values(changed_columns(old, new))
        return self._changed(changed.where(*self._seen(old)))

    def delete(self, lease: Lease) -> bool:
        """See `LeaseTable.delete`."""
        return self._changed(delete(self._table).where(*self._seen(lease)))

    def checkpoint_within(
        self, connection: Connection | Session, shard_id: str, *, owner: str, position: Position
    ) -> bool:
        """Write a checkpoint in a transaction of yours: it is there if, and only if, your rows are.

        Call it last before the commit: from here to there the lease cannot be renewed, nor taken.
        It leaves the counter alone, so that the owner goes on renewing. On PostgreSQL a transaction
        that then stays idle for 10 seconds is ended, unless it has a limit of its own: a worker
        that froze would keep its shard from all others.

        Args:
            connection: a connection or a session, in a transaction.
            shard_id: the shard.
            owner: who believes to have its lease.
            position: up to where the transaction deals with the shard.

        Returns:
            False if nothing was written and the transaction has to be rolled back, since another
            worker has the lease, or the shard was dealt with up to there before.
        """
        lease = self._equal({**self._key, "shard_id": shard_id, "owner": owner})
        wanted = select(self._table.c.checkpoint).where(*lease).with_for_update()
        found = connection.execute(wanted).scalar_one_or_none()
        if found is None or position <= read_position(found):
            return False
        self._engine.limit_idling(connection)
        # where rows are not locked, the position may have moved since
        unmoved = self._table.c.checkpoint == found
        written = update(self._table).values(checkpoint=str(position), switches=0)
        return _count(connection.execute(written.where(*lease, unmoved))) == 1

    def _equal(self, values: Mapping[str, Any]) -> list[ColumnElement[bool]]:
        return [self._table.c[name] == value for name, value in values.items()]

    def _seen(self, lease: Lease) -> list[ColumnElement[bool]]:
        seen = {"shard_id": lease.shard_id, "counter": lease.counter}
        return self._equal(self._key | seen)

    def _changed(self, statement: Executable) -> bool:
        try:
            with self._engine.begin() as connection:
                return _count(connection.execute(statement)) == 1
        except SQLAlchemyError as error:
            raise self._engine.unavailable(error) from error

    def _found(self, *condition: ColumnElement[bool]) -> list[Lease]:
        try:
            with self._engine.begin() as connection:
                rows = connection.execute(select(self._table).where(*condition)).mappings().all()
            return [read_lease(dict(row)) for row in rows]
        except (SQLAlchemyError, ValueError) as error:
            raise self._engine.unavailable(error) from error


def _count(result: Any) -> int:
    """How many rows were changed; SQLAlchemy has a type with it only for what has changed some."""
    count: int = result.rowcount
    return count
