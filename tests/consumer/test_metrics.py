"""What a consumer tells of itself."""

from __future__ import annotations

import logging
import time

import pytest

from kinesis_producer import ConfigError, ConsumerCounters, ConsumerListener
from kinesis_producer.stores.memory import MemoryStore
from tests.consumer.conftest import numbered


def test_counters(consume, put):
    """Counters have the KCL's names."""
    put(numbered(0, 10), key=lambda number: "k")
    counters = ConsumerCounters()
    assert len(list(consume(metrics=counters, until="caught-up"))) == 10
    seen = counters.snapshot()
    assert seen["RecordsProcessed"] == 1
    assert seen["DataBytesProcessed"] == 20 + len("k")
    assert seen["CurrentLeases"] == seen["TotalLeases"] == seen["TakenLeases"] == 2
    assert seen["NumWorkers"] == 1
    assert seen["LostLeases"] == seen["ExpiredLeases"] == 0
    behind = seen["MillisBehindLatest"]
    assert isinstance(behind, dict)
    assert set(behind.values()) == {0}


def test_fleet(consume):
    """A worker tells of the leases of others, too."""
    fleet = {"application_name": "reports", "checkpoints": MemoryStore(), "failover_time": 0.6}
    counters = ConsumerCounters()
    one, two = consume(**fleet, metrics=counters), consume(**fleet)
    deadline = time.monotonic() + 10
    while counters.snapshot().get("NumWorkers") != 2 and time.monotonic() < deadline:
        one.poll(0.1)
        two.poll(0.1)
    seen = counters.snapshot()
    assert (seen["CurrentLeases"], seen["TotalLeases"], seen["NumWorkers"]) == (1, 2, 2)


class Failing(ConsumerListener):
    """Raises, whatever it is told."""

    def page(self, metrics):
        """Raise."""
        raise RuntimeError(metrics)


def test_failing_listener(consume, put, caplog):
    """A listener that raises ends nothing; that is said once."""
    put(numbered(0, 10))
    with caplog.at_level(logging.ERROR, "kinesis_producer"):
        assert len(list(consume(metrics=Failing(), until="caught-up"))) == 10
    assert caplog.messages == ["the listener of metrics failed; said once"]


def test_no_listener(consume):
    """What lacks a method is refused."""
    with pytest.raises(ConfigError, match="has no method 'page'"):
        consume(metrics=object())
