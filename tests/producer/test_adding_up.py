"""Eight threads that send, four that carry, one that reports: every number is exact in the end.

On a Python without the GIL they all run at once, and a counter that two of them change without a
lock is wrong here. With it they are made to take turns every few microseconds.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter

import pytest

from kinesis_producer import KinesisProducer
from kinesis_producer.metrics import Counters

THREADS, ROUNDS, MANY = 8, 60, 50
#: One record alone, so many together, one with a key, in each round of each thread.
EACH = ROUNDS * (MANY + 2)
ALL = THREADS * EACH
BROKEN = b"x" * 60 + b"\n" + b"y" * 39


class Answering:
    """A client whose service takes all but every seventh entry, which it throttles."""

    def __init__(self):
        self.lock = threading.Lock()
        self.entries = 0
        self.taken = Counter()

    def put_records(self, *, Records, **_):  # noqa: N803 -- boto3 names it so
        """Take them, or not."""
        with self.lock:
            return {"Records": [self.take(one) for one in Records]}

    def take(self, entry):
        self.entries += 1
        if not self.entries % 7:
            return {"ErrorCode": "ProvisionedThroughputExceededException", "ErrorMessage": ""}
        self.taken.update(entry["Data"].split(b"\n")[:-1])
        return {"SequenceNumber": str(self.entries), "ShardId": "shardId-000000000000"}


@pytest.fixture
def _turns():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_turns")
def test_all_numbers_add_up():
    """Accepted, sent, counted, reported and measured: the same; and nothing stays charged."""
    client, counters, reported = Answering(), Counters(), Counter()
    producer = KinesisProducer(
        {"stream_name": "orders", "buffer_size_limit": 300, "buffer_time_limit": 0.01},
        client=client,
        metrics=counters,
        on_delivery=lambda report: reported.update([report.outcome.value] * len(report.records)),
    )
    together(lambda number: load(producer, number))
    totals = producer.join()
    numbers = counters.snapshot(totals)
    assert totals.received == totals.delivered == ALL
    assert reported == {"delivered": ALL}
    assert numbers["UserRecordsPut"] == ALL
    assert numbers["UserRecordsDataPut"] == THREADS * ROUNDS * (MANY * 8 + len(BROKEN) + 8)
    assert sum(client.taken.values()) == ALL + producer.delimiters_in_records
    assert producer.delimiters_in_records == THREADS * ROUNDS
    assert producer._engine.outbox.backlog.memory.charged == 0


@pytest.mark.usefixtures("_turns")
def test_counters_beside_decisions_add_up():
    """Those that senders and callbacks count up by themselves."""
    producer = KinesisProducer({"stream_name": "orders"}, client=Answering())
    outbox = producer._engine.outbox

    def count(_):
        for _ in range(5000):
            outbox.count_broken(1)
            outbox.count_callback_error()

    together(count)
    assert producer.delimiters_in_records == producer.callback_errors == THREADS * 5000


def load(producer, number):
    """Each record is its own, so that one that is lost is not made up for by another."""
    for turn in range(ROUNDS):
        producer.send(BROKEN)
        producer.send(b"%02d%06d" % (number, turn), partition_key=str(turn % 3))
        producer.send_many([b"%02d%03d%03d" % (number, turn, one) for one in range(MANY)])


def together(work):
    begin = threading.Barrier(THREADS)
    errors = []

    def run(number):
        begin.wait(10)
        try:
            work(number)
        except BaseException as error:
            errors.append(error)
            raise

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not errors
