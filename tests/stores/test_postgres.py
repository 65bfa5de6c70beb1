"""What is peculiar to PostgreSQL: locks that bound nobody else, and connections that end."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import traceback
from contextlib import closing
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, make_url, text

from kinesis_producer.core.leasing.lease import renewed
from kinesis_producer.core.positions import Position
from kinesis_producer.errors import StoreUnavailable
from kinesis_producer.stores.sql import SqlStore
from kinesis_producer.testing import FaultProxy, Traffic
from tests.emulators.postgres import PASSWORD
from tests.stores.kinds import SECRET
from tests.stores.rows import BARE, SHARD, STREAM
from tests.stores.test_contention import fight_all

#: A child is forked when the parent has a connection; both then use the store.
FORKING = """
import os, sys, warnings
warnings.simplefilter("ignore", ResourceWarning)
from kinesis_producer.stores.sql import SqlStore
from tests.stores.rows import SHARD, STREAM, count_up

store = SqlStore(sys.argv[1], timeout=30)
table = store.table(sys.argv[2], STREAM)
count_up(table, 1)
child = os.fork()
count_up(table, 50)
if not child:
    sys.exit(0)
assert os.waitpid(child, 0)[1] == 0
count_up(table, 1)
print(table.lease(SHARD).counter)
"""

HELD = replace(BARE, owner="worker-1")

pytestmark = pytest.mark.parametrize("kind", ["postgres"], indirect=True)


@pytest.fixture
def engine(kind):
    engine = create_engine(kind.address)
    yield engine
    engine.dispose()


def test_a_lock_is_waited_for_a_bounded_time(kind, application, engine):
    """A renewal that meets the lock of a transaction comes back, and succeeds when it is over."""
    with closing(SqlStore(kind.address, timeout=0.2)) as store, engine.connect() as connection:
        table = store.table(application, STREAM)
        table.create(HELD)
        assert table.checkpoint_within(connection, SHARD, owner="worker-1", position=Position(7))
        begun = time.monotonic()
        with pytest.raises(StoreUnavailable, match="timeout"):
            table.replace(HELD, renewed(HELD))
        assert time.monotonic() - begun < 20
        connection.commit()
        assert table.replace(HELD, renewed(HELD))


def test_a_transaction_that_froze_is_ended(table, engine):
    """A transaction with a checkpoint in it does not stay open for ever, and the next may."""
    table.create(HELD)
    with engine.connect() as connection:
        assert idle_limit(connection) == "0"
        table.checkpoint_within(connection, SHARD, owner="worker-1", position=Position(7))
        assert idle_limit(connection) == "10s"
        connection.commit()
        assert idle_limit(connection) == "0"


def test_a_limit_of_the_user_stays(table, engine):
    """A transaction that has a limit of its own keeps it."""
    table.create(HELD)
    with engine.connect() as connection:
        connection.execute(text("SET idle_in_transaction_session_timeout = '1h'"))
        table.checkpoint_within(connection, SHARD, owner="worker-1", position=Position(7))
        assert idle_limit(connection) == "1h"


def idle_limit(connection):
    return connection.execute(text("SHOW idle_in_transaction_session_timeout")).scalar()


def test_an_engine_of_the_user_is_left_as_it_was(application, engine):
    """A store that was given an engine neither changes its connections nor closes them."""
    with closing(SqlStore(engine)) as store:
        table = store.table(application, STREAM)
        assert table.create(BARE)
        with engine.connect() as connection:
            shown = [
                connection.execute(text(f"SHOW {name}")).scalar()
                for name in ("statement_timeout", "transaction_isolation")
            ]
        assert shown == ["0", "read committed"]
    assert engine.pool.checkedin() == 1


def test_an_engine_of_stricter_transactions_serves(kind, application):
    """Who comes second is refused, not failed, where transactions are serializable by default."""
    engine = create_engine(kind.address, isolation_level="SERIALIZABLE")
    with closing(SqlStore(engine)) as store:
        fight_all(store.table(application, STREAM))
    engine.dispose()


def test_connections_that_the_server_ended_are_made_anew(table, engine):
    """A server that was restarted is met with new connections, without an error."""
    table.create(BARE)
    with engine.begin() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid != pg_backend_pid() AND backend_type = 'client backend'"
            )
        )
    assert table.lease(SHARD) == BARE


def test_both_sides_of_a_fork_have_connections_of_their_own(kind, table, application):
    """A store that has a connection when its process forks serves parent and child alike."""
    table.create(BARE)
    ran = subprocess.run(
        [sys.executable, "-c", FORKING, kind.address, application],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert (ran.stderr, ran.stdout) == ("", "102\n")


def test_a_wrong_password_is_not_said(kind):
    """A login that is refused is an error of the store, and says no password, right or wrong."""
    url = make_url(kind.address).set(password=SECRET)
    wrong = url.render_as_string(hide_password=False)
    with closing(SqlStore(wrong)) as store, pytest.raises(StoreUnavailable) as raised:
        store.table("application", STREAM)
    told = "".join(traceback.format_exception(raised.value)) + repr(store)
    assert "authentication failed" in told
    assert SECRET not in told
    assert PASSWORD not in told


def test_a_server_that_does_not_answer_is_not_waited_for(kind):
    """A server that accepts a connection and says nothing is unavailable after a while."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = make_url(kind.address).set(port=silent.getsockname()[1])
        store = SqlStore(url.render_as_string(hide_password=False))
        begun = time.monotonic()
        with closing(store), pytest.raises(StoreUnavailable):
            store.table("application", STREAM)
        assert time.monotonic() - begun < 20


