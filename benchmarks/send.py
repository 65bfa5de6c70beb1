"""What ``send()`` costs the thread that calls it, beside ``queue.Queue``.

``queue.Queue``: CPU time of the threads that put and of the one that gets, with nothing done to
the records. ``send()``: CPU time of the threads that call it, while the senders deliver to the sink
in the same process. "All threads" adds those senders: buffering, encoding and sending together.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from functools import partial
from itertools import repeat
from queue import Queue
from typing import TYPE_CHECKING

from kinesis_producer import KinesisProducer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.rounds import Candidate

RECORD = b"x" * 100
RECORDS = 400_000


def queue(_: str, *, threads: int) -> float:
    """Put and get."""
    fifo: Queue[bytes | None] = Queue()

    def put(count: int) -> None:
        for record in repeat(RECORD, count):
            fifo.put(record)

    def get() -> None:
        while fifo.get() is not None:
            pass

    getter = _Measured(get)
    getter.start()
    spent = _callers(put, threads)
    fifo.put(None)
    return (spent + getter.spent()) / RECORDS


def send(endpoint: str, *, threads: int) -> float:
    """One record at a time."""
    with warm_producer(endpoint) as producer:
        return _callers(partial(_send, producer), threads) / RECORDS


def send_in_all(endpoint: str, *, threads: int) -> float:
    """One record at a time, until all are delivered."""
    with warm_producer(endpoint) as producer:
        begun = time.process_time()
        _callers(partial(_send, producer), threads)
        producer.flush()
        return (time.process_time() - begun) / RECORDS


def send_many(endpoint: str, *, threads: int) -> float:
    """All at once."""
    with warm_producer(endpoint) as producer:
        records = [RECORD] * (RECORDS // threads)
        return _callers(lambda _: producer.send_many(records), threads) / RECORDS


@contextmanager
def warm_producer(endpoint: str) -> Iterator[KinesisProducer]:
    """With its threads started, and connected."""
    with KinesisProducer({"stream_name": "orders", "endpoint_url": endpoint}) as producer:
        producer.send(RECORD)
        producer.flush()
        yield producer


def _send(producer: KinesisProducer, count: int) -> None:
    for record in repeat(RECORD, count):
        producer.send(record)


class _Measured(threading.Thread):
    """A thread that measures the CPU seconds it takes."""

    def __init__(self, work: Callable[[], object]) -> None:
        super().__init__()
        self._work = work
        self._spent = 0.0

    def run(self) -> None:
        begun = time.thread_time()
        self._work()
        self._spent = time.thread_time() - begun

    def spent(self) -> float:
        """CPU seconds, once it has ended."""
        self.join()
        return self._spent


def _callers(put: Callable[[int], object], threads: int) -> float:
    """CPU seconds of so many threads that put all records between them."""
    callers = [_Measured(partial(put, RECORDS // threads)) for _ in range(threads)]
    for caller in callers:
        caller.start()
    return sum(caller.spent() for caller in callers)


def _candidates(threads: int) -> dict[str, Candidate]:
    return {
        "queue.Queue put + get": partial(queue, threads=threads),
        "send()": partial(send, threads=threads),
        "send_many()": partial(send_many, threads=threads),
        "send(), all threads": partial(send_in_all, threads=threads),
    }


GROUPS = {f"send() from {threads} threads": _candidates(threads) for threads in (1, 8)}
