"""What is peculiar to the SQLite file."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from kinesis_producer.core.leasing.lease import renewed
from kinesis_producer.errors import ConfigError, StoreUnavailable
from kinesis_producer.stores.sqlite import SQLiteStore
from tests.stores.rows import BARE, SHARD, STREAM

#: A child is forked while a thread of its parent uses the file; both then go on using it.
FORKING = """
import os, sys, threading, warnings
warnings.simplefilter("ignore", DeprecationWarning)
from kinesis_producer.stores.sqlite import SQLiteStore
from tests.stores.rows import BARE, SHARD, STREAM, count_up

store = SQLiteStore(sys.argv[1], timeout=30)
table = store.table("application", STREAM)
table.create(BARE)
busy = threading.Thread(target=count_up, args=(table, 100))
busy.start()
children = []
for _ in range(3):
    child = os.fork()
    if not child:
        count_up(table, 50)
        store.close()
        sys.exit(0)
    children.append(child)
busy.join(60)
assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
count_up(table, 1)
print(table.lease(SHARD).counter)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "leases.sqlite"


def test_both_sides_of_a_fork_use_the_file(path):
    """A store that is in use while its process forks serves parent and children alike."""
    ran = subprocess.run(
        [sys.executable, "-c", FORKING, path],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (ran.stderr, ran.stdout) == ("", "251\n")


def test_a_change_is_on_the_disk_when_it_is_done(path):
    """The file has a write-ahead log, and every commit waits for the disk."""
    with closing(SQLiteStore(path)) as store:
        store.table("application", STREAM)
        assert store.run("PRAGMA journal_mode", {})[1][0][0] == "wal"
        assert store.run("PRAGMA synchronous", {})[1][0][0] == 2  # FULL


def test_a_file_without_a_write_ahead_log_serves(path):
    """Where the log cannot be had, as while another reads the old way, leases are kept as well."""
    with closing(SQLiteStore(path)) as store:
        store.table("application", STREAM)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN")
        other.execute("SELECT * FROM kinesis_leases").fetchall()
        with closing(SQLiteStore(path, timeout=0.1)) as store:
            table = store.table("application", STREAM)
            other.execute("COMMIT")
            assert table.create(BARE)
            assert table.lease(SHARD) == BARE
            assert store.run("PRAGMA journal_mode", {})[1][0][0] == "delete"


@pytest.mark.parametrize("name", ["", ":memory:"])
def test_no_file_is_no_store(name):
    """A database that lives in one connection would be another one for each process."""
    with pytest.raises(ConfigError, match="MemoryStore"):
        SQLiteStore(name)


def test_a_directory_is_no_store(tmp_path):
    """A path that no file can have is refused, with what to give instead."""
    with closing(SQLiteStore(tmp_path)) as store, pytest.raises(ConfigError, match="a new file"):
        store.table("application", STREAM)


def test_a_directory_is_not_made(tmp_path):
    """A path in a directory that does not exist is refused: it may be a slip of the pen."""
    path = tmp_path / "missing" / "leases.sqlite"
    with closing(SQLiteStore(path)) as store, pytest.raises(ConfigError, match="that exists"):
        store.table("application", STREAM)


def test_another_file_is_no_store(path):
    """A file that is no database is refused, and stays as it is."""
    path.write_text("positions, one day\n" * 100)
    with closing(SQLiteStore(path)) as store, pytest.raises(ConfigError, match="not a database"):
        store.table("application", STREAM)
    assert path.read_text() == "positions, one day\n" * 100


def test_a_later_version_is_refused(path):
    """A file that a later version made is refused: who knows what it means there."""
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA user_version = 2")
    with closing(SQLiteStore(path)) as store, pytest.raises(ConfigError, match="version 2"):
        store.table("application", STREAM)


def test_what_is_no_lease_is_not_made_one(path):
    """A row that somebody has spoilt is an error of the store; it never begins a shard anew."""
    with closing(SQLiteStore(path)) as store:
        table = store.table("application", STREAM)
        table.create(BARE)
        store.run("UPDATE kinesis_leases SET checkpoint = 'yesterday'", {})
        with pytest.raises(StoreUnavailable, match="yesterday"):
            table.leases()


def test_a_file_that_is_in_use_is_waited_for(path):
    """A write that others are in the way of for too long fails, and may be done again after."""
    with (
        closing(SQLiteStore(path, timeout=0.1)) as store,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        table = store.table("application", STREAM)
        table.create(BARE)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            table.replace(BARE, renewed(BARE))
        assert table.lease(SHARD) == BARE
        other.execute("ROLLBACK")
        assert table.replace(BARE, renewed(BARE))


@pytest.mark.parametrize("name", ["", "a" * 256, "two\nlines", "\ud800", "nul\0"])
def test_a_name_that_cannot_be_kept_is_refused(path, name):
    """An application has a name that fits into every database, and can be shown."""
    with closing(SQLiteStore(path)) as store, pytest.raises(ConfigError, match="printable"):
        store.table(name, STREAM)
