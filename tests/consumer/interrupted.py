"""Ctrl-C in the middle of a question: run by test_interruptions.py, in a process of its own.

Measuring coverage does not survive exceptions out of the blue, so it is not measured.
"""

from __future__ import annotations

import random
import signal
import threading
from contextlib import contextmanager

import pytest

from tests.consumer.conftest import data, numbered


def interrupt(seconds):
    """Ctrl-C, in a while."""
    main = threading.main_thread().ident
    assert main is not None
    timer = threading.Timer(seconds, lambda: signal.pthread_kill(main, signal.SIGINT))
    timer.start()
    return timer


def test_ctrl_c_while_waiting(consume, put):
    """Ctrl-C ends a wait, and loses nothing: the consumer can be asked on."""
    put(numbered(0, 3), key=lambda number: "k")
    consumer = consume()
    assert len(consumer.poll(5.0)) == 3
    timer = interrupt(0.3)
    with pytest.raises(KeyboardInterrupt):
        next(consumer)
    timer.join()
    put(numbered(3, 6), key=lambda number: "k")
    assert data(consumer.poll(5.0)) == numbered(3, 6)


# an interruption inside the callback of a weak reference is told, and swallowed, by Python itself
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ctrl_c_again_and_again(consume, put):
    """Wherever Ctrl-C comes while a record is asked for, none is lost, and none comes twice."""
    put(numbered(0, 10_000), key=lambda number: str(number % 7))
    consumer = consume(until="caught-up")
    got, times, ended = data(consumer.poll(5.0, 1)), 0, False
    with interrupted_inside():
        while not ended:
            try:
                got.extend([next(consumer).data])
            except KeyboardInterrupt:
                times += 1
            except StopIteration:
                ended = True
    assert times
    assert sorted(got) == sorted(numbered(0, 10_000))


@contextmanager
def interrupted_inside():
    """Now and then an interruption, if the consumer is what works; a hundred, at the most."""
    dice, left = random.Random(1), iter(range(100))

    def interrupt(_, frame):
        if next(left, None) is not None:
            signal.setitimer(signal.ITIMER_VIRTUAL, dice.uniform(0.001, 0.03))
        while frame is not None:
            if frame.f_code.co_name == "__next__":
                raise KeyboardInterrupt
            frame = frame.f_back

    before = signal.signal(signal.SIGVTALRM, interrupt)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.005)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
