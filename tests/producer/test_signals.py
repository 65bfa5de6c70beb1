"""Signals that come while somebody waits, or while a program is ending already."""

from __future__ import annotations

import signal
import time

import pytest

from kinesis_producer.testing import faults
from tests.producer.conftest import lines
from tests.producer.programs import Program

SEND = "for number in range(100):\n    k.send(b'%d' % number)\n"

#: It is called just before the producer's own.
ENDING = "import atexit\natexit.register(lambda: print('ending', flush=True))\n"

#: Seconds after which whoever said that it begins has begun.
BEGUN = 0.2

LOST = "100 records for stream orders were not delivered when the program ended"


def ending(kinesis, *source, config=""):
    """A program that waits for its records before it ends."""
    program = Program(kinesis, *source, SEND, ENDING, config=config, measured=False)
    assert program.says() == "ending\n"
    assert kinesis.wait_for("PutRecords")
    time.sleep(BEGUN)
    return program


def test_sigterm_does_not_keep_a_program_that_is_ending_from_delivering(kinesis):
    """It is ending as it is, within exit_timeout."""
    kinesis.faults.script("PutRecords", faults.delay(1.5))
    program = ending(kinesis, "exit_on_sigterm()\n")
    program.process.terminate()
    assert program.end() == (0, "", "")
    assert len(lines(kinesis)) == 100


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        ("exit_on_sigterm()\n", ""),
        ("import signal\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(5))\n", ""),
        ("import signal\nsignal.signal(signal.SIGTERM, lambda *_: 1 / 0)\n", "ZeroDivisionError"),
        ("import signal\nsignal.signal(signal.SIGTERM, lambda *_: k.join(0))\n", "TimeoutError"),
    ],
    ids=["ours", "exit", "error", "timeout"],
)
def test_what_a_handler_raises_while_a_program_is_ending_hides_no_loss(kinesis, handler, said):
    """Until exit_timeout is over it is waited for, and then counted."""
    kinesis.faults.always("PutRecords", faults.hang())
    program = ending(kinesis, handler, config=", exit_timeout=2, request_timeout=30")
    program.process.terminate()
    begun = time.monotonic()
    code, _, err = program.end()
    assert time.monotonic() - begun > 1
    assert code == 0
    assert err.count(LOST) == 1
    assert said in err


WORKER = """
    import multiprocessing
    def work():
        exit_on_sigterm()
        k = KinesisProducer(k_config)
        for number in range(100):
            k.send(b"%d" % number)
        print("sent", flush=True)
    k_config = k.config
    worker = multiprocessing.get_context("fork").Process(target=work)
    worker.start()
    sys.stdin.readline()
    worker.terminate()
    worker.join(20)
    print(worker.exitcode)
"""


def test_sigterm_in_a_worker_that_is_ending_hides_no_loss(kinesis):
    """As multiprocessing ends its workers by ``terminate``."""
    kinesis.faults.always("PutRecords", faults.hang())
    config = ", exit_timeout=1.5, request_timeout=30"
    program = Program(kinesis, WORKER, config=config, measured=False)
    assert program.says() == "sent\n"
    assert kinesis.wait_for("PutRecords")
    time.sleep(BEGUN)
    code, out, err = program.end()  # its input ends
    assert (code, out) == (0, "0\n")
    assert err.count(LOST) == 1


def test_sigterm_while_a_program_joins(kinesis):
    """It ends the wait; the end of the program waits in its place."""
    kinesis.faults.script("PutRecords", faults.delay(1.5))
    program = Program(kinesis, "exit_on_sigterm()\n", SEND, "k.join()\n", measured=False)
    assert kinesis.wait_for("PutRecords")
    time.sleep(BEGUN)
    program.process.terminate()
    assert program.end() == (143, "", "")
    assert len(lines(kinesis)) == 100


MANY = """
    for number in range(20_000):
        k.send(b"x")
"""


def test_ctrl_c_that_is_kept_pressed_hides_no_loss(kinesis):
    """To give up 20,000 aggregates takes longer than until the next one comes."""
    kinesis.faults.always("PutRecords", faults.hang())
    config = ", buffer_size_limit=0, exit_timeout=60, request_timeout=60"
    program = Program(kinesis, MANY, ENDING, config=config, measured=False)
    assert program.says() == "ending\n"
    time.sleep(BEGUN)
    begun = time.monotonic()
    while program.process.poll() is None and time.monotonic() - begun < 20:
        program.interrupt()
        time.sleep(0.03)
    _, _, err = program.end()
    assert err.count("20000 records for stream orders were not delivered") == 1


FLUSH = """
    begun = time.monotonic()
    try:
        print("flushing", flush=True)
        k.flush()
    except KeyboardInterrupt:
        print("ended", flush=True)
    sys.stdin.readline()
    k.send(b"after")
    k.flush()
    print(k.join())
"""


def test_ctrl_c_in_a_flush(kinesis):
    """It ends at once, nothing has changed, and the next one does what this one did not."""
    kinesis.faults.script("PutRecords", faults.hang())
    config = ", request_timeout=3"
    program = Program(kinesis, SEND, FLUSH, config=config, measured=False)
    assert program.says() == "flushing\n"
    assert kinesis.wait_for("PutRecords")
    time.sleep(BEGUN)
    begun = time.monotonic()
    program.interrupt()
    assert program.says() == "ended\n"
    assert time.monotonic() - begun < 1
    code, out, err = program.end()
    assert (code, err) == (0, "")
    assert "received=101, delivered=101" in out
    assert b"after" in lines(kinesis)


def test_the_end_of_a_program_holds_to_exit_timeout(kinesis):
    """Also where every request hangs for longer."""
    kinesis.faults.always("PutRecords", faults.hang())
    program = Program(kinesis, SEND, ENDING, config=", exit_timeout=1, request_timeout=30")
    assert program.says() == "ending\n"
    begun = time.monotonic()
    code, _, err = program.end()
    assert 0.8 < time.monotonic() - begun < 5
    assert (code, err.count(LOST)) == (0, 1)


LAST_WORDS = """
    def hear(report):
        time.sleep(0.2)
        print(report.outcome.value, len(report.records), flush=True)
    config = dict(stream_name="orders", aws_region="us-east-1", exit_timeout=0.5)
    k = KinesisProducer({**config, "request_timeout": 30}, on_delivery=hear)
"""


def test_callbacks_hear_what_the_end_of_the_program_gave_up(kinesis):
    """Then nothing is left to say on stderr."""
    kinesis.faults.always("PutRecords", faults.hang())
    program = Program(kinesis, LAST_WORDS, SEND)
    assert program.end() == (0, "possibly written 100\n", "")


def test_ctrl_c_is_the_programs_exit_code_as_ever(kinesis):
    """In a with block: what is pending is waited for at most exit_timeout, and counted."""
    kinesis.faults.always("PutRecords", faults.hang())
    source = "with k:\n    k.send(b'x')\n    print('sent', flush=True)\n    time.sleep(60)\n"
    config = ", exit_timeout=60, request_timeout=30"
    program = Program(kinesis, source, config=config, measured=False)
    assert program.says() == "sent\n"
    assert kinesis.wait_for("PutRecords")
    program.interrupt()
    time.sleep(BEGUN)
    program.interrupt()
    code, _, err = program.end()
    assert code == -signal.SIGINT
    assert err.count("1 records for stream orders were not delivered when its with block") == 1
