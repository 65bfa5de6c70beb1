"""Counts of what Python does for a record, and a producer that keeps everything."""

from __future__ import annotations

import gc
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from kinesis_producer import KinesisProducer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RECORD = b"x" * 100


class Silent:
    """A client whose service does not answer until it is let go."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.answering = threading.Event()

    def put_records(self, *, Records: list[Any], **_: str) -> dict[str, Any]:  # noqa: N803
        """Accept them, when it is time."""
        self.asked.set()
        self.answering.wait(60)
        entry = {"SequenceNumber": "1", "ShardId": "shardId-000000000000"}
        return {"FailedRecordCount": 0, "Records": [entry] * len(Records)}


@contextmanager
def keeping(**config: Any) -> Iterator[KinesisProducer]:
    """A producer whose only sender waits for an answer, with nothing open yet."""
    client = Silent()
    told = {"stream_name": "orders", "kinesis_concurrency": 1, "ordering": "none", **config}
    producer = KinesisProducer({"buffer_time_limit": 100.0, **told}, client=client)
    producer.send(RECORD)
    with suppress(TimeoutError):
        producer.flush(0.0)
    assert client.asked.wait(10)
    try:
        yield producer
    finally:
        client.answering.set()
        producer.join()


def calls(work: Callable[[], object]) -> int:
    """Functions that this thread calls meanwhile, those of C included."""
    counted = [0]

    def count(_: object, event: str, __: object) -> None:
        counted[0] += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return counted[0]


def tracked(work: Callable[[], object]) -> int:
    """Objects that the garbage collector has to look at, and had not before."""
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        work()
        return len(gc.get_objects()) - before
    finally:
        gc.enable()


class CountingLock:
    """A lock that counts how often it is taken."""

    def __init__(self, lock: Any) -> None:
        self._lock = lock
        self.taken = 0

    def __enter__(self) -> None:
        self._lock.acquire()
        self.taken += 1

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def _is_owned(self) -> bool:
        return bool(self._lock._is_owned())
