"""A fork while another thread sends: the child has an empty producer that works."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
import weakref
from functools import partial

import pytest

from kinesis_producer import KinesisProducer, Totals
from kinesis_producer.producer import forking
from tests.interleavings.search import explore, found
from tests.interleavings.stage import Stage

pytestmark = [
    pytest.mark.skipif(
        not hasattr(threading.RLock(), "_at_fork_reinit"),
        reason="all locks are frontrun's, also those of logging, which no child gets free again:"
        " run it as `pytest`, or with --no-frontrun-patch-locks",
    ),
    pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning"),
]

#: How a child ends where all is well: nobody was in the room at the fork, or somebody was.
ALONE, INSIDE = 10, 11


@pytest.fixture(autouse=True)
def _forks_of_others(monkeypatch):
    monkeypatch.setattr(forking, "_watched", weakref.WeakSet())


class Forking(Stage):
    """Its child begins no other producer anew; after some seconds it is ended if it hangs."""

    patience = 20

    def __init__(self, *args, **kwargs):
        forking._watched.clear()
        super().__init__(*args, **kwargs)


def send(stage):
    stage.send(b"x")


def fork(stage):
    """Done by a thread that frontrun knows nothing of: a child without a scheduler would hang."""
    # these are accesses, so that there are forks before and after whatever changes them
    depth, front = stage.producer._lock.depth, stage.producer._backlog.front
    done = _thread.allocate_lock()
    done.acquire()
    _thread.start_new_thread(_fork, (stage, done))
    assert done.acquire(timeout=60), (depth, front)


def _fork(stage, done):
    lock = stage.producer._lock
    child = os.fork()
    if not child:
        _be_the_child(stage, INSIDE if lock.depth else ALONE)
    _, status = os.waitpid(child, 0)
    stage.told.append(os.waitstatus_to_exitcode(status))
    done.release()


def _be_the_child(stage, code):
    """Under no scheduler: nothing is traced here."""
    try:
        _trace_nothing()
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.alarm(stage.patience)
        stage.producer.send(b"the child's")
        assert stage.producer.join() == Totals(received=1, delivered=1)
        assert stage.service.ledger[-1] == b"the child's\n"
    except BaseException:  # noqa: BLE001 -- it is told by the exit code
        code = 1
    os._exit(code)


def _trace_nothing():
    if sys.version_info >= (3, 12):
        for tool in range(6):
            if sys.monitoring.get_tool(tool) is not None:
                sys.monitoring.set_events(tool, 0)


def forked(codes):
    """What is asked at the end of a run; it notes how the child ended."""

    def right(stage):
        codes.update(stage.told)
        assert set(stage.told) <= {ALONE, INSIDE}, f"the child ended with {stage.told}"
        stage.drain()
        return stage.check()

    return right


@pytest.mark.parametrize("begun", [0, 1], ids=["long path", "short path"])
def test_a_fork_beside_a_send_has_a_child_that_sends(begun):
    """Also where a thread that the child does not have was in the room; and the parent goes on."""
    codes = set()
    stage = partial(Forking, begun=begun)
    explore(stage, send, fork, right=forked(codes), preemptions=1).assert_holds()
    assert codes == {ALONE, INSIDE}


class Inheriting(KinesisProducer):
    """It keeps its lock over a fork."""

    def after_fork(self):
        lock = self._lock
        super().after_fork()
        self._lock = self._engine.outbox.room.lock = lock


def test_a_child_that_inherits_the_lock_would_hang(monkeypatch):
    """Where a thread that it does not have was in the room, and nowhere else."""
    monkeypatch.setattr(Forking, "patience", 3)
    codes = set()
    result = explore(partial(Forking, Inheriting, begun=1), send, fork, right=forked(codes))
    assert found(result, f"the child ended with [{-signal.SIGALRM}]")
    assert ALONE in codes
