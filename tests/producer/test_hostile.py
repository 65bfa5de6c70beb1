"""Programs that make it hard: what breaks off in them breaks nothing of the producer."""

from __future__ import annotations

import logging
import queue
import sys
import threading
import time

import pytest

from kinesis_producer import (
    BufferFull,
    KinesisProducer,
    KinesisProducerError,
    MetricsListener,
    ProducerClosed,
    ProducerFailed,
    Totals,
    UndeliveredRecords,
)
from kinesis_producer.producer import reports
from kinesis_producer.testing import faults
from tests.conftest import STREAM
from tests.producer.conftest import lines
from tests.producer.programs import Program

#: No test waits longer.
LONG = 20


class Accepting:
    """A client whose every record is written at once."""

    def put_records(self, *, Records, **_):  # noqa: N803 -- boto3's name
        return {"Records": [{"SequenceNumber": "1", "ShardId": "s"} for _ in Records]}


def test_sys_exit_in_a_callback_ends_nothing(make):
    """It is logged and counted like any other exception."""
    producer = make(on_delivery=lambda _: sys.exit(3))
    producer.send(b"a")
    assert producer.join() == Totals(received=1, delivered=1)
    assert producer.callback_errors == 1


class Full(logging.Handler):
    """Its disk is full."""

    def emit(self, record):
        raise RuntimeError("disk full")


@pytest.fixture
def failing_log():
    logger, handler = logging.getLogger("kinesis_producer"), Full()
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)


def test_a_log_that_cannot_be_written_costs_no_record(make, kinesis, failing_log):
    """The warning of delimiters inside records comes from a sender."""
    producer = make(kinesis_concurrency=1)
    producer.send(b"a\nb")
    producer.flush()
    producer.send_many([b"good"] * 10)
    assert producer.join() == Totals(received=11, delivered=11)
    assert len(lines(kinesis)) == 12


def test_a_log_that_cannot_be_written_holds_nobody_up(make, failing_log):
    """The error of an endpoint where nobody is comes from a sender."""
    config = {"endpoint_url": "http://127.0.0.1:1", "delivery_timeout": 0.6}
    producer = make(**config, request_timeout=0.3)
    producer.send(b"a")
    with pytest.raises(UndeliveredRecords):
        producer.join(LONG)


def test_a_log_handler_that_sends_does_not_hold_up_its_own_sender(make):
    """Where the buffer is full it gets an error at once, as a callback does."""
    met = queue.SimpleQueue()

    class Shipping(logging.Handler):
        def emit(self, record):
            try:
                producer.send(record.getMessage().encode())
            except KinesisProducerError as error:
                met.put(error)

    logger, handler = logging.getLogger("kinesis_producer"), Shipping()
    config = {"endpoint_url": "http://127.0.0.1:1", "kinesis_concurrency": 1}
    producer = make(**config, max_pending_bytes=1100, delivery_timeout=100)
    logger.addHandler(handler)
    try:
        producer.send(b"x" * 200)
        assert isinstance(met.get(timeout=LONG), BufferFull)
    finally:
        logger.removeHandler(handler)


def test_each_caller_that_is_refused_gets_an_exception_of_its_own(make, kinesis):
    """send_many writes into it how far it came."""
    kinesis.faults.always("PutRecords", faults.hang())
    producer = make(max_pending_bytes=10_000)
    met = {}

    def work(number):
        with pytest.raises(ProducerClosed) as raised:
            producer.send_many([b"x" * 500] * 100)
        met[number] = raised.value

    threads = [threading.Thread(target=work, args=(number,)) for number in (1, 2)]
    for thread in threads:
        thread.start()
    outbox = producer._engine.outbox
    deadline = time.monotonic() + LONG
    while len(outbox.callers) < 2:
        assert time.monotonic() < deadline
    producer.close()
    for thread in threads:
        thread.join(LONG)
    assert met[1] is not met[2]
    assert met[1].accepted + met[2].accepted == producer.totals.received


def test_threads_that_come_later_may_wait(make):
    """The system gives the identities of threads that have ended to new ones."""
    producer = make()
    producer.send(b"a")
    producer.join()
    met = []
    for _ in range(50):
        thread = threading.Thread(target=lambda: met.append(producer.join()))
        thread.start()
        thread.join(LONG)
    assert met == [Totals(received=1, delivered=1)] * 50


def test_metrics_that_nobody_takes_do_not_pile_up(monkeypatch):
    """So many wait for a listener that blocks; further ones are counted, and no record is kept."""
    monkeypatch.setattr(reports, "_MOST_METRICS", 100)
    go = threading.Event()

    class Blocking(MetricsListener):
        def aggregate(self, metrics):
            assert go.wait(LONG)

    config = {"stream_name": STREAM, "buffer_size_limit": 0, "aggregation": "none"}
    with KinesisProducer(config, client=Accepting(), metrics=Blocking()) as producer:
        producer.send_many([b"x"] * 1000)
        producer.flush()
        waiting = producer._engine.outbox.reports.waiting
        assert len(waiting) <= 100
        assert all(getattr(one, "aggregate", None) is None for one in waiting)
        go.set()
    assert producer.metrics_lost > 500


