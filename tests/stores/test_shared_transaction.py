"""A checkpoint in the transaction of the output: both are there, or neither is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from kinesis_producer.core.leasing.lease import renewed, taken
from kinesis_producer.core.positions import SHARD_END, TRIM_HORIZON, Position
from tests.stores.rows import BARE, SHARD

HELD = replace(BARE, owner="worker-1", counter=4, switches=1, checkpoint=Position(99, 5))
LATER = Position(100)

pytestmark = pytest.mark.parametrize("kind", ["sql-sqlite", "postgres"], indirect=True)


@pytest.fixture
def engine(kind):
    engine = create_engine(kind.address)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS output (word TEXT)"))
        connection.execute(text("DELETE FROM output"))
    yield engine
    engine.dispose()


def written(engine):
    with engine.begin() as connection:
        return list(connection.execute(text("SELECT word FROM output")).scalars())


def write(connection, table, position=LATER, owner="worker-1"):
    connection.execute(text("INSERT INTO output VALUES ('word')"))
    return table.checkpoint_within(connection, SHARD, owner=owner, position=position)


def test_a_commit_has_the_output_and_the_checkpoint(table, engine):
    """After the commit the rows are there and the position is; the counter is as it was."""
    table.create(HELD)
    with engine.begin() as connection:
        assert write(connection, table)
    assert written(engine) == ["word"]
    assert table.lease(SHARD) == replace(HELD, checkpoint=LATER, switches=0)


def test_a_rollback_has_neither(table, engine):
    """After a rollback neither the rows are there nor the position."""
    table.create(HELD)
    with engine.connect() as connection:
        assert write(connection, table)
        connection.rollback()
    assert written(engine) == []
    assert table.lease(SHARD) == HELD


def test_a_session_is_as_good_as_a_connection(table, engine):
    """The transaction of an ORM session can have the checkpoint, too."""
    table.create(HELD)
    with Session(engine) as session, session.begin():
        assert write(session, table)
    assert written(engine) == ["word"]
    assert table.lease(SHARD) == replace(HELD, checkpoint=LATER, switches=0)


def test_the_owner_goes_on_renewing(table, engine):
    """A renewal of the lease as it was before neither fails for it, nor moves the position back."""
    table.create(HELD)
    with engine.begin() as connection:
        assert write(connection, table)
    assert table.replace(HELD, renewed(HELD))
    assert table.lease(SHARD) == replace(renewed(HELD), checkpoint=LATER, switches=0)


def test_who_has_lost_the_lease_is_told(table, engine):
    """A worker whose lease was taken cannot write its checkpoint, and has to roll back."""
    table.create(HELD)
    table.replace(HELD, taken(HELD, by="worker-2"))
    with engine.connect() as connection:
        assert not write(connection, table)
    assert table.lease(SHARD) == taken(HELD, by="worker-2")


def test_a_lease_that_is_gone_is_lost(table, engine):
    """A shard without a lease has no checkpoint."""
    with engine.connect() as connection:
        assert not write(connection, table)
    assert table.lease(SHARD) is None


@pytest.mark.parametrize(
    "position", [Position(99, 5), Position(99, 4), Position(98), TRIM_HORIZON], ids=str
)
def test_what_was_dealt_with_is_not_written_again(table, engine, position):
    """A position that does not go forward was committed before: its rows would be there twice."""
    table.create(HELD)
    with engine.connect() as connection:
        assert not write(connection, table, position)
    assert table.lease(SHARD) == HELD


@pytest.mark.parametrize("position", [Position(99, 6), Position(100), SHARD_END], ids=str)
def test_positions_are_compared_as_numbers(table, engine, position):
    """A number of more digits is greater, and so is a sub-sequence number, and the end."""
    table.create(HELD)
    with engine.begin() as connection:
        assert write(connection, table, position)
    found = table.lease(SHARD)
    assert found is not None
    assert found.checkpoint == position


def test_a_first_position_is_later_than_none(table, engine):
    """A shard that was begun at its horizon goes on from there."""
    table.create(replace(HELD, checkpoint=TRIM_HORIZON))
    with engine.begin() as connection:
        assert write(connection, table, Position(0))
