"""What a record costs from end to end, beside the plain boto3 loop that people write first.

Both begin with records in memory and end when the sink has answered for the last of them. What is
counted is the CPU time of the whole process in between; clients are made and connected before.
"""

from __future__ import annotations

import random
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import boto3

from benchmarks.send import warm_producer

if TYPE_CHECKING:
    from benchmarks.rounds import Candidate

#: The loop is slow: fewer records are enough for it.
LOOP_RECORDS = 50_000
RECORDS = 1_000_000


def boto3_loop(endpoint: str) -> float:
    """Each record alone, 500 in a request; those that failed again, until none is left."""
    records = _records(LOOP_RECORDS)
    with closing(boto3.client("kinesis", endpoint_url=endpoint)) as client:
        _put(client, records[:500])
        begun = time.process_time()
        for start in range(0, len(records), 500):
            _put(client, records[start : start + 500])
        return (time.process_time() - begun) / len(records)


def send(endpoint: str) -> float:
    """In aggregates, as the defaults have it."""
    records = _records(RECORDS)
    with warm_producer(endpoint) as producer:
        begun = time.process_time()
        for record in records:
            producer.send(record)
        producer.join()
        return (time.process_time() - begun) / len(records)


def send_many(endpoint: str) -> float:
    """The same, accepted together."""
    records = _records(RECORDS)
    with warm_producer(endpoint) as producer:
        begun = time.process_time()
        producer.send_many(records)
        producer.join()
        return (time.process_time() - begun) / len(records)


def _put(client: Any, records: list[bytes]) -> None:
    entries = [{"Data": record, "PartitionKey": str(random.getrandbits(64))} for record in records]
    while entries:
        answer = client.put_records(StreamName="orders", Records=entries)
        pairs = zip(entries, answer["Records"], strict=True)
        entries = [entry for entry, result in pairs if "ErrorCode" in result]


def _records(count: int) -> list[bytes]:
    return [b"%0100d" % number for number in range(count)]


GROUPS: dict[str, dict[str, Candidate]] = {
    "end to end": {
        "boto3 loop, 500 a request": boto3_loop,
        "send(), join()": send,
        "send_many(), join()": send_many,
    }
}
