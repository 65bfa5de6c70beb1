"""Callbacks: what they are told, what they may do, and what their failures do not do."""

from __future__ import annotations

import logging
import threading

import pytest

from kinesis_producer import (
    BufferFull,
    ConfigError,
    Counters,
    KinesisProducer,
    MetricsListener,
    NotWritten,
    Outcome,
    PossiblyWritten,
    Totals,
    UndeliveredRecords,
    UserRecord,
)
from kinesis_producer.testing import faults
from tests.conftest import STREAM


def test_on_delivery_gets_the_records_with_their_keys(make, kinesis):
    """Once for each aggregate, on one thread that is nobody else's."""
    reports, threads = [], set()

    def on_delivery(report):
        reports.append(report)
        threads.add(threading.current_thread().name)

    with make(on_delivery=on_delivery) as producer:
        producer.send_many([b"a", b"b"], partition_key="k", explicit_hash_key=5)
    (report,) = reports
    assert list(report.records) == [UserRecord(b"a", "k", "5"), UserRecord(b"b", "k", "5", 1)]
    assert (report.outcome, report.error, report.attempts) == (Outcome.DELIVERED, None, 1)
    (record,) = kinesis.ledger(STREAM)
    assert (report.shard_id, report.sequence_number) == (record.shard_id, record.sequence_number)
    assert threads == {f"kinesis_producer-{STREAM}-4"}


def test_on_delivery_gets_what_failed(make, kinesis):
    """So that a program can write it somewhere else."""
    kinesis.faults.always(
        "PutRecords",
        faults.entries(lambda *_: True, "ProvisionedThroughputExceededException", "for a reason"),
    )
    reports = []
    with make(on_delivery=reports.append, kinesis_max_retries=1) as producer:
        producer.send(b"a")
    (report,) = reports
    assert isinstance(report.error, NotWritten)
    assert (
        str(report.error)
        == "not written after 2 attempt(s): ProvisionedThroughputExceededException: for a reason"
    )
    assert [record.data for record in report.records] == [b"a"]
    assert (report.shard_id, report.sequence_number) == (None, None)


def test_a_callback_that_raises_is_logged_once_and_the_next_ones_run(make, caplog):
    """Each kind of exception with its traceback, once."""
    seen = []

    def on_delivery(report):
        seen.append(report)
        raise ValueError("mine")

    with caplog.at_level(logging.ERROR), make(on_delivery=on_delivery, buffer_size_limit=0) as one:
        one.send_many([b"x"] * 20)
    assert (len(seen), one.callback_errors) == (20, 20)
    assert caplog.text.count("on_delivery raised; further ones are counted") == 1
    assert caplog.text.count("ValueError: mine") == 1


def test_a_callback_that_raises_was_not_told(make, kinesis):
    """Of what was not delivered join() tells then, and of that alone."""
    kinesis.faults.script("PutRecords", faults.error("AccessDeniedException"))

    def on_delivery(report):
        raise OSError("no space left")

    producer = make(on_delivery=on_delivery)
    delivery = producer.send(b"x")
    with pytest.raises(UndeliveredRecords, match="1 of 1 records were not delivered"):
        producer.join()
    assert delivery.exception() is not None
    assert producer.join() == Totals(received=1, not_written=1)


def test_a_callback_may_send_and_close(make, kinesis):
    """What it sends is delivered."""

    def on_delivery(report):
        if report.records[0].data == b"first":
            producer.send(b"second")
            producer.close()

    producer = make(on_delivery=on_delivery)
    producer.send(b"first")
    deadline = threading.Event()
    assert not deadline.wait(0)
    assert kinesis.wait_for("PutRecords", count=2)
    assert producer.join() == Totals(received=2, delivered=2)


@pytest.mark.parametrize("wait", ["flush", "join"])
def test_a_callback_may_not_wait(make, wait):
    """It would wait for itself; the error says so."""
    met = []

    def on_delivery(_):
        try:
            getattr(producer, wait)()
        except RuntimeError as error:
            met.append(str(error))

    producer = make(on_delivery=on_delivery)
    producer.send(b"x")
    producer.join()
    assert len(met) == 1
    assert met[0].startswith(f"{wait} would wait for ever in a callback")


def test_a_callback_may_not_wait_for_what_is_pending(make, kinesis):
    """That would hold up all other reports until its outcome is there."""
    go, met, pending = threading.Event(), [], []

    def on_delivery(_):
        if not met:
            assert go.wait(30)
            with pytest.raises(RuntimeError) as error:
                pending[0].result()
            met.append(str(error.value))

    producer = make(on_delivery=on_delivery, delivery_timeout=3, request_timeout=2)
    producer.send(b"first")
    producer.flush()
    kinesis.faults.always("PutRecords", faults.hang())
    pending.append(producer.send(b"second"))
    go.set()
    producer.join()
    assert met[0].startswith("waiting would wait for ever in a callback")


def test_a_callback_that_blocks_holds_up_nothing_else(make, kinesis):
    """Results are known, records are sent, until the memory is full."""
    go = threading.Event()
    producer = make(on_delivery=lambda _: go.wait(30))
    producer.send(b"a").result()
    assert producer.send(b"b").result(5.0).attempts == 1
    with pytest.raises(TimeoutError, match="no record pending, and 2 calls of callbacks to come"):
        producer.join(0.1)
    go.set()
    assert producer.join() == Totals(received=2, delivered=2)
    assert kinesis.count("PutRecords") == 2


def test_done_callbacks_that_wait_are_bounded(make):
    """What one that does not come back holds up stays charged."""
    go = threading.Event()
    producer = make(buffer_size_limit=0, max_pending_bytes=20_000, max_block=0.5)
    producer.send(b"x").add_done_callback(lambda _: go.wait(30))
    with pytest.raises(BufferFull):
        for _ in range(1000):
            producer.send(b"x").add_done_callback(lambda _: None)
    go.set()
    assert producer.send(b"x", max_block=10).result(10)


