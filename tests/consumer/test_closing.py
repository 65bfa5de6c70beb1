"""Letting go of leases, also where that cannot be done."""

from __future__ import annotations

import logging

from kinesis_producer import StoreUnavailable
from kinesis_producer.stores.memory import MemoryStore
from tests.consumer.conftest import numbered


class Stuck:
    """A table that takes no changes."""

    def __init__(self, table):
        self._table = table
        self.is_stuck = False

    def replace(self, old, new):
        """Refuse, when stuck."""
        if self.is_stuck:
            raise StoreUnavailable("the disk is full")
        return self._table.replace(old, new)

    def __getattr__(self, name):
        return getattr(self._table, name)


class StuckStore(MemoryStore):
    """A store with one such table."""

    def table(self, application, stream):
        """It."""
        self.made = Stuck(super().table(application, stream))
        return self.made


def test_leases_that_cannot_be_let_go(consume, put, caplog):
    """That is said, with the reason: checkpoints of the last seconds were not written either."""
    put(numbered(0, 3), key=lambda number: "k")
    store = StuckStore()
    fleet = {"application_name": "reports", "checkpoints": store, "failover_time": 1.0}
    consumer = consume(**fleet, auto_checkpoint=True)
    assert len(consumer.poll(5.0)) == 3
    store.made.is_stuck = True
    with caplog.at_level(logging.WARNING, "kinesis_producer"):
        consumer.close()
    assert "not all leases could be let go: the disk is full" in caplog.messages
