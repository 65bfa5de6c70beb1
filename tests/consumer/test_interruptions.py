"""Ctrl-C, signals, forks and forgotten consumers."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import pytest

from kinesis_producer import ConsumerClosed, KinesisConsumer
from kinesis_producer.stores.memory import MemoryStore
from kinesis_producer.stores.sqlite import SQLiteStore
from tests.conftest import STREAM
from tests.consumer.conftest import data, numbered
from tests.producer.programs import unmeasured


def test_ctrl_c():
    """Wherever it comes, nothing is lost or doubled, and the consumer can be asked on."""
    program = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    tests = Path(__file__).with_name("interrupted.py")
    done = subprocess.run(
        [*program, str(tests)], env=unmeasured(), timeout=100, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stdout.decode()[-3000:]


def test_stop_in_a_handler(consume, put):
    """A signal handler may stop the consumer, whatever the main thread is doing."""
    put(numbered(0, 500))
    consumer = consume()
    before = signal.signal(signal.SIGUSR1, lambda *_: consumer.stop())
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(0.5, lambda: signal.pthread_kill(main, signal.SIGUSR1))
    timer.start()
    try:
        got = data(list(consumer))
    finally:
        timer.join()
        signal.signal(signal.SIGUSR1, before)
    assert sorted(got) == sorted(numbered(0, 500))


@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
def test_fork(consume, put):
    """A child process cannot use its parent's consumer, and does not disturb it."""
    put(numbered(0, 10), key=lambda number: "k")
    consumer = consume()
    assert len(consumer.poll(5.0, 5)) == 5
    child = os.fork()
    if child == 0:
        try:
            consumer.poll(1.0)
        except ConsumerClosed:
            consumer.close()
            os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert data(consumer.poll(5.0)) == numbered(5, 10)


def test_forgotten(put, kinesis, session):
    """A consumer that nobody holds any more lets go of its leases."""
    put(numbered(0, 3), key=lambda number: "k")
    address = {"stream_name": STREAM, "endpoint_url": kinesis.endpoint_url}
    fleet = {**address, "application_name": "reports"}
    store = MemoryStore()
    forgotten = KinesisConsumer(fleet, checkpoints=store, session=session)
    assert len(forgotten.poll(5.0)) == 3
    del forgotten
    gc.collect()
    with KinesisConsumer(fleet, checkpoints=store, session=session) as other:
        assert len(other.poll(2.0)) == 3


PROGRAM = """
import sys
from kinesis_producer import KinesisConsumer, stores
config = {"stream_name": "orders", "application_name": "reports", "failover_time": 60.0}
consumer = KinesisConsumer(config, checkpoints=stores.of(sys.argv[1]))
record = next(consumer)
consumer.checkpoint(record)
"""


def test_end_of_a_program(consume, put, kinesis, tmp_path):
    """A program that ends without closing its consumer lets go of the leases."""
    put(numbered(0, 3), key=lambda number: "k")
    path = tmp_path / "leases.db"
    environment = {
        **unmeasured(),
        "AWS_ENDPOINT_URL_KINESIS": kinesis.endpoint_url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    subprocess.run(
        [sys.executable, "-c", PROGRAM, f"sqlite:{path}"], env=environment, check=True, timeout=60
    )
    with closing(SQLiteStore(path)) as store:
        fleet = {"application_name": "reports", "checkpoints": store, "failover_time": 60.0}
        with consume(**fleet) as consumer:
            assert data(consumer.poll(10.0)) == numbered(1, 3)
