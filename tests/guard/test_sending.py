"""What ``send`` and ``send_many`` do for one record more, and at the end of an aggregate."""

from __future__ import annotations

import sysconfig
import tracemalloc
from functools import partial
from itertools import repeat

import pytest

from tests.guard.counting import RECORD, CountingLock, calls, keeping, tracked

#: So many records fit into one aggregate, with as many again.
FEW, MANY = 200, 2200
ROOM = {"buffer_size_limit": 1_000_000}
CALLS = 4

#: Without the GIL, objects have a longer head: 16 bytes.
MOST_BYTES = 166 if sysconfig.get_config_var("Py_GIL_DISABLED") else 150


def send(producer, count):
    for record in repeat(RECORD, count):
        producer.send(record)


def each(measure, work):
    """What one record costs: a slope, so that what comes with the first does not count."""
    return (measure(partial(work, MANY)) - measure(partial(work, FEW))) / (MANY - FEW)


def test_send_calls_nothing_but_len_append_and_the_lock():
    """``send``, ``len``, ``append`` and the end of the lock: profilers see no more of it."""
    with keeping(**ROOM) as producer:
        send(producer, 1)
        assert 1 <= each(calls, partial(send, producer)) <= CALLS


def test_send_many_calls_nothing_for_a_record():
    """All calls are for chunks: a few for each hundred records."""
    with keeping(**ROOM) as producer:
        send(producer, 1)
        # ``map`` calls ``type`` and ``len`` unseen by profilers
        assert each(calls, lambda count: producer.send_many([RECORD] * count)) <= 0.2


def test_an_aggregate_costs_few_calls():
    """What is done when one is full and the next begins: it is shared by a thousand records."""
    with keeping(buffer_size_limit=10_000) as producer:
        size = 10_000 // (len(RECORD) + 1)
        assert each(calls, partial(send, producer)) * size <= CALLS * size + 300


@pytest.mark.parametrize("bulk", [False, True], ids=["send", "send_many"])
def test_no_record_is_looked_at_by_the_garbage_collector(bulk):
    """Neither ``send`` nor ``send_many`` makes an object for a record that it would track."""
    with keeping(**ROOM) as producer:
        send(producer, 1)

        def work(count):
            return producer.send_many([RECORD] * count) if bulk else send(producer, count)

        assert each(tracked, work) <= 0.01


def test_send_takes_one_lock():
    """Once for each record."""
    with keeping(**ROOM) as producer:
        send(producer, 1)
        lock = CountingLock(producer._lock)
        producer._lock = lock  # type: ignore[assignment]
        send(producer, 100)
        assert lock.taken == 100


def test_send_many_takes_one_lock_for_a_hundred():
    """Once for each chunk."""
    with keeping(**ROOM) as producer:
        send(producer, 1)
        room = producer._engine.outbox.room
        lock = CountingLock(room.lock)
        room.lock = lock  # type: ignore[assignment]
        producer.send_many([RECORD] * 1000)
        room.lock = lock._lock
        assert lock.taken <= 12


@pytest.mark.parametrize("limit", [100_000, 1_000_000])
def test_a_buffered_record_takes_at_most_150_bytes(limit):
    """100 of data, with all that is kept beside it."""
    count = 20_000
    with keeping(buffer_size_limit=limit) as producer:
        tracemalloc.start()
        try:
            send_new(producer, 1000)  # what is made once is made before
            before, _ = tracemalloc.get_traced_memory()
            send_new(producer, count)
            after, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert 100 <= (after - before) / count <= MOST_BYTES


def send_new(producer, count):
    for number in range(count):
        producer.send(b"%0100d" % number)
