"""Coming to rest: flush, close, join, abort, with, and who has to be told."""

from __future__ import annotations

import logging
import pickle
import threading
import time

import pytest

from kinesis_producer import (
    KinesisProducer,
    MetricsListener,
    NotWritten,
    Outcome,
    PossiblyWritten,
    Totals,
    UndeliveredRecords,
)
from kinesis_producer.limits import MIB
from kinesis_producer.testing import faults
from tests.conftest import STREAM
from tests.producer.conftest import lines

FAILING = {"kinesis_max_retries": 0}


def refuse(kinesis):
    kinesis.faults.always(
        "PutRecords", faults.entries(lambda *_: True, "ProvisionedThroughputExceededException")
    )


def test_flush_sends_what_is_buffered_and_waits(make, kinesis):
    """Whatever the age of it; the producer goes on."""
    producer = make(buffer_time_limit=100)
    producer.send(b"a")
    producer.send(b"b", partition_key="k")
    producer.flush()
    assert producer.totals == Totals(received=2, delivered=2)
    assert producer.pending == 0
    producer.send(b"c")
    assert producer.pending == 1
    producer.flush()
    assert len(kinesis.ledger(STREAM)) == 3
    producer.flush()


def test_flush_hurries_single_records(make):
    """Without aggregation they do not wait for a full request."""
    producer = make(aggregation="none", buffer_time_limit=100)
    producer.send(b"x")
    producer.flush(5.0)
    assert producer.totals.delivered == 1


class Slow(logging.Handler):
    """Writes nothing before it is told to."""

    def __init__(self):
        super().__init__()
        self.go = threading.Event()

    def emit(self, record):
        self.go.wait(30)


def test_join_waits_until_the_error_is_in_the_log(make, kinesis):
    """A program that ends right behind it has then said why."""
    kinesis.faults.always("PutRecords", faults.error("AccessDeniedException"))
    logger, slow = logging.getLogger("kinesis_producer"), Slow()
    logger.addHandler(slow)
    try:
        producer = make()
        producer.send(b"x")
        with pytest.raises(TimeoutError, match="join: time ran out with 0 records pending"):
            producer.join(1.0)
        slow.go.set()
        with pytest.raises(UndeliveredRecords):
            producer.join()
    finally:
        slow.go.set()
        logger.removeHandler(slow)


class Reasons(MetricsListener):
    """Notes why aggregates were closed."""

    def __init__(self):
        self.found = []

    def aggregate(self, metrics):
        self.found.append(metrics.reason)


def test_why_an_aggregate_was_closed_is_told(make):
    """Flushing too often is one way to have small ones; so are old age and the end."""
    reasons = Reasons()
    producer = make(buffer_time_limit=10, buffer_size_limit=100, metrics=reasons)
    producer.send_many([b"x" * 90] * 2)
    producer.flush()
    producer.send(b"x")
    producer.join()
    assert sorted(reasons.found) == ["close", "flush", "size"]


def test_a_flush_that_takes_too_long_changes_nothing(make, kinesis):
    """TimeoutError, and the record is delivered all the same."""
    kinesis.faults.script("PutRecords", faults.delay(0.5))
    producer = make()
    producer.send(b"x")
    with pytest.raises(TimeoutError, match="time ran out with 1 records pending"):
        producer.flush(0.1)
    producer.flush()
    assert producer.totals == Totals(received=1, delivered=1)


def test_close_returns_at_once_and_join_waits(make, kinesis):
    """Both may be called again, in any order; join implies close."""
    kinesis.faults.script("PutRecords", faults.delay(0.3))
    producer = make()
    producer.send(b"x")
    begun = time.monotonic()
    producer.close()
    producer.close()
    assert time.monotonic() - begun < 0.2
    with pytest.raises(TimeoutError, match="1 records pending"):
        producer.join(0.05)
    assert producer.join() == producer.join() == Totals(received=1, delivered=1)
    producer.close()
    producer.flush()


