"""Stores by their addresses, and by their names."""

from __future__ import annotations

import subprocess
import sys
import traceback
from types import SimpleNamespace

import pytest

from kinesis_producer import stores
from kinesis_producer.errors import ConfigError
from tests.stores.kinds import SECRET

#: What no program has to have installed that does not use it.
FOREIGN = ("boto3", "redis", "sqlalchemy")

SHOWN = "postgresql+psycopg://worker:***@localhost/leases"


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("sqlite:/tmp/leases", "SQLiteStore('/tmp/leases')"),
        ("sqlite:////tmp/leases", "SqlStore('sqlite:////tmp/leases', table_name='kinesis_leases')"),
        (
            f"postgresql://worker:{SECRET}@localhost/leases",
            f"SqlStore('{SHOWN}', table_name='kinesis_leases')",
        ),
    ],
)
def test_an_address_is_that_of_a_store(address, shown):
    """An address names a store, and says where its leases are."""
    assert repr(stores.of(address)) == shown


def test_memory_needs_no_place():
    """Leases in memory have the shortest address."""
    assert isinstance(stores.of("memory:"), stores.MemoryStore)


@pytest.mark.parametrize(
    ("address", "module", "name", "arguments"),
    [
        ("redis://localhost:6379/0", "redis", "RedisStore", ("redis://localhost:6379/0",)),
        ("rediss://localhost", "redis", "RedisStore", ("rediss://localhost",)),
        ("dynamodb:leases", "dynamodb", "DynamoDBStore", ("leases",)),
        ("dynamodb:", "dynamodb", "DynamoDBStore", ()),
    ],
)
def test_an_address_is_given_to_the_store(monkeypatch, address, module, name, arguments):
    """A store is made of its part of the address, and of the options beside it."""

    def make(*arguments, **options):
        return arguments, options

    home = f"kinesis_producer.stores.{module}"
    monkeypatch.setitem(sys.modules, home, SimpleNamespace(**{name: make}))
    made: object = stores.of(address, more=1)
    assert made == (arguments, {"more": 1})


def test_options_reach_the_store():
    """What an address has no room for is an option."""
    store = stores.of("sqlite:////tmp/leases", table_name="others")
    assert repr(store) == "SqlStore('sqlite:////tmp/leases', table_name='others')"


@pytest.mark.parametrize(
    "address",
    [
        "",
        SECRET,
        "sqlite:",
        "memory:here",
        f"worker:{SECRET}@localhost",
        f"redis:{SECRET}@localhost",
        f"s3://worker:{SECRET}@bucket",
    ],
)
def test_what_is_no_address_is_refused(address):
    """Anything else is a mistake of the configuration, and is not repeated: it may be a secret."""
    with pytest.raises(ConfigError, match=r"postgresql\+psycopg://") as raised:
        stores.of(address)
    assert SECRET not in "".join(traceback.format_exception(raised.value))


def test_what_is_missing_is_named(monkeypatch):
    """A store whose library is not installed is a mistake that says how to mend it."""
    monkeypatch.delitem(sys.modules, "kinesis_producer.stores.sql", raising=False)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(ConfigError, match=r"pip install 'kinesis_producer\[sql\]'"):
        stores.of("sqlite:////tmp/leases")
    with pytest.raises(ImportError, match=r"pip install 'kinesis_producer\[sql\]'"):
        _ = stores.SqlStore


def test_a_name_that_is_none_is_refused():
    """The package has no other names than those it says."""
    with pytest.raises(AttributeError, match="S3Store"):
        _ = vars(stores).get("S3Store") or getattr(stores, "S3Store")  # noqa: B009 - mypy knows it


def test_nothing_foreign_is_imported_before_it_is_used():
    """The package of stores imports no store's library."""
    asked = f"import sys, kinesis_producer.stores; print(set(sys.modules) & set({FOREIGN}))"
    ran = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, timeout=60, check=True
    )
    assert ran.stdout == "set()\n"
