"""boto3 alone: 500 records in each PutRecords, those that failed again, until none is left.

``way``: ``threads``: 0 for the plain loop; else a pool of so many, which share a client.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count, islice
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from benchmarks.peers import measuring

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from benchmarks.peers.job import Job

#: Records of a request (API reference, PutRecords).
MOST_ENTRIES = 500


class Loop:
    """The loop that people write first."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._numbers = count()

    def warm(self, record: bytes) -> None:
        """A request of it alone."""
        self.put([record])

    def put(self, records: Iterable[bytes]) -> None:
        """One request after the other."""
        for entries in self._requests(records):
            self._send(entries)

    def _requests(self, records: Iterable[bytes]) -> Iterator[list[dict[str, Any]]]:
        rest = iter(records)
        while some := list(islice(rest, MOST_ENTRIES)):
            # different keys spread records over all shards; a counter is the cheapest way
            yield [
                {"Data": record, "PartitionKey": str(number)}
                for number, record in zip(self._numbers, some, strict=False)
            ]

    def _send(self, entries: list[dict[str, Any]]) -> None:
        while entries:
            answer = self._client.put_records(StreamName="orders", Records=entries)
            if not answer["FailedRecordCount"]:
                return
            results = zip(entries, answer["Records"], strict=True)
            entries = [entry for entry, result in results if "ErrorCode" in result]


class Pool(Loop):
    """The same from several threads, with a few requests waiting for them."""

    def __init__(self, client: Any, threads: int) -> None:
        super().__init__(client)
        self._threads = threads

    def put(self, records: Iterable[bytes]) -> None:
        """Requests at the same time."""
        waiting: deque[Future[None]] = deque()
        with ThreadPoolExecutor(self._threads) as pool:
            for entries in self._requests(records):
                waiting.append(pool.submit(self._send, entries))
                if len(waiting) > 2 * self._threads:
                    waiting.popleft().result()
            for sent in waiting:
                sent.result()


@contextmanager
def connect(job: Job) -> Iterator[Loop]:
    """A client."""
    threads = job.way.get("threads", 0)
    config = Config(max_pool_connections=max(threads, 1))
    with closing(boto3.client("kinesis", endpoint_url=job.endpoint, config=config)) as client:
        yield Pool(client, threads) if threads else Loop(client)


if __name__ == "__main__":
    measuring.main(connect, "boto3", "botocore")
