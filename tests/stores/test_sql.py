"""What an SQL store can be made of."""

from __future__ import annotations

import traceback
from typing import cast

import pytest
from sqlalchemy import create_engine

from kinesis_producer.errors import ConfigError
from kinesis_producer.stores.sql import SqlStore
from tests.stores.kinds import SECRET
from tests.stores.rows import STREAM


@pytest.mark.parametrize(
    "url",
    [
        SECRET,
        f"postgresql+psycopg://worker:{SECRET}@localhost:port/leases",
        f"postgresql+psycopg://worker:{SECRET}@[::1/leases",
        f"oracle-of-delphi://worker:{SECRET}@localhost/leases",
        f"postgres://worker:{SECRET}@localhost/leases",
    ],
)
def test_what_is_no_url_is_refused(url):
    """A URL that cannot work is a mistake of the configuration, and its password is not said."""
    with pytest.raises(ConfigError, match=r"looks like postgresql\+psycopg://") as raised:
        SqlStore(url)
    assert SECRET not in "".join(traceback.format_exception(raised.value))


def test_a_missing_driver_is_named():
    """A database whose driver is not installed is a mistake of the configuration."""
    with pytest.raises(ConfigError, match="MySQLdb is not installed") as raised:
        SqlStore(f"mysql://worker:{SECRET}@localhost/leases")
    assert SECRET not in "".join(traceback.format_exception(raised.value))


def test_a_database_is_a_url_or_an_engine():
    """What is neither is refused, with what is wanted."""
    with pytest.raises(ConfigError, match="an Engine"):
        SqlStore(cast("str", None))


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
def test_postgresql_is_spoken_by_psycopg(scheme):
    """The plain name of PostgreSQL means the driver that the extra installs."""
    store = SqlStore(f"{scheme}://worker:{SECRET}@localhost/leases?sslpassword={SECRET}")
    shown = "postgresql+psycopg://worker:***@localhost/leases"
    assert repr(store) == f"SqlStore('{shown}', table_name='kinesis_leases')"


def test_a_name_that_cannot_be_kept_is_refused():
    """An application has a name that fits into the key of every database."""
    engine = create_engine("sqlite://")
    with pytest.raises(ConfigError, match="printable"):
        SqlStore(engine).table("", STREAM)
    engine.dispose()
