"""What ``send()`` costs the thread that calls it, beside ``queue.Queue``.

CPU time of the threads that call, per record, and for ``queue.Queue`` also of the one that gets.
The producer keeps what it is given (its service does not answer), so that it has nothing to do but
to buffer; but where *busy senders* are named, they deliver to the sink in the same process.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from functools import partial
from itertools import cycle, islice, repeat
from queue import Queue
from typing import TYPE_CHECKING

from benchmarks.silence import RECORD, silent_producer
from kinesis_producer import KinesisProducer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.rounds import Candidate

RECORDS = 400_000
KEYED_RECORDS = 40_000


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


def send(_: str, *, threads: int) -> float:
    """One record at a time."""
    with silent_producer() as producer:
        return _callers(partial(_send, producer), threads) / RECORDS


def send_many(_: str, *, threads: int) -> float:
    """All at once."""
    with silent_producer() as producer:
        records = [RECORD] * (RECORDS // threads)
        return _callers(lambda _: producer.send_many(records), threads) / RECORDS


def send_beside(endpoint: str, *, threads: int) -> float:
    """One record at a time, while senders deliver."""
    with warm_producer(endpoint) as producer:
        return _callers(partial(_send, producer), threads) / RECORDS


def send_many_beside(endpoint: str, *, threads: int) -> float:
    """All at once, while senders deliver."""
    with warm_producer(endpoint) as producer:
        records = [RECORD] * (RECORDS // threads)
        return _callers(lambda _: producer.send_many(records), threads) / RECORDS


def keyed(_: str, *, aggregation: str, keys: int) -> float:
    """Each record with one of so many keys, that have come before."""
    names = [f"customer-{number}" for number in range(keys)]
    with silent_producer(aggregation=aggregation) as producer:
        for name in names:
            producer.send(RECORD, partition_key=name)
        begun = time.thread_time()
        for name in islice(cycle(names), KEYED_RECORDS):
            producer.send(RECORD, partition_key=name)
        return (time.thread_time() - begun) / KEYED_RECORDS


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
        "send(), busy senders": partial(send_beside, threads=threads),
        "send_many(), busy senders": partial(send_many_beside, threads=threads),
    }


GROUPS: dict[str, dict[str, Candidate]] = {
    **{f"send() from {threads} threads": _candidates(threads) for threads in (1, 2, 8)},
    "send() with keys": {
        "no key": partial(send, threads=1),
        **{
            f"{aggregation}, {keys:,} keys": partial(keyed, aggregation=aggregation, keys=keys)
            for aggregation in ("delimiter", "msgpack", "kpl")
            for keys in (1, 10_000)
        },
    },
}
