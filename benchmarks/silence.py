"""A producer whose records stay with it: what is measured is the thread that sends."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from kinesis_producer import KinesisProducer, UndeliveredRecords

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORD = b"x" * 100
_ENTRY = {"SequenceNumber": "1", "ShardId": "shardId-000000000000"}


class Silence:
    """A client whose service does not answer until it is let go."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.answering = threading.Event()

    def put_records(self, *, Records: list[Any], **_: str) -> dict[str, Any]:  # noqa: N803
        """Take them, when it is time."""
        self.asked.set()
        self.answering.wait()
        return {"FailedRecordCount": 0, "Records": [_ENTRY] * len(Records)}


@contextmanager
def silent_producer(**config: Any) -> Iterator[KinesisProducer]:
    """Its one sender waits for an answer, and it has room for everything."""
    client = Silence()
    quiet = {"kinesis_concurrency": 1, "ordering": "none", "buffer_time_limit": 100.0}
    told = {"stream_name": "orders", "max_pending_bytes": 2**30, **quiet, **config}
    producer = KinesisProducer(told, client=client)
    producer.send(RECORD)
    with suppress(TimeoutError):
        producer.flush(0.0)
    client.asked.wait()
    try:
        yield producer
    finally:
        client.answering.set()
        producer.abort()
        with suppress(UndeliveredRecords):
            producer.join()
