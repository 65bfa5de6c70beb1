"""Stores by their addresses: one word of a command line, or one variable of an environment."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.errors import ConfigError

if TYPE_CHECKING:
    from kinesis_producer.stores import Store

#: Where each store is. None is imported before it is wanted: most need what may not be installed.
HOMES: Final = {
    "DynamoDBStore": "kinesis_producer.stores.dynamodb",
    "MemoryStore": "kinesis_producer.stores.memory",
    "RedisStore": "kinesis_producer.stores.redis",
    "SQLiteStore": "kinesis_producer.stores.sqlite",
    "SqlStore": "kinesis_producer.stores.sql",
}


def of(address: str, **options: Any) -> Store:
    """The store of an address.

    It is ``memory:``, ``sqlite:PATH``, ``dynamodb:TABLE`` (or ``dynamodb:``, for the table of the
    application's name), ``redis://...`` or ``rediss://...``, or a SQLAlchemy URL such as
    ``postgresql+psycopg://user@host/database``.

    Args:
        address: which store.
        options: further arguments of that store.

    Raises:
        ConfigError: it is none of these, or what the store needs is not installed. The message
            never repeats the address, which may have a password.
    """
    name, arguments = _read(address)
    try:
        store: Store = getattr(import_module(HOMES[name]), name)(*arguments, **options)
    except ImportError as error:
        raise ConfigError(str(error)) from error
    return store


def _read(address: str) -> tuple[str, list[str]]:
    """The name of the store, and what it is made of."""
    scheme, _, rest = address.partition(":")
    if scheme in {"redis", "rediss"} and rest.startswith("//"):
        return "RedisStore", [address]
    if rest.startswith("//"):
        return "SqlStore", [address]
    if scheme == "sqlite" and rest:
        return "SQLiteStore", [rest]
    if scheme == "dynamodb":
        return "DynamoDBStore", [rest] if rest else []
    if address == "memory:":
        return "MemoryStore", []
    raise ConfigError(
        "this is no address of a store: it is memory:, sqlite:PATH, dynamodb:TABLE, "
        "redis://HOST:PORT/DATABASE (or rediss:), or a SQLAlchemy URL such as "
        "postgresql+psycopg://USER@HOST/DATABASE"
    )
