"""Positions: written when the caller says so, by whoever has the lease, and never backwards."""

from __future__ import annotations

import logging
import time

import pytest

from kinesis_producer import ConsumerClosed, LeaseLost, StoreUnavailable
from kinesis_producer.core.leasing.lease import released, reset, taken
from kinesis_producer.core.positions import TRIM_HORIZON, Position
from kinesis_producer.stores.memory import MemoryStore
from tests.consumer.conftest import data, numbered


@pytest.fixture
def store():
    """Where positions are kept."""
    return MemoryStore()


@pytest.fixture
def fleet(store):
    """The keys of a worker of a fleet."""
    return {"application_name": "reports", "checkpoints": store, "failover_time": 1.5}


@pytest.fixture
def ten(put):
    """Ten records in one aggregate."""
    put(numbered(0, 10), key=lambda number: "k")


def table(consumer):
    """The lease table of a consumer that has begun."""
    return consumer._engine.table


def take(store, consumer, shard_id):
    """Another worker takes a lease."""
    lease = table(consumer).lease(shard_id)
    assert table(consumer).replace(lease, taken(lease, by="another"))


@pytest.mark.usefixtures("ten")
def test_by_hand(consume, fleet):
    """The next worker goes on behind the record that was checkpointed, within an aggregate."""
    with consume(**fleet) as first:
        records = [next(first) for _ in range(8)]
        first.checkpoint(records[4])
    with consume(**fleet) as second:
        assert data([next(second) for _ in range(5)]) == numbered(5, 10)


@pytest.mark.usefixtures("ten")
def test_not_given(consume, fleet):
    """A record that this consumer was not given is refused: those before it would be lost."""
    with consume(until="caught-up") as other:
        records = list(other)
    with consume(**fleet) as consumer:
        first = next(consumer)
        with pytest.raises(ValueError, match="has not given it out"):
            consumer.checkpoint(records[3]._replace(fencing_token=first.fencing_token))
        consumer.checkpoint(first)


@pytest.mark.usefixtures("ten")
def test_all_given(consume, fleet):
    """Without a record, all that were given are checkpointed."""
    with consume(**fleet) as first:
        assert len(first.poll(5.0)) == 10
        first.checkpoint()
    with consume(**fleet, until="caught-up") as second:
        assert list(second) == []


@pytest.mark.usefixtures("ten")
def test_never_back(consume, fleet):
    """An earlier record changes nothing."""
    with consume(**fleet) as first:
        records = first.poll(5.0)
        first.checkpoint(records[7])
        first.checkpoint(records[2])
    with consume(**fleet) as second:
        assert data([next(second) for _ in range(2)]) == [b"8", b"9"]


@pytest.mark.usefixtures("ten")
def test_nothing_said(consume, fleet):
    """Without a checkpoint, everything is given again."""
    with consume(**fleet) as first:
        assert len(first.poll(5.0)) == 10
    with consume(**fleet) as second:
        assert len(second.poll(5.0)) == 10


@pytest.mark.usefixtures("ten")
def test_automatic(consume, fleet):
    """By itself, a record is checkpointed when the next one is asked for, and not before."""
    with consume(**fleet, auto_checkpoint=True) as first:
        assert data([next(first) for _ in range(4)]) == numbered(0, 4)
    with consume(**fleet, auto_checkpoint=True) as second:
        assert next(second).data == b"3"


@pytest.mark.usefixtures("ten")
def test_handler_that_raises(consume, fleet):
    """A record whose handling failed is given again."""
    with pytest.raises(RuntimeError), consume(**fleet, auto_checkpoint=True) as first:
        for record in first:
            if record.data == b"6":
                raise RuntimeError("the disk is full")
    with consume(**fleet) as second:
        assert next(second).data == b"6"


