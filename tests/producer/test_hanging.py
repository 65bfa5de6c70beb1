"""Requests that hang, for longer than their records have: nothing else waits for them."""

from __future__ import annotations

import threading
import time

import pytest

from kinesis_producer import KinesisProducer, Outcome
from kinesis_producer.testing import faults
from tests.producer.conftest import lines

#: Answers a byte in half a second, which is no timeout, for a minute.
DRIP = faults.drip(pause=0.5, committed=False)
TIMES = {"request_timeout": 1.0, "delivery_timeout": 2.0, "buffer_size_limit": 0}


def test_a_drip_does_not_hold_up_the_others_while_the_service_is_doubted(make, kinesis):
    """Probes go one at a time, but what was on its way before is not waited for."""
    kinesis.faults.script("PutRecords", DRIP, faults.expired_credentials())
    producer = make(**{**TIMES, "delivery_timeout": 12.0})
    producer.send(b"drips")
    assert kinesis.wait_for("PutRecords")
    others = [producer.send(b"%d" % number) for number in range(5)]
    begun = time.monotonic()
    assert {one.result(10).shard_id for one in others}
    assert time.monotonic() - begun < 5


def test_a_missing_stream_is_named_in_time_though_a_request_hangs(make, kinesis):
    """The one that hangs was sent before anybody knew."""
    kinesis.faults.script("PutRecords", faults.hang())
    kinesis.faults.always("PutRecords", faults.no_such_stream())
    producer = make(buffer_size_limit=0)
    producer.send(b"hangs")
    assert kinesis.wait_for("PutRecords")
    begun = time.monotonic()
    assert producer.send(b"x").exception(20) is not None
    assert producer.failure is not None
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("senders", [1, 3])
def test_a_sender_that_is_lost_is_replaced(make, kinesis, senders):
    """Though every sender hangs, what comes later is delivered when their time is over."""
    kinesis.faults.script("PutRecords", *[DRIP] * senders)
    producer = make(**TIMES, kinesis_concurrency=senders)
    lost = []
    for number in range(senders):
        lost.append(producer.send(b"lost"))
        assert kinesis.wait_for("PutRecords", count=number + 1)
    for one in lost:
        assert one.exception(5) is not None
        assert one.outcome is Outcome.POSSIBLY_WRITTEN
    assert producer.send(b"later").result(5)
    assert lines(kinesis) == [b"later"]


def test_as_many_senders_are_replaced_as_there_are(make, kinesis):
    """A service that never does anything else costs no more threads than twice as many."""
    kinesis.faults.always("PutRecords", DRIP)
    producer = make(**TIMES, kinesis_concurrency=2)
    for _ in range(5):
        producer.send(b"x").exception(5)
    names = [one.name for one in threading.enumerate() if one.name.startswith("kinesis_producer-")]
    assert len(names) <= 2 * 2 + 2  # the reporter and the scout


def test_deadlines_hold_while_a_callback_blocks_and_nobody_waits(make, kinesis):
    """An idle sender looks for what is overdue as well as the reporter."""
    go, begun = threading.Event(), time.monotonic()
    kinesis.faults.script("PutRecords", lambda _, proceed: proceed(), DRIP)
    producer = make(**TIMES, on_delivery=lambda _: go.wait(30))
    producer.send(b"blocks")
    assert kinesis.wait_for("PutRecords")
    delivery = producer.send(b"drips")
    while not delivery.done():
        assert time.monotonic() - begun < 6
        time.sleep(0.01)
    assert delivery.outcome is Outcome.POSSIBLY_WRITTEN
    go.set()


class Holding:
    """A client whose first answer comes when it is told to."""

    def __init__(self):
        self.go = threading.Event()
        self.stored = []

    def put_records(self, *, Records, StreamName):  # noqa: N803 -- boto3's names
        first, self.stored = not self.stored, [*self.stored, *(one["Data"] for one in Records)]
        assert not first or self.go.wait(30)
        return {"Records": [{"SequenceNumber": "49", "ShardId": StreamName} for _ in Records]}


def test_a_sender_that_cannot_be_replaced_stays(monkeypatch, caplog):
    """Where no thread can be started, it is the only one there is."""
    client = Holding()
    config = {"stream_name": "orders", "kinesis_concurrency": 1, **TIMES}

    def refuse(_):
        raise RuntimeError("can't start new thread")

    with KinesisProducer(config, client=client) as producer:
        lost = producer.send(b"lost")
        monkeypatch.setattr(threading.Thread, "start", refuse)
        assert lost.exception(10) is not None
        deadline = time.monotonic() + 10
        while "cannot be replaced" not in caplog.text:
            assert time.monotonic() < deadline
        monkeypatch.undo()
        client.go.set()
        assert producer.send(b"later").result(10)
    assert client.stored == [b"lost\n", b"later\n"]
