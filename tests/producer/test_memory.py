"""A full buffer: waiting in order, raising, dropping; and where waiting is not allowed."""

from __future__ import annotations

import signal
import threading
import time
from functools import partial
from typing import Any

import pytest

from kinesis_producer import (
    BufferFull,
    NotWritten,
    ProducerClosed,
    RecordTooLarge,
    Totals,
    UndeliveredRecords,
)
from kinesis_producer.producer import interruption
from kinesis_producer.testing import faults
from tests.conftest import STREAM
from tests.producer.conftest import lines

#: A buffer for ten records of 36 bytes, sent alone by one sender.
SMALL = {
    "max_pending_bytes": 9000,
    "buffer_size_limit": 0,
    "kinesis_concurrency": 1,
    "request_timeout": 5,
}
RECORD = b"x" * 36


def held(make, kinesis, **config):
    """A producer with a full buffer, and what lets the held request go."""
    go = threading.Event()

    def hold(_request, proceed):
        go.wait(30)
        return proceed()

    kinesis.faults.script("PutRecords", hold)
    producer = make(**{**SMALL, **config})
    for number in range(10):
        producer.send(b"%02d" % number + RECORD[2:])
    assert kinesis.wait_for("PutRecords")
    return producer, go


def waiting(producer, callers):
    """Wait until so many callers wait for room."""
    deadline = time.monotonic() + 10
    while len(producer._engine.outbox.callers) < callers:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_callers_wait_for_room_and_get_it_in_order(make, kinesis):
    """First come first served."""
    producer, go = held(make, kinesis)
    threads = []
    for number in range(8):
        threads.append(threading.Thread(target=producer.send, args=(b"%02d" % number * 18,)))
        threads[-1].start()
        waiting(producer, number + 1)
    go.set()
    for thread in threads:
        thread.join(10)
    assert producer.join() == Totals(received=18, delivered=18)
    assert lines(kinesis)[10:] == [b"%02d" % number * 18 for number in range(8)]


def test_a_small_record_does_not_overtake_a_large_one(make, kinesis):
    """There is room for it, but another has waited for longer."""
    producer, go = held(make, kinesis, max_pending_bytes=9900)
    large = threading.Thread(target=producer.send, args=(b"L" * 200,))
    large.start()
    waiting(producer, 1)
    with pytest.raises(BufferFull):
        producer.send(b"S", max_block=0)
    small = threading.Thread(target=producer.send, args=(b"S",))
    small.start()
    waiting(producer, 2)
    go.set()
    for thread in (large, small):
        thread.join(10)
    assert producer.join() == Totals(received=12, delivered=12)
    assert lines(kinesis)[10:] == [b"L" * 200, b"S"]


def test_who_waits_too_long_is_told(make, kinesis):
    """max_block is per call; nothing of the record is kept."""
    producer, go = held(make, kinesis)
    begun = time.monotonic()
    with pytest.raises(BufferFull, match=r"max_pending_bytes=9000 for 0.3 s"):
        producer.send(RECORD, max_block=0.3)
    assert 0.25 < time.monotonic() - begun < 5
    with pytest.raises(BufferFull):
        producer.send(RECORD, max_block=0)
    go.set()
    assert producer.join() == Totals(received=10, delivered=10)


def test_a_waiting_caller_is_told_of_the_end(make, kinesis):
    """Closing wakes everybody who waits."""
    producer, go = held(make, kinesis)
    errors = []

    def send():
        try:
            producer.send(RECORD)
        except ProducerClosed as error:
            errors.append(error)

    thread = threading.Thread(target=send)
    thread.start()
    waiting(producer, 1)
    producer.close()
    thread.join(10)
    assert len(errors) == 1
    go.set()


def test_raising_instead_of_waiting(make, kinesis):
    """At once."""
    producer, go = held(make, kinesis, when_full="raise")
    with pytest.raises(BufferFull):
        producer.send(RECORD)
    with pytest.raises(BufferFull) as caught:
        producer.send_many([RECORD])
    assert caught.value.accepted == 0
    go.set()
    assert producer.join() == Totals(received=10, delivered=10)
    with pytest.raises(RecordTooLarge):
        make(**SMALL).send(b"x" * 9000)


