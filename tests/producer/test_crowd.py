"""Sixteen threads against a server that hangs, whatever is to be done with a full buffer."""

from __future__ import annotations

import threading

import pytest

from kinesis_producer import BufferFull, Outcome, Totals
from kinesis_producer.testing import faults

THREADS, EACH = 16, 50
RECORD = b"x" * 36  # 100 bytes with what is charged for it
LIMIT = 20_000


class Crowd:
    """Threads that each send so many records, and what came of each call."""

    def __init__(self, producer):
        self.producer = producer
        self.accepted, self.refused = [], []
        self.threads = [threading.Thread(target=self.send) for _ in range(THREADS)]

    def send(self):
        for _ in range(EACH):
            try:
                self.accepted.append(self.producer.send(RECORD))
            except BufferFull as error:
                self.refused.append(error)
            charged = self.producer._engine.outbox.backlog.memory.charged
            assert charged <= LIMIT

    def run(self):
        for thread in self.threads:
            thread.start()
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive()


@pytest.mark.parametrize("when_full", ["block", "raise", "drop_newest", "drop_oldest"])
def test_every_record_of_sixteen_threads_is_accounted_for(make, kinesis, when_full):
    """Accepted or refused, and what was accepted has one outcome; nothing stays charged."""
    kinesis.faults.always("PutRecords", faults.hang())
    reported = []
    producer = make(
        when_full=when_full,
        max_pending_bytes=LIMIT,
        max_block=0.05,
        buffer_size_limit=1000,
        kinesis_concurrency=2,
        on_delivery=reported.append,
    )
    crowd = Crowd(producer)
    crowd.run()
    assert len(crowd.accepted) + len(crowd.refused) == THREADS * EACH
    assert producer.totals.received == len(crowd.accepted)
    if when_full.startswith("drop"):
        assert producer.totals.dropped > 0
    else:
        assert producer.totals.dropped == 0
        assert 0 < len(crowd.accepted) * 100 <= LIMIT
    producer.abort()
    kinesis.faults.clear()
    totals = producer.join(20)
    outcomes = [delivery.outcome for delivery in crowd.accepted]
    assert totals == Totals(
        received=len(crowd.accepted),
        not_written=outcomes.count(Outcome.NOT_WRITTEN),
        possibly_written=outcomes.count(Outcome.POSSIBLY_WRITTEN),
        dropped=totals.dropped,
    )
    assert totals.pending == 0
    told = [record for report in reported for record in report.records]
    assert len(told) == totals.received