def test_a_server_that_freezes_is_not_waited_for(kind, application):
    """A server that stops answering is unavailable after a while, until it goes on."""
    address = make_url(kind.address)
    with FaultProxy(f"127.0.0.1:{address.port}") as proxy:
        url = address.set(port=proxy.port).render_as_string(hide_password=False)
        with closing(SqlStore(url, timeout=0.5)) as store:
            table = store.table(application, STREAM)
            table.create(BARE)
            proxy.switch(Traffic.DROP)
            begun = time.monotonic()
            with pytest.raises(StoreUnavailable):
                table.replace(BARE, renewed(BARE))
            assert time.monotonic() - begun < 10
            proxy.switch(Traffic.PASS)
            proxy.reset()
            assert table.replace(BARE, renewed(BARE))


def test_who_may_not_make_tables_may_use_one(kind, table, application, engine):
    """A user with the right to read and write is enough, once there is a table."""
    table.create(BARE)
    with engine.begin() as connection:
        for statement in (
            "CREATE ROLE reader LOGIN PASSWORD 'opensesame'",
            "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
            "GRANT SELECT, INSERT, UPDATE, DELETE ON kinesis_leases TO reader",
        ):
            connection.execute(text(statement))
    url = make_url(kind.address).set(username="reader", password="opensesame")
    address = url.render_as_string(hide_password=False)
    with closing(SqlStore(address)) as store:
        assert store.table(application, STREAM).lease(SHARD) == BARE
    with (
        closing(SqlStore(address, table_name="other_leases")) as store,
        pytest.raises(StoreUnavailable, match="permission denied"),
    ):
        store.table(application, STREAM)


def test_what_is_no_lease_is_not_made_one(store, table, engine, application):
    """A row that somebody has spoilt is an error of the store; it never begins a shard anew."""
    table.create(BARE)
    with engine.begin() as connection:
        spoilt = "UPDATE kinesis_leases SET checkpoint = 'yesterday' WHERE application = :name"
        connection.execute(text(spoilt), {"name": application})
    with pytest.raises(StoreUnavailable, match="yesterday"):
        table.leases()
    table.delete(BARE)
