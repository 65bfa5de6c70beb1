"""The connections of `SqlStore`: none waits for long, and none is inherited by a fork."""

from __future__ import annotations

import os
import weakref
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError

from kinesis_producer.core.words import shortened
from kinesis_producer.errors import ConfigError, StoreUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import URL, Connection
    from sqlalchemy.orm import Session

#: Seconds that a transaction with a checkpoint in it may wait for its commit.
IDLE_TIMEOUT: Final = 10.0

#: Seconds that a client waits longer than its server, which then says what it waited for itself.
_GRACE: Final = 0.5

#: At the beginning of each transaction, and only for it: a user's engine is left as it was. Waiting
#: for a lock is part of a statement. What is idle here belongs to a frozen worker, whose lock would
#: be in the way of its successor.
_LIMITS: Final = {
    "postgresql": text(
        "SELECT set_config('statement_timeout', :limit, true),"
        " set_config('idle_in_transaction_session_timeout', :limit, true)"
    ),
    "mysql": text("SET SESSION innodb_lock_wait_timeout = :seconds"),
    "mariadb": text("SET SESSION innodb_lock_wait_timeout = :seconds"),
}
_LIMIT_IDLING: Final = text(
    "SELECT set_config('idle_in_transaction_session_timeout', :limit, true)"
    " WHERE current_setting('idle_in_transaction_session_timeout') = '0'"
)


class SqlEngine:
    """An engine of SQLAlchemy, own or a user's. Any thread.

    Attributes:
        name: of the database, without a password.
    """

    def __init__(self, database: str | Engine, timeout: float) -> None:
        if not isinstance(database, str | Engine):
            raise ConfigError("SqlStore needs a SQLAlchemy URL, or an Engine that is not async")
        self._owned = isinstance(database, str)
        engine = _made(database, timeout) if isinstance(database, str) else database
        self.name = _shown(engine.url)
        self._timeout = timeout
        self._closed = False
        self._engine = engine.execution_options(**_isolated(engine))
        _engines.add(self._engine)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction in which nothing waits for long."""
        if self._closed:
            raise StoreUnavailable(f"{self.name}: the store was closed")
        with self._engine.begin() as connection:
            limits = _LIMITS.get(self._engine.dialect.name)
            if limits is not None:
                values = {"limit": _milliseconds(self._timeout), "seconds": int(self._timeout) or 1}
                wanted = {name: values[name] for name in limits.compile().params}
                connection.execute(limits, wanted)
            yield connection

    def limit_idling(self, connection: Connection | Session) -> None:
        """Let this transaction not wait for its commit for ever, if nobody else has seen to it."""
        if self._engine.dialect.name == "postgresql":
            connection.execute(_LIMIT_IDLING, {"limit": _milliseconds(IDLE_TIMEOUT)})

    def unavailable(self, error: Exception) -> StoreUnavailable:
        """What went wrong, without the values that SQLAlchemy adds to it."""
        cause = error.orig if isinstance(error, DBAPIError) else error
        return StoreUnavailable(f"{self.name}: {shortened(str(cause))}")

    def close(self) -> None:
        """Close what was opened here; who comes later is refused."""
        self._closed = True
        if self._owned:
            self._engine.dispose()


def _made(url: str, timeout: float) -> Engine:
    try:
        known = make_url(url)
        if known.drivername == "postgresql":  # SQLAlchemy 2.0 means psycopg2 by it
            known = known.set(drivername="postgresql+psycopg")
        engine = create_engine(known, pool_pre_ping=True, **_waiting(known, timeout))
    except ModuleNotFoundError as error:
        raise ConfigError(
            f"{error.name} is not installed, which this database needs; for PostgreSQL: "
            "pip install 'kinesis_producer[postgres]'"
        ) from error
    except (ArgumentError, ValueError):  # they quote the URL, or a part of it
        raise ConfigError(
            "this is no URL of a database that SQLAlchemy knows: it looks like "
            "postgresql+psycopg://user@host/database"
        ) from None
    if known.get_driver_name() == "psycopg":
        _bound(engine, timeout + _GRACE)
    return engine


def _bound(engine: Engine, patience: float) -> None:
    """Have its connections wait for no answer longer than that."""
    from kinesis_producer.stores import psycopg_waiting  # noqa: PLC0415 - it may not be installed

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:
        return psycopg_waiting.connect(patience, *arguments, **options)


def _waiting(url: URL, timeout: float) -> dict[str, Any]:
    """What bounds the waiting for a server that does not answer; the URL may say otherwise."""
    driver = url.get_driver_name()
    if url.get_backend_name() == "sqlite":
        return {"connect_args": _missing({"timeout": timeout}, url)}
    wanted = _CONNECT.get(driver, lambda _: {})(timeout)
    return {"connect_args": _missing(wanted, url), "pool_timeout": timeout}


def _missing(wanted: Mapping[str, Any], url: URL) -> dict[str, Any]:
    return {name: value for name, value in wanted.items() if name not in url.query}


def _libpq(timeout: float) -> dict[str, Any]:
    """Libpq's words for it; a host that is gone is noticed by unanswered packets."""
    return {
        "connect_timeout": max(2, round(timeout)),  # libpq takes no less
        "keepalives_idle": 5,
        "keepalives_interval": 1,
        "keepalives_count": 5,
        "tcp_user_timeout": _milliseconds(timeout),
    }


def _mysql(timeout: float) -> dict[str, Any]:
    seconds = max(1, round(timeout))
    return dict.fromkeys(("connect_timeout", "read_timeout", "write_timeout"), seconds)


_CONNECT: Final = {
    "psycopg": _libpq,
    "psycopg2": _libpq,
    "pymysql": _mysql,
    "mysqldb": _mysql,
}


def _isolated(engine: Engine) -> dict[str, Any]:
    """Where a stricter level is the default, who comes second would meet an error, not a no."""
    return {"isolation_level": "READ COMMITTED"} if engine.dialect.name in _LIMITS else {}


def _milliseconds(seconds: float) -> str:
    return str(round(seconds * 1000))


def _shown(url: URL) -> str:
    """Without the query, in which drivers take passwords too."""
    return url.set(query={}).render_as_string(hide_password=True)


# A connection is one conversation: parent and child must not both talk in it.
_engines: weakref.WeakSet[Engine] = weakref.WeakSet()


def _after_fork() -> None:
    for engine in list(_engines):
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_after_fork)