def test_what_an_iterator_gave_does_not_wait_for_what_it_gives_next(make, kinesis):
    """A live source may be long in coming to it."""
    producer = make()
    arrived = []

    def source():
        yield b"first"
        arrived.append(kinesis.wait_for("PutRecords", timeout=LONG))
        yield b"second"

    producer.send_many(source())
    assert arrived == [True]
    assert producer.join() == Totals(received=2, delivered=2)


def test_a_block_left_by_an_exception_says_what_was_lost(kinesis):
    """The exception goes on, and the program may go on with it."""
    kinesis.faults.always("PutRecords", faults.hang())
    source = """
        try:
            with k:
                k.send(b"x")
                raise ValueError("bad row")
        except ValueError:
            print("went on")
    """
    config = ", delivery_timeout=1, request_timeout=0.5"
    code, out, err = Program(kinesis, source, config=config).end()
    assert (code, out) == (0, "went on\n")
    assert err.count("1 records for stream orders were not delivered when its with block") == 1


def test_what_waits_behind_a_blocked_callback_is_counted_when_the_program_ends(kinesis):
    """It was never told to anybody."""
    kinesis.faults.always("PutRecords", faults.hang())
    source = """
        k = KinesisProducer(dict(stream_name="orders", aws_region="us-east-1", exit_timeout=0.5,
            max_pending_bytes=1900, when_full="drop_newest"),
            on_delivery=lambda _: time.sleep(1000))
        for _ in range(2):
            k.send(b"x" * 60)
        k.send(b"dropped" * 10)
    """
    code, _, err = Program(kinesis, source).end()
    assert code == 0
    assert "3 records for stream orders were not delivered when the program ended" in err


def test_a_program_with_many_producers_ends_as_soon_as_with_one(kinesis):
    """They wait together, and one Ctrl-C ends all of it."""
    kinesis.faults.always("PutRecords", faults.hang())
    source = """
        producers = [KinesisProducer(k.config) for _ in range(8)]
        for one in producers:
            one.send(b"x")
        print("sent", flush=True)
    """
    program = Program(kinesis, source, config=", exit_timeout=1000", measured=False)
    assert program.says() == "sent\n"
    assert kinesis.wait_for("PutRecords", count=8)
    program.interrupt()
    code, _, err = program.end()
    assert code == 0
    assert err.count("1 records for stream orders were not delivered") == 8


FORKING = """
    import threading
    def endless():
        while True:
            k.send(b"x", partition_key="k")
    for _ in range(3):
        threading.Thread(target=endless, daemon=True).start()
    while k.totals.received < 1000:
        time.sleep(0.01)
    for _ in range(5):
        child = os.fork()
        if child == 0:
            sys.exit(0)
        deadline = time.monotonic() + 10
        while os.waitpid(child, os.WNOHANG) == (0, 0):
            assert time.monotonic() < deadline, "the child does not end"
            time.sleep(0.01)
    os._exit(0)
"""


@pytest.mark.parametrize(
    "config",
    [
        ", buffer_size_limit=0, max_pending_bytes=20_000, when_full='drop_newest'",
        ", max_pending_bytes=100_000, max_block=1000",
    ],
    ids=["dropping", "blocking"],
)
def test_a_fork_in_the_middle_of_it_all_has_a_child_that_ends(kinesis, config):
    """Other threads were inside the producer; what they held is the parent's."""
    silence = "import warnings\nwarnings.simplefilter('ignore', DeprecationWarning)\n"
    program = Program(kinesis, silence, FORKING, config=config, measured=False)
    code, _, err = program.end()
    assert (code, err) == (0, "")


def test_an_error_of_our_own_in_the_reporter_holds_up_no_join(make, monkeypatch):
    """The producer has failed then; nobody is told by callback any more."""
    seen = []
    producer = make(on_delivery=seen.append)
    outbox = producer._engine.outbox

    def broken(*_, **__):
        raise RuntimeError("our own")

    monkeypatch.setattr(outbox, "heard", broken)
    producer.send(b"a")
    deadline = time.monotonic() + LONG
    while producer.failure is None:
        assert time.monotonic() < deadline
    with pytest.raises(ProducerFailed, match="InternalError: RuntimeError in a thread"):
        producer.send(b"b")
    assert producer.join(LONG) == Totals(received=1, delivered=1)
    assert len(seen) == 1
