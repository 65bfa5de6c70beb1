"""aws_kinesis_agg for the aggregates, boto3 for the requests: five aggregates of 1 MB in each."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from aws_kinesis_agg.aggregator import RecordAggregator

from benchmarks.peers import measuring

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from benchmarks.peers.job import Job

#: A request holds 5 MB (its limit of old), an aggregate 1 MiB, which is the package's default.
AGGREGATES = 5
KEY = "orders"


class Aggregator:
    """One key for all: with several, the package would have to write each of them."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._entries: list[dict[str, Any]] = []

    def warm(self, record: bytes) -> None:
        """An aggregate of it alone."""
        self.put([record])

    def put(self, records: Iterable[bytes]) -> None:
        """One request after the other."""
        aggregator = RecordAggregator()
        for record in records:
            full = aggregator.add_user_record(KEY, record)
            if full:
                self._add(full)
        last = aggregator.clear_and_get()
        if last:
            self._add(last)
        self._send()

    def _add(self, aggregate: Any) -> None:
        _, _, data = aggregate.get_contents()
        self._entries.append({"Data": data, "PartitionKey": KEY})
        if len(self._entries) == AGGREGATES:
            self._send()

    def _send(self) -> None:
        entries, self._entries = self._entries, []
        while entries:
            answer = self._client.put_records(StreamName="orders", Records=entries)
            results = zip(entries, answer["Records"], strict=True)
            entries = [entry for entry, result in results if "ErrorCode" in result]


@contextmanager
def connect(job: Job) -> Iterator[Aggregator]:
    """A client."""
    with closing(boto3.client("kinesis", endpoint_url=job.endpoint)) as client:
        yield Aggregator(client)


if __name__ == "__main__":
    measuring.main(connect, "aws_kinesis_agg", "boto3", "botocore")