def test_dropping_the_newest(make, kinesis):
    """Its delivery is settled at once, and it counts as undelivered."""
    producer, go = held(make, kinesis, when_full="drop_newest")
    delivery = producer.send(RECORD)
    with pytest.raises(NotWritten, match="dropped to make room"):
        delivery.result(0)
    go.set()
    assert producer.join() == Totals(received=11, delivered=10, not_written=1, dropped=1)


def test_dropping_the_oldest(make, kinesis):
    """What is in flight stays; the oldest behind it goes."""
    producer, go = held(make, kinesis, when_full="drop_oldest")
    producer.send(b"new" * 12).add_done_callback(lambda _: None)
    go.set()
    with pytest.raises(UndeliveredRecords) as caught:
        producer.join()
    assert caught.value.totals == Totals(received=11, delivered=10, not_written=1, dropped=1)
    assert lines(kinesis)[0][:2] == b"00"
    assert b"01" not in {line[:2] for line in lines(kinesis)}


def test_with_nothing_old_to_drop_the_newest_goes(make, kinesis):
    """Everything is in flight or open."""
    config = {"max_pending_bytes": 1000, "buffer_size_limit": 0, "kinesis_concurrency": 1}
    kinesis.faults.script("PutRecords", faults.hang())
    producer = make(**config, when_full="drop_oldest", request_timeout=60)
    producer.send(b"x" * 100)
    assert kinesis.wait_for("PutRecords")
    assert isinstance(producer.send(b"y" * 50).exception(0), NotWritten)


def test_dropped_records_that_are_not_reported_are_bounded(make, kinesis):
    """A callback that does not come back turns dropping into raising, not into memory."""
    go = threading.Event()
    producer, released = held(
        make, kinesis, when_full="drop_newest", on_delivery=lambda _: go.wait(30)
    )
    with pytest.raises(BufferFull, match="on_delivery that does not keep up"):
        for _ in range(100):
            producer.send(RECORD)
    go.set()
    released.set()


def test_an_open_aggregate_does_not_keep_callers_waiting(make, kinesis):
    """A full buffer of open aggregates is sent at once, whatever their age."""
    producer = make(max_pending_bytes=1800, buffer_time_limit=100, delivery_timeout=200)
    for _ in range(30):
        producer.send(RECORD)
    producer.close()
    assert producer.join().delivered == 30
    assert len(kinesis.ledger(STREAM)) >= 3


def test_in_a_callback_a_full_buffer_raises_at_once(make, kinesis):
    """The reporter would wait for itself."""
    met = []

    def on_delivery(_):
        while True:
            try:
                producer.send(RECORD)
            except BufferFull as error:
                met.append(error)
                return

    producer = make(**SMALL, on_delivery=on_delivery)
    kinesis.faults.script("PutRecords", lambda _, proceed: proceed(), faults.hang())
    producer.send(RECORD).result()
    assert kinesis.wait_for("PutRecords", count=2)
    deadline = time.monotonic() + 10
    while not met:
        assert time.monotonic() < deadline
        time.sleep(0.001)


class Handler:
    """A signal handler that sends, in all the shapes that one can have."""

    def __init__(self, producer):
        self.producer = producer
        self.met = []

    def method(self, *_):
        try:
            self.producer.send(RECORD)
        except BufferFull as error:
            self.met.append(error)

    def __call__(self, *_):
        self.method()


@pytest.mark.parametrize("shape", ["function", "method", "partial", "object"])
def test_in_a_signal_handler_a_full_buffer_raises_at_once(make, kinesis, shape):
    """Whatever it was that the signal came into."""
    producer, go = held(make, kinesis)
    handler = Handler(producer)
    shapes: dict[str, Any] = {
        "function": lambda *_: handler.method(),
        "method": handler.method,
        "partial": partial(handler.method, 1),
        "object": handler,
    }
    before = signal.signal(signal.SIGUSR1, shapes[shape])
    try:
        assert not interruption.in_signal_handler()
        begun = time.monotonic()
        signal.raise_signal(signal.SIGUSR1)
        assert time.monotonic() - begun < 2
        assert len(handler.met) == 1
    finally:
        signal.signal(signal.SIGUSR1, before)
    go.set()


def test_other_threads_may_wait_whatever_the_handlers():
    """Python runs handlers in the main thread alone."""
    found = []
    thread = threading.Thread(target=lambda: found.append(interruption.in_signal_handler()))
    thread.start()
    thread.join(10)
    assert found == [False]