@pytest.mark.usefixtures("ten")
def test_lost(consume, fleet, store):
    """A checkpoint under a lease that another has taken is refused, and changes nothing."""
    consumer = consume(**fleet)
    record = next(consumer)
    take(store, consumer, record.shard_id)
    with pytest.raises(LeaseLost) as raised:
        consumer.checkpoint(record)
    assert raised.value.shard_id == record.shard_id
    assert table(consumer).lease(record.shard_id).checkpoint == TRIM_HORIZON


@pytest.mark.usefixtures("ten")
def test_lost_and_found(consume, fleet, store):
    """A record of an earlier lease cannot be checkpointed under a later one of the same worker."""
    consumer = consume(**fleet)
    old = next(consumer)
    take(store, consumer, old.shard_id)
    lease = table(consumer).lease(old.shard_id)
    assert table(consumer).replace(lease, released(lease))
    new = next(record for record in consumer if record.fencing_token != old.fencing_token)
    assert new.fencing_token > old.fencing_token
    assert new.data == b"0"
    with pytest.raises(LeaseLost):
        consumer.checkpoint(old)
    consumer.checkpoint(new)


@pytest.mark.usefixtures("ten")
def test_after_close(consume, fleet):
    """Nothing is checkpointed once the consumer is closed."""
    with consume(**fleet) as consumer:
        record = next(consumer)
    with pytest.raises(ConsumerClosed):
        consumer.checkpoint(record)


@pytest.mark.usefixtures("ten")
def test_reset(consume, fleet):
    """What a person has put back is read again by the worker that has the lease."""
    consumer = consume(**fleet)
    records = consumer.poll(5.0)
    consumer.checkpoint()
    lease = table(consumer).lease(records[0].shard_id)
    assert table(consumer).replace(lease, reset(lease, to=Position(-2)))
    assert data(consumer.poll(10.0)) == numbered(0, 10)


def test_renewed_by_a_long_handler(consume, fleet, put):
    """A handler that takes several times the failover time loses no lease and no record."""
    put(numbered(0, 10), key=lambda number: "k")
    got = []
    with consume(**fleet, auto_checkpoint=True) as first:
        got.append(next(first))
        other = consume(**fleet, auto_checkpoint=True)
        began = time.monotonic()
        while time.monotonic() - began < 4.0:
            assert all(record.shard_id != got[0].shard_id for record in other.poll(0.5))
        other.close()
        first.checkpoint(got[0])
        got += first.poll(5.0)
    assert data(got) == numbered(0, 10)


class Away:
    """A store that can be away."""

    def __init__(self, store):
        self._store = store
        self.is_away = False

    def table(self, application, stream):
        """Itself, before the table."""
        self._table = self._store.table(application, stream)
        return self

    def close(self):
        """Nothing."""

    def __getattr__(self, name):
        if self.is_away:
            raise StoreUnavailable("the network is down")
        return getattr(self._table, name)


def test_store_away(consume, store, put, caplog):
    """While the store is away, shards pause before their leases could run out, and go on after."""
    away = Away(store)
    fleet = {"application_name": "reports", "checkpoints": away, "failover_time": 1.5}
    caplog.set_level(logging.WARNING, "kinesis_producer")
    consumer = consume(**fleet, auto_checkpoint=True)
    put(numbered(0, 10), key=lambda number: "k")
    assert next(consumer).data == b"0"
    away.is_away = True
    with pytest.raises(StoreUnavailable, match="not known to be checkpointed: the network is down"):
        consumer.checkpoint(timeout=0.1)
    time.sleep(1.5)  # the leases have run out
    deadline = time.monotonic() + 10.0  # by then a round has ended that found it away
    while not caplog.messages and time.monotonic() < deadline:
        assert consumer.poll(0.5) == []
    away.is_away = False
    assert data(consumer.poll(5.0)) == numbered(1, 10)
    deadline = time.monotonic() + 5.0  # by then the round has ended that found it back
    while "the store of leases is back" not in caplog.messages and time.monotonic() < deadline:
        assert consumer.poll(0.2) == []
    said = " ".join(caplog.messages)
    assert "the store of leases is away (the network is down)" in said
    assert "is back" in said