def test_a_producer_without_records_comes_to_rest(make):
    """No thread was ever started."""
    assert make().join() == Totals()
    with make() as producer:
        pass
    assert producer.totals == Totals()


def test_several_threads_join_at_once(make, kinesis):
    """Each returns after the same drain."""
    kinesis.faults.script("PutRecords", faults.delay(0.3))
    producer = make()
    producer.send(b"x")
    found = []
    threads = [threading.Thread(target=lambda: found.append(producer.join())) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert found == [Totals(received=1, delivered=1)] * 5


def test_threads_end_with_the_producer(make):
    """None is left behind, and the client is closed."""
    producer = make()
    producer.send(b"x")
    names = {thread.name for thread in threading.enumerate()}
    assert f"kinesis_producer-{STREAM}-0" in names
    producer.join()
    deadline = time.monotonic() + 10
    while any(thread.name.startswith("kinesis_producer-") for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_abort_settles_everything_now(make, kinesis):
    """What is in flight may be written; the rest is not."""
    kinesis.faults.script("PutRecords", faults.hang())
    producer = make(buffer_size_limit=0, kinesis_concurrency=1)
    flying = producer.send(b"a")
    assert kinesis.wait_for("PutRecords")
    waiting = producer.send(b"b")
    producer.abort()
    producer.abort()
    assert isinstance(flying.exception(0), PossiblyWritten)
    assert isinstance(waiting.exception(0), NotWritten)
    assert producer.join(5.0) == Totals(received=2, not_written=1, possibly_written=1)


def test_join_raises_where_nobody_was_told(make, kinesis):
    """Each time, until somebody looks at the delivery."""
    refuse(kinesis)
    producer = make(**FAILING)
    delivery = producer.send(b"x")
    for _ in range(2):
        with pytest.raises(UndeliveredRecords, match="1 of 1 records were not delivered; one of"):
            producer.join()
    assert isinstance(delivery.exception(), NotWritten)
    assert producer.join() == Totals(received=1, not_written=1)


def test_samples_are_bounded_and_those_nobody_looked_at(make, kinesis):
    """At most ten errors, of deliveries that were not asked."""
    refuse(kinesis)
    producer = make(**FAILING, buffer_size_limit=0)
    deliveries = producer.send_many([b"x"] * 20)
    deliveries[0].exception()
    with pytest.raises(UndeliveredRecords, match="19 of 20") as caught:
        producer.join()
    assert 9 <= len(caught.value.samples) <= 10


@pytest.mark.parametrize(
    "ask",
    [
        lambda delivery: delivery.exception(),
        lambda delivery: delivery.add_done_callback(lambda _: None),
    ],
)
def test_whoever_asks_is_told(make, kinesis, ask):
    """Then join() returns the totals."""
    refuse(kinesis)
    producer = make(**FAILING)
    ask(producer.send(b"x"))
    assert producer.join() == Totals(received=1, not_written=1)


def test_whoever_asks_and_gets_no_answer_is_not_told(make, kinesis):
    """Time ran out before there was one."""
    kinesis.faults.always("PutRecords", faults.throttled())
    producer = make(delivery_timeout=1.5, request_timeout=0.5)
    delivery = producer.send(b"x")
    with pytest.raises(TimeoutError):
        delivery.result(0.1)
    with pytest.raises(UndeliveredRecords, match="1 of 1"):
        producer.join()
    assert delivery.exception(0) is not None
    assert producer.join().not_written == 1


def test_whoever_still_asks_when_the_answer_comes_is_told(make, kinesis):
    """Though another has given up asking."""
    kinesis.faults.always("PutRecords", faults.throttled())
    producer = make(delivery_timeout=1.5, request_timeout=0.5)
    delivery = producer.send(b"x")
    met = []
    asking = threading.Thread(target=lambda: met.append(delivery.exception(10)))
    asking.start()
    with pytest.raises(TimeoutError):
        delivery.result(0.1)
    assert producer.join().not_written == 1
    asking.join(10)
    assert isinstance(met[0], NotWritten)


def test_looking_at_the_outcome_is_not_asking(make, kinesis):
    """It neither waits nor counts."""
    refuse(kinesis)
    producer = make(**FAILING)
    delivery = producer.send(b"x")
    with pytest.raises(UndeliveredRecords):
        producer.join()
    assert delivery.outcome is Outcome.NOT_WRITTEN
    with pytest.raises(UndeliveredRecords):
        producer.join()


def test_with_on_delivery_somebody_is_told(make, kinesis):
    """The callback has seen every outcome when join() returns."""
    refuse(kinesis)
    reports = []
    producer = make(**FAILING, on_delivery=reports.append)
    producer.send(b"x")
    assert producer.join() == Totals(received=1, not_written=1)
    assert [report.outcome for report in reports] == [Outcome.NOT_WRITTEN]


def test_leaving_with_raises_too(make, kinesis):
    """The plain idiom loses nothing in silence."""
    refuse(kinesis)
    with pytest.raises(UndeliveredRecords), make(**FAILING) as producer:
        producer.send(b"x")


def test_leaving_with_by_an_exception_lets_that_one_go_on(make, kinesis):
    """What is pending is delivered all the same."""
    with pytest.raises(KeyError), make() as producer:
        producer.send(b"x")
        raise KeyError
    assert lines(kinesis) == [b"x"]


def test_leaving_with_by_ctrl_c_waits_no_longer_than_exit_timeout(make, kinesis):
    """Then what is left is given up."""
    kinesis.faults.always("PutRecords", faults.hang())
    begun = time.monotonic()
    with pytest.raises(KeyboardInterrupt), make(exit_timeout=0.2) as producer:
        producer.send(b"x")
        assert kinesis.wait_for("PutRecords")
        raise KeyboardInterrupt
    assert time.monotonic() - begun < 5
    assert producer.totals == Totals(received=1, possibly_written=1)


def test_a_result_that_takes_too_long(make, kinesis):
    """TimeoutError, and the delivery goes on."""
    kinesis.faults.script("PutRecords", faults.delay(0.5))
    delivery = make().send(b"x")
    with pytest.raises(TimeoutError):
        delivery.result(0.05)
    assert delivery.result().attempts == 1


def test_a_producer_cannot_be_pickled(make):
    """It says what to do instead."""
    with pytest.raises(TypeError, match="make one in each process"):
        pickle.dumps(make())


def test_a_producer_that_is_forgotten_delivers_what_it_has(make, kinesis, session):
    """Its threads go on until nothing is left, and end."""
    producer = KinesisProducer(
        {"stream_name": STREAM, "endpoint_url": kinesis.endpoint_url, "buffer_time_limit": 100},
        session=session,
    )
    delivery = producer.send(b"x")
    del producer
    assert delivery.result(10.0).attempts == 1


def test_a_million_pending_records_are_waited_for(make, kinesis):
    """At the rate of a slow service, within the bound; a wait that is too short changes nothing."""
    kinesis.faults.always("PutRecords", faults.delay(0.02))
    producer = make(max_pending_bytes=256 * MIB)
    producer.send_many([b"x" * 20] * 1_000_000)
    with pytest.raises(TimeoutError, match="records pending"):
        producer.join(0.01)
    assert producer.join(100) == Totals(received=1_000_000, delivered=1_000_000)


def test_join_does_not_return_before_what_it_settled_itself_is_reported(make, kinesis):
    """Whoever waits also sees to what is overdue; that is over when it was announced."""
    kinesis.faults.always("PutRecords", faults.hang())
    seen = []
    producer = make(on_delivery=seen.append)
    outbox = producer._engine.outbox
    producer.send(b"x")
    finished = []
    outbox.room.decide(lambda: finished.append(_settled_by(outbox)))
    assert finished == [False]
    producer.join()
    assert len(seen) == 1


def _settled_by(outbox):
    """What `join` asks, at a time when everything is overdue."""
    outbox.closed = True
    outbox.backlog.abort()
    return outbox.finished()