def test_overdue_records_are_settled_while_a_callback_blocks(make, kinesis):
    """Whoever waits for an outcome also sees to what is overdue."""
    go = threading.Event()
    kinesis.faults.script("PutRecords", lambda _, proceed: proceed())
    config = {"delivery_timeout": 0.5, "request_timeout": 0.3, "kinesis_concurrency": 1}
    producer = make(**config, on_delivery=lambda _: go.wait(30))
    producer.send(b"a").result()
    kinesis.faults.always("PutRecords", faults.hang())
    assert producer.send(b"b").exception(5.0) is not None
    go.set()


class Endless:
    """A client whose second request does not return before it is told to."""

    def __init__(self):
        self.requests = 0
        self.go = threading.Event()

    def put_records(self, *, Records, StreamName):  # noqa: N803 -- boto3's names
        self.requests += 1
        assert self.requests == 1 or self.go.wait(30)
        return {"Records": [{"SequenceNumber": "49", "ShardId": StreamName} for _ in Records]}


@pytest.mark.parametrize("wait", ["result", "flush"])
def test_whoever_waits_settles_what_is_overdue_behind_a_callback(wait):
    """The reporter cannot: it is in the callback. The senders cannot: they have no answer."""
    client = Endless()
    config = {"stream_name": STREAM, "aws_region": "us-east-1", "kinesis_concurrency": 1}
    limits = {"delivery_timeout": 0.7, "request_timeout": 0.4}
    with KinesisProducer(
        {**config, **limits}, client=client, on_delivery=lambda _: client.go.wait(30)
    ) as producer:
        assert producer.send(b"a").result().attempts == 1
        delivery = producer.send(b"b")
        if wait == "result":
            assert isinstance(delivery.exception(10), PossiblyWritten)
        else:
            producer.flush(10)
        assert delivery.outcome is Outcome.POSSIBLY_WRITTEN
        client.go.set()


def test_done_callbacks_are_called_with_the_delivery(make):
    """By the reporter; at once, if it is done already."""
    called = []
    producer = make()
    delivery = producer.send(b"x")
    delivery.add_done_callback(lambda one: called.append((one, threading.current_thread().name)))
    producer.join()
    delivery.add_done_callback(lambda one: called.append((one, threading.current_thread().name)))
    assert called == [
        (delivery, f"kinesis_producer-{STREAM}-4"),
        (delivery, threading.current_thread().name),
    ]


def test_metrics_have_the_names_of_the_kpl(make, kinesis):
    """Counters of what happened, through a partial failure."""
    kinesis.faults.script("PutRecords", faults.entries([0], "InternalFailure"))
    counters = Counters()
    with make(metrics=counters, buffer_size_limit=0, buffer_time_limit=0.2) as producer:
        producer.send_many([b"abc"] * 10)
    found = counters.snapshot(producer.totals)
    assert found["UserRecordsReceived"] == found["UserRecordsPut"] == 10
    assert found["UserRecordsPending"] == 0
    assert found["UserRecordsDataPut"] == 30
    assert found["KinesisRecordsPut"] == 10
    assert found["KinesisRecordsDataPut"] == 10 * (4 + 16)
    assert found["ErrorsByCode"] == {"InternalFailure": 1}
    assert found["AllErrors"] == 1
    for name in ("RequestTime", "BufferingTime", "UserRecordsPerPutRecordsRequest"):
        assert found[name].min <= found[name].max  # type: ignore[union-attr]
    assert found["RetriesPerRecord"].sum == 1  # type: ignore[union-attr]
    assert found["UserRecordsPerKinesisRecord"].max == 1  # type: ignore[union-attr]
    assert found["KinesisRecordsPerPutRecordsRequest"].sum == 11  # type: ignore[union-attr]
    assert "UserRecordsPending" not in counters.snapshot()


def test_metrics_of_a_failure(make, kinesis):
    """What was never put is not counted as put."""
    kinesis.faults.always("PutRecords", faults.error("AccessDeniedException"))
    counters = Counters()
    producer = make(metrics=counters)
    producer.send(b"x").exception()
    producer.join()
    found = counters.snapshot(producer.totals)
    assert found["ErrorsByCode"] == {"AccessDeniedException": 1}
    assert "UserRecordsPut" not in found


class Deaf:
    def aggregate(self, metrics):
        """Of requests it has not been told."""


class Fickle(MetricsListener):
    @property
    def request(self):
        raise KeyError


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"on_delivery": "a name"}, "on_delivery: give a function that takes a Report, not str"),
        ({"metrics": Deaf()}, "metrics: give an object with the methods request and aggregate"),
        ({"metrics": Counters}, r"metrics: give an object .* such as Counters\(\)"),
        ({"metrics": print, "on_delivery": 5}, "on_delivery: .*; metrics: "),
    ],
)
def test_what_could_never_be_called_is_a_config_error(make, given, named):
    """Before there is anything to tell, and all of it at once."""
    with pytest.raises(ConfigError, match=named):
        make(**given)


def test_a_listener_whose_method_is_gone_costs_no_record(make):
    """It is counted like any other exception of a callback."""
    metrics = MetricsListener()
    with make(metrics=metrics) as producer:
        metrics.__class__ = Fickle
        producer.send(b"x")
    assert producer.totals.delivered == 1
    assert producer.callback_errors == 1


def test_a_listener_hears_nothing_unless_it_wants_to(make):
    """All its methods have defaults."""
    with make(metrics=MetricsListener()) as producer:
        producer.send(b"x")
    assert producer.totals.delivered == 1
