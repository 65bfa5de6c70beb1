"""kinesis_producer 0.2.1, the ancestor: four threads, aggregates of a megabyte.

``way``: ``buffer_time_limit``.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.peers import measuring
from kinesis_producer import KinesisProducer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from benchmarks.peers.job import Job


class Ancestor:
    """It can be waited for only once, at its end."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._producer = KinesisProducer(
            {
                "aws_region": "us-east-1",
                "buffer_size_limit": 1_000_000,
                "buffer_time_limit": job.way.get("buffer_time_limit", 0.2),
                "kinesis_concurrency": 4,
                "kinesis_max_retries": 10,
                "record_delimiter": b"\n",
                "stream_name": "orders",
            }
        )

    def warm(self, record: bytes) -> None:
        """It tells nobody when the record is answered; the sink does."""
        measuring.reset(self._job)
        self._producer.send(record)
        until = time.monotonic() + 30
        while measuring.arrived(self._job) == 0 and time.monotonic() < until:
            time.sleep(0.05)

    def put(self, records: Iterable[bytes]) -> None:
        """To the end."""
        for record in records:
            self._producer.send(record)
        self._producer.close()
        self._producer.join()


@contextmanager
def connect(job: Job) -> Iterator[Ancestor]:
    """A producer."""
    yield Ancestor(job)


if __name__ == "__main__":
    measuring.main(connect, "kinesis_producer", "boto3", "botocore")
