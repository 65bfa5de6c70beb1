"""Checkpoints that are part of the caller's transaction, as a consumer makes them."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import NullPool, create_engine, text

from kinesis_producer import ConfigError, LeaseLost, StoreUnavailable
from kinesis_producer.core.leasing.lease import taken
from kinesis_producer.core.positions import TRIM_HORIZON
from kinesis_producer.stores.memory import MemoryStore
from kinesis_producer.stores.sql import SqlStore
from tests.consumer.conftest import data, numbered

FAILOVER = 1.5

#: Seconds; the default.
HANDOFF = 30.0


@pytest.fixture
def engine(tmp_path):
    """A database with a table for output."""
    address = f"sqlite:///{tmp_path / 'database'}"
    engine = create_engine(address, poolclass=NullPool)  # consumers are closed after it
    with engine.begin() as connection:
        connection.execute(text("PRAGMA journal_mode = WAL"))
        connection.execute(text("CREATE TABLE output (data TEXT)"))
    yield engine
    engine.dispose()


@pytest.fixture
def fleet(engine):
    """The keys of a worker of a fleet, whose leases are in the database."""
    store = SqlStore(engine)
    return {"application_name": "reports", "checkpoints": store, "failover_time": FAILOVER}


@pytest.fixture
def ten(put):
    """Ten records in one aggregate."""
    put(numbered(0, 10), key=lambda number: "k")


def write(connection, records):
    """The output of records."""
    values = [{"data": record.data.decode()} for record in records]
    connection.execute(text("INSERT INTO output VALUES (:data)"), values)


def output(engine):
    """What was committed."""
    with engine.begin() as connection:
        found = connection.execute(text("SELECT data FROM output")).scalars()
        return [one.encode() for one in found]


@pytest.mark.usefixtures("ten")
def test_the_next_worker_begins_behind_what_was_committed(consume, fleet, engine):
    """The checkpoint comes with the commit."""
    with consume(**fleet) as first:
        records = first.poll(5.0, max_records=4)
        with engine.begin() as connection:
            write(connection, records)
            first.checkpoint(records[-1], connection=connection)
    with consume(**fleet) as second:
        assert data(second.poll(5.0)) == numbered(4, 10)
    assert output(engine) == numbered(0, 4)


@pytest.mark.usefixtures("ten")
def test_what_was_rolled_back_is_given_to_the_next_worker(consume, fleet, engine):
    """The checkpoint goes with the rows."""
    with consume(**fleet) as first:
        records = first.poll(5.0)
        with engine.connect() as connection:
            write(connection, records)
            first.checkpoint(records[-1], connection=connection)
            connection.rollback()
    with consume(**fleet) as second:
        assert data(second.poll(5.0)) == numbered(0, 10)
    assert output(engine) == []


@pytest.mark.usefixtures("ten")
def test_what_was_rolled_back_can_be_written_again(consume, fleet, engine):
    """By the same worker, in another transaction."""
    consumer = consume(**fleet)
    records = consumer.poll(5.0)
    for end in ("rollback", "commit"):
        with engine.connect() as connection:
            write(connection, records)
            consumer.checkpoint(records[-1], connection=connection)
            getattr(connection, end)()
    assert output(engine) == numbered(0, 10)


@pytest.mark.usefixtures("ten")
def test_what_was_committed_is_refused_the_next_time(consume, fleet, engine):
    """The answer of a commit may be lost: who tries again is told to roll back."""
    consumer = consume(**fleet)
    records = consumer.poll(5.0)
    with engine.begin() as connection:
        write(connection, records)
        consumer.checkpoint(records[-1], connection=connection)
    for record in (records[-1], records[0]):
        with pytest.raises(LeaseLost), engine.begin() as connection:
            write(connection, records)
            consumer.checkpoint(record, connection=connection)
    assert output(engine) == numbered(0, 10)


@pytest.mark.usefixtures("ten")
def test_under_a_lost_lease_nothing_is_committed(consume, fleet, engine):
    """Another worker has the shard, and will write the rows."""
    consumer = consume(**fleet)
    records = consumer.poll(5.0)
    table = consumer._engine.table
    lease = table.lease(records[0].shard_id)
    assert table.replace(lease, taken(lease, by="another"))
    with pytest.raises(LeaseLost), engine.begin() as connection:
        write(connection, records)
        consumer.checkpoint(records[-1], connection=connection)
    assert output(engine) == []
    assert table.lease(records[0].shard_id).checkpoint == TRIM_HORIZON


@pytest.mark.usefixtures("ten")
def test_a_transaction_needs_a_record(consume, fleet, engine):
    """Of all that were given, some were committed before: they would be refused, or doubled."""
    consumer = consume(**fleet)
    records = consumer.poll(5.0)
    with pytest.raises(ConfigError, match="connection: needs a record"), engine.begin() as begun:
        write(begun, records)
        consumer.checkpoint(connection=begun)
    assert output(engine) == []


def test_a_store_without_transactions(consume, engine, put):
    """It says so."""
    put([b"x"])
    consumer = consume(application_name="reports", checkpoints=MemoryStore())
    record = next(consumer)
    with pytest.raises(ConfigError, match="needs a SqlStore"), engine.begin() as connection:
        consumer.checkpoint(record, connection=connection)


@pytest.mark.usefixtures("ten")
def test_after_a_transaction_a_position_does_not_move_back(consume, fleet, engine):
    """A checkpoint without a transaction, of an earlier record, changes nothing."""
    consumer = consume(**fleet)
    records = consumer.poll(5.0)
    with engine.begin() as connection:
        consumer.checkpoint(records[7], connection=connection)
    consumer.checkpoint(records[2])
    lease = consumer._engine.table.lease(records[0].shard_id)
    assert lease.checkpoint.sub_sequence_number == 7


@pytest.mark.usefixtures("ten")
def test_after_a_transaction_a_lost_lease_is_noticed(consume, fleet, engine):
    """By a checkpoint without one, too."""
    consumer = consume(**fleet)
    records = consumer.poll(5.0)
    with engine.begin() as connection:
        consumer.checkpoint(records[2], connection=connection)
    table = consumer._engine.table
    lease = table.lease(records[0].shard_id)
    assert table.replace(lease, taken(lease, by="another"))
    with pytest.raises(LeaseLost):
        consumer.checkpoint(records[7])
    assert table.lease(records[0].shard_id).checkpoint.sub_sequence_number == 2


@pytest.mark.usefixtures("ten")
def test_after_a_transaction_the_store_may_be_away(consume, fleet, engine):
    """Then a checkpoint without one is not made."""
    consumer = consume(**fleet)
    records = consumer.poll(5.0)
    with engine.begin() as connection:
        consumer.checkpoint(records[2], connection=connection)
    fleet["checkpoints"].close()
    with pytest.raises(StoreUnavailable):
        consumer.checkpoint(records[7], timeout=0.1)


def test_a_busy_shard_is_handed_over_behind_a_commit(consume, fleet, engine, put):
    """Though some of it is nearly always in hand, whoever asks for it has it soon."""
    put(numbered(0, 400), aggregation="none")
    busy, other = consume(**fleet), consume(**fleet)
    got: list[bytes] = []
    taken_over: list[bytes] = []
    began = time.monotonic()
    while not taken_over and time.monotonic() - began < HANDOFF / 3:
        records = busy.poll(1.0, max_records=1)
        taken_over = data(other.poll(0.05))
        with engine.begin() as connection:
            busy.checkpoint(records[-1], connection=connection)
        got += data(records)
    assert taken_over
    assert not set(got) & set(taken_over)
