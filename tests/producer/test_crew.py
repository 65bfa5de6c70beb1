"""The threads of a producer: all of them run, each once, however starting them goes."""

from __future__ import annotations

import queue
import threading
import time

import pytest

from kinesis_producer.errors import ProducerClosed
from kinesis_producer.producer import lifecycle
from kinesis_producer.producer.crew import Crew

WAIT = 10


class Work:
    """Three pieces of work, which end together."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.crashed: list[BaseException] = []
        self.closed = threading.Event()
        self.go = threading.Event()
        self.crew = Crew(
            [self.piece(number) for number in range(3)],
            on_crash=self.crashed.append,
            on_end=self.closed.set,
            name="orders",
        )

    def piece(self, number):
        def run():
            assert self.go.wait(WAIT)
            self.done.append(number)

        return run

    def end(self):
        self.go.set()
        assert self.closed.wait(WAIT)
        return sorted(self.done)


@pytest.mark.parametrize("started", [True, False], ids=["after", "before"])
def test_starting_that_was_broken_off_goes_on_with_the_next_call(monkeypatch, started):
    """Whether Ctrl-C came just before or just after a thread began."""
    work = Work()
    start = threading.Thread.start
    number = 0

    def interrupted(thread):
        nonlocal number
        number += 1
        if started or number != 2:
            start(thread)
        if number == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "start", interrupted)
    with pytest.raises(KeyboardInterrupt):
        work.crew.start()
    begun_in_part = work.crew.started
    work.crew.start()
    assert (begun_in_part, work.crew.started) == (False, True)
    assert work.end() == [0, 1, 2]


def test_a_thread_that_comes_second_to_its_work_leaves_it(monkeypatch):
    """A signal handler that sends starts threads while the main thread is starting them."""
    work = Work()
    start = threading.Thread.start
    begun = []

    def again(thread):
        begun.append(thread)
        start(thread)
        if len(begun) == 1:
            work.crew.start()

    monkeypatch.setattr(threading.Thread, "start", again)
    work.crew.start()
    assert work.end() == [0, 1, 2]
    for thread in begun:
        thread.join(WAIT)
    assert sorted(work.done) == [0, 1, 2]


def test_where_no_thread_can_be_started_the_caller_is_told(monkeypatch):
    """And the next call tries again."""
    work = Work()

    def refused(_):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch, pytest.raises(ProducerClosed, match="can't start new"):
        patch.setattr(threading.Thread, "start", refused)
        work.crew.start()
    work.crew.start()
    assert work.end() == [0, 1, 2]


def test_an_error_of_our_own_is_told(caplog):
    """It ends one thread; the connection is closed by the last."""
    work = Work()
    work.done = None  # type: ignore[assignment]
    work.crew.start()
    work.go.set()
    assert work.closed.wait(WAIT)
    assert [type(error) for error in work.crashed] == [AttributeError] * 3
    assert "a thread of the producer ended by an error" in caplog.text


def test_nobody_waits_for_a_thread_aside():
    """The crew has ended without it; when it ends, the end is told once more."""
    go, ends, crashed = threading.Event(), [], []
    told = threading.Semaphore(0)

    def end():
        ends.append(crew.ended)
        told.release()

    def wait():
        assert go.wait(WAIT)

    crew = Crew([lambda: None], aside=[wait], on_crash=crashed.append, on_end=end, name="orders")
    crew.start()
    assert told.acquire(timeout=WAIT)
    assert ends == [True]
    go.set()
    assert told.acquire(timeout=WAIT)
    assert (ends, crashed) == ([True, True], [])


def test_a_thread_aside_may_end_first():
    """Then the end is told by the last of the others alone."""
    go, told = threading.Event(), threading.Event()
    aside = queue.SimpleQueue()
    ends, crashed = [], []

    def end():
        ends.append(crew.ended)
        told.set()

    def wait():
        assert go.wait(WAIT)

    def leave():
        aside.put(threading.current_thread())

    crew = Crew([wait], aside=[leave], on_crash=crashed.append, on_end=end, name="orders")
    crew.start()
    thread = aside.get(timeout=WAIT)
    thread.join(WAIT)
    assert not thread.is_alive()
    assert not crew.ended
    go.set()
    assert told.wait(WAIT)
    assert (ends, crashed) == ([True], [])


def test_a_send_that_comes_after_a_whole_life_leaves_nothing_behind(make, monkeypatch):
    """It saw the producer open, and was held up while another thread sent and joined."""
    producer = make()
    ending = producer._engine.ending
    expect = ending.expect

    def late():
        monkeypatch.setattr(ending, "expect", expect)
        producer.send(b"other")
        producer.join()
        deadline = time.monotonic() + 10
        while not producer._engine._crew.ended:
            assert time.monotonic() < deadline
        expect()

    monkeypatch.setattr(ending, "expect", late)
    with pytest.raises(ProducerClosed):
        producer.send(b"late")
    assert ending not in lifecycle._open
