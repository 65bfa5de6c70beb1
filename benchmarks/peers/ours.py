"""This library.

``way``: ``method`` is "send" or "send_many"; ``config`` is added to the configuration.
"""

from __future__ import annotations

from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING

from benchmarks.peers import measuring
from kinesis_producer import KinesisProducer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from benchmarks.peers.job import Job

#: In each list that ``send_many`` is given.
TOGETHER = 1000


class Ours:
    """A producer with all its promises on: its outcomes are checked when it is left."""

    def __init__(self, producer: KinesisProducer, method: str) -> None:
        self._producer = producer
        self._method = method

    def warm(self, record: bytes) -> None:
        """One record, and the stream's shards."""
        self._producer.send(record)
        self._producer.flush()

    def put(self, records: Iterable[bytes]) -> None:
        """As the configuration has it."""
        if self._method == "send":
            for record in records:
                self._producer.send(record)
        else:
            rest = iter(records)
            while some := list(islice(rest, TOGETHER)):
                self._producer.send_many(some)
        self._producer.flush()


@contextmanager
def connect(job: Job) -> Iterator[Ours]:
    """A producer."""
    config = {"stream_name": "orders", "endpoint_url": job.endpoint, **job.way.get("config", {})}
    with KinesisProducer(config) as producer:
        yield Ours(producer, job.way.get("method", "send"))


if __name__ == "__main__":
    measuring.main(connect, "kinesis_producer", "boto3", "botocore")
