"""A process that is stopped as a whole, for longer than its records have, and then goes on."""

from __future__ import annotations

import os
import signal

from kinesis_producer.producer.patience import Patience
from kinesis_producer.testing import faults
from tests.producer.conftest import lines
from tests.producer.programs import Program

SOURCE = """
    tried = k.send(b"tried")
    try:
        k.flush(0.3)
    except TimeoutError:
        fresh = k.send(b"fresh")
    print("sent", flush=True)
    print(fresh.exception())
    print(tried.exception().code, tried.exception().attempts > 0, k.join())
"""


def test_after_the_thaw_what_was_never_tried_is_tried_and_the_rest_is_settled(kinesis):
    """The wait for it goes on as well, though its time has passed."""
    kinesis.faults.always("PutRecords", faults.error("ProvisionedThroughputExceededException"))
    times = ", buffer_time_limit=3, request_timeout=1, delivery_timeout=4"
    program = Program(kinesis, SOURCE, config=times)
    assert program.says() == "sent\n"
    program.process.send_signal(signal.SIGSTOP)
    try:
        os.waitid(os.P_PID, program.process.pid, os.WSTOPPED | os.WNOWAIT)
        kinesis.faults.clear()
        before = kinesis.count("PutRecords")
        assert not kinesis.wait_for("PutRecords", count=before + 2, timeout=5.5)
    finally:
        program.process.send_signal(signal.SIGCONT)
    code, out, err = program.end()
    assert (code, err) == (0, ""), out
    first, second = out.splitlines()
    assert first == "None"
    assert second.startswith("ProvisionedThroughputExceededException True")
    assert lines(kinesis) == [b"fresh"]


class Clock:
    """Time that goes by when it is told to, or while somebody waits for nobody."""

    def __init__(self):
        self.now = 0.0
        self.oversleep = 0.0

    def __call__(self):
        return self.now

    def wait(self, seconds):
        self.now += seconds + self.oversleep
        self.oversleep = 0.0


def stretches(clock, patience):
    """Seconds until it is over."""
    while patience.wait(clock):
        pass
    return clock.now


def test_a_wait_without_a_timeout_does_not_count_the_time_of_a_freeze():
    """Nobody would be there when the last attempt comes back."""
    clock = Clock()
    patience = Patience(clock, 10.0, elastic=True)
    clock.now = 60.0  # between two looks
    clock.oversleep = 100.0  # in the middle of a wait
    assert round(stretches(clock, patience)) == 170


def test_a_timeout_is_a_timeout():
    """Whoever names one wants to go on by then, frozen or not."""
    clock = Clock()
    patience = Patience(clock, 10.0, elastic=False)
    clock.oversleep = 100.0
    assert round(stretches(clock, patience)) == 100
