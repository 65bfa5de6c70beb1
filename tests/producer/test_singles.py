"""Records that share a delivery, and are a Kinesis record each: ``aggregation="none"``, several."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from kinesis_producer import Outcome, Totals, UndeliveredRecords
from kinesis_producer.metrics import Counters, Summary
from kinesis_producer.testing import faults
from tests.conftest import STREAM
from tests.producer.conftest import puts

SHARED = {"aggregation": "none", "max_records_per_aggregate": 100}
SENT = [b"%d" % number for number in range(1000)]


def test_each_is_a_kinesis_record_of_its_own(make, kinesis):
    """Of a hundred that share a delivery; a request has no more than 500."""
    with make(**SHARED) as producer:
        deliveries = {producer.send(record) for record in SENT}
    assert sorted(one.data for one in kinesis.ledger(STREAM)) == sorted(SENT)
    assert 10 <= len(deliveries) < 100
    assert {one.outcome for one in deliveries} == {Outcome.DELIVERED}
    assert all(one.result().attempts == 1 for one in deliveries)
    assert producer.totals == Totals(received=1000, delivered=1000)
    assert len(puts(kinesis)) <= len(deliveries)


def test_no_more_share_one_than_a_request_holds(make, kinesis):
    """Whatever is configured."""
    with make(aggregation="none", max_records_per_aggregate=100_000) as producer:
        deliveries = producer.send_many(SENT)
    assert len(deliveries) >= 2
    assert len(kinesis.ledger(STREAM)) == 1000


def test_only_what_was_throttled_is_sent_again(make, kinesis):
    """Every other entry, twice: nothing is in the stream twice."""
    kinesis.faults.script("PutRecords", faults.throttled_entries(), faults.throttled_entries())
    reports = []
    with make(**SHARED, on_delivery=reports.append) as producer:
        producer.send_many(SENT)
    assert Counter(one.data for one in kinesis.ledger(STREAM)) == Counter(SENT)
    assert [record.data for one in sorted(reports, key=order) for record in one.records] == SENT
    assert {one.outcome for one in reports} == {Outcome.DELIVERED}
    assert producer.totals == Totals(received=1000, delivered=1000)


def order(report):
    """Of its first record."""
    return int(report.records[0].data)


def test_keys_stay_with_their_records(make, kinesis):
    """Though records with other keys share the delivery."""
    sent = {b"%d" % number: f"key {number}" for number in range(300)}
    with make(**SHARED) as producer:
        for record, key in sent.items():
            producer.send(record, partition_key=key)
    assert {one.data: one.partition_key for one in kinesis.ledger(STREAM)} == sent


def test_in_order_each_goes_alone(make, kinesis):
    """Of two in one request the second may be the only one that is written."""
    with make(**SHARED, ordering="shard") as producer:
        deliveries = {producer.send(record, partition_key="k") for record in SENT[:20]}
    assert len(deliveries) == 20
    assert [one.data for one in kinesis.ledger(STREAM)] == SENT[:20]


def test_what_is_given_up_is_given_up_together(make, kinesis):
    """Some of it was written: nobody is told which, so all of it is possibly written."""
    kinesis.faults.always("PutRecords", faults.throttled_entries())
    producer = make(**SHARED, kinesis_max_retries=0, buffer_time_limit=60.0)
    delivery = producer.send_many(SENT[:20])[0]
    with pytest.raises(UndeliveredRecords, match="20 of 20"):
        producer.join()
    assert delivery.outcome is Outcome.POSSIBLY_WRITTEN
    assert len(kinesis.ledger(STREAM)) == 10


@pytest.mark.parametrize("seed", range(3))
def test_faults_cost_no_record(make, kinesis, seed):
    """What is there twice was counted as possible."""
    kinesis.faults.always("PutRecords", faults.mixed(seed, rate=0.3))
    with make(**SHARED, kinesis_concurrency=4) as producer:
        producer.send_many(SENT * 4)
    found = Counter(one.data for one in kinesis.ledger(STREAM))
    assert set(found) == set(SENT)
    assert min(found.values()) >= 4
    assert producer.totals.delivered == 4000
    assert found.total() - 4000 <= producer.totals.possible_duplicates


def test_metrics_count_kinesis_records(make, kinesis):
    """Each once, however often some of those beside it were sent."""
    kinesis.faults.script("PutRecords", faults.throttled_entries())
    counters = Counters()
    with make(**SHARED, metrics=counters) as producer:
        producer.send_many(SENT)
    found: dict[str, Any] = {**counters.snapshot()}
    stored = kinesis.ledger(STREAM)
    assert found["KinesisRecordsPut"] == found["UserRecordsPut"] == 1000
    assert found["UserRecordsPerKinesisRecord"] == Summary(1000, 1000, 1, 1)
    assert found["KinesisRecordsDataPut"] == sum(map(size_of, stored))
    sent = found["KinesisRecordsPerPutRecordsRequest"]
    assert found["UserRecordsPerPutRecordsRequest"] == sent
    assert sent.sum == 1000 + found["AllErrors"]


def size_of(stored):
    """Data and partition key."""
    return len(stored.data) + len(stored.partition_key)
