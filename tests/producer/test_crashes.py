"""Errors in the middle of the producer's own work: what was accepted has its outcome, and soon."""

from __future__ import annotations

import threading
import time

import pytest

from kinesis_producer import PossiblyWritten, ProducerFailed, Totals
from kinesis_producer.testing import faults

#: No test waits longer.
LONG = 10


def fail_once(thing, name, monkeypatch, *, before):
    """An error of our own, in the first call, before or after it has done its work."""
    work, calls = getattr(thing, name), []

    def failing(*args, **kwargs):
        calls.append(name)
        if len(calls) == 1 and before:
            raise RuntimeError("our own")
        result = work(*args, **kwargs)
        if len(calls) == 1:
            raise RuntimeError("our own")
        return result

    monkeypatch.setattr(thing, name, failing)


@pytest.mark.parametrize(
    ("where", "name", "before"),
    [
        (lambda outbox: outbox.backlog, "settle", True),
        (lambda outbox: outbox.backlog, "settle", False),
        (lambda outbox: outbox, "settle", True),
        (lambda outbox: outbox._roster, "carry", False),
    ],
    ids=["reading", "read", "bringing", "taking"],
)
def test_an_error_of_our_own_in_a_sender_holds_up_nobody(make, monkeypatch, where, name, before):
    """What it carried is possibly written, at once; what another carries has its answer."""
    producer = make(kinesis_concurrency=2, request_timeout=30, delivery_timeout=60)
    fail_once(where(producer._engine.outbox), name, monkeypatch, before=before)
    begun = time.monotonic()
    delivery = producer.send(b"a")
    error = delivery.exception(LONG)
    assert time.monotonic() - begun < LONG
    if error is not None:  # it was read, and nothing more
        assert isinstance(error, PossiblyWritten)
        assert error.code == "InternalError"
    assert (error is None) is (name == "settle" and not before)
    while producer.failure is None:
        assert time.monotonic() - begun < LONG
    with pytest.raises(ProducerFailed, match="InternalError: RuntimeError in a thread"):
        producer.send(b"b")
    assert producer.join(LONG).pending == 0


def test_what_other_senders_carry_has_its_answer(make, kinesis, monkeypatch):
    """Only one of them has met an error of our own."""
    kinesis.faults.script("PutRecords", faults.delay(1.0))
    producer = make(kinesis_concurrency=2)
    slow = producer.send(b"slow")
    assert kinesis.wait_for("PutRecords", timeout=LONG)
    fail_once(producer._engine.outbox, "settle", monkeypatch, before=True)
    fast = producer.send(b"fast")
    assert isinstance(fast.exception(LONG), PossiblyWritten)
    assert slow.result(LONG).attempts == 1
    assert producer.join(LONG) == Totals(received=2, delivered=1, possibly_written=1)


def test_without_memory_for_what_follows_a_record_that_was_accepted_is_delivered(make, monkeypatch):
    """And ``send`` does not raise; the reporter sees to the rest, though nobody else comes by."""
    producer = make(buffer_size_limit=0)
    producer.send(b"a").result()
    roster = producer._engine.outbox._roster
    call, refused = roster.call, []

    def short_of_memory(due):
        if threading.current_thread() is threading.main_thread() and not refused:
            refused.append(due)
            raise MemoryError
        call(due)

    time.sleep(0.3)  # all threads have gone to sleep
    monkeypatch.setattr(roster, "call", short_of_memory)
    delivery = producer.send(b"b")
    begun = time.monotonic()
    while not delivery.done():
        assert time.monotonic() - begun < LONG
        time.sleep(0.01)
    assert refused
    assert producer.join() == Totals(received=2, delivered=2)
