"""The lock: coming in again from a signal handler, and being broken off by one."""

from __future__ import annotations

import inspect
import json
import threading
from collections import Counter

import pytest

from kinesis_producer import BufferFull, ProducerClosed, Totals
from kinesis_producer.producer.room import Reentered, Room
from tests.core.building import backlog
from tests.producer.conftest import lines
from tests.producer.programs import Program


def room():
    left = []
    made: Room = Room(backlog(), lambda: left.append(1), int)  # type: ignore[arg-type]
    return made, left


def test_a_decision_does_not_begin_inside_another():
    """It is refused, or put off until the other one has ended."""
    made, left = room()
    order = []

    def outer():
        with pytest.raises(Reentered):
            made.decide(order.append, "inner")
        made.later(lambda: order.append("later"))
        assert made.owned()
        made.give_way()
        order.append("outer")

    made.decide(outer)
    assert order == ["outer", "later"]
    assert left == [1, 1]
    assert not made.owned()
    assert not made.deciding


def test_what_is_put_off_while_catching_up_is_not_made_inside_it():
    """However many follow from each other, they need no more stack than one."""
    made, left = room()
    depths = []

    def outer():
        depths.append(len(inspect.stack(0)))
        if len(depths) < 200:
            made.later(outer)

    made.decide(outer)
    assert len(depths) == len(left) == 200
    assert max(depths) - min(depths) <= 2


def test_others_give_way_until_a_decision_has_ended():
    """They come in after it."""
    made, _ = room()
    inside, go, order = threading.Event(), threading.Event(), []

    def long_one():
        inside.set()
        go.wait(10)
        order.append("long")

    thread = threading.Thread(target=made.decide, args=(long_one,))
    thread.start()
    assert inside.wait(10)
    other = threading.Thread(target=lambda: made.decide(order.append, "other"))
    other.start()

    def look():
        with made.hold():
            order.append("hold")

    with_hold = threading.Thread(target=look)
    with_hold.start()
    go.set()
    for one in (thread, other, with_hold):
        one.join(10)
    assert order[0] == "long"
    assert sorted(order[1:]) == ["hold", "other"]


def test_after_a_broken_decision_everything_is_put_right_first():
    """The next one repairs, and only then decides."""
    made, left = room()
    repaired = []
    made.backlog.repair = lambda: repaired.append(len(left))

    def broken():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        made.decide(broken)
    assert (repaired, left) == ([], [])
    made.decide(lambda: None)
    made.decide(lambda: None)
    assert (repaired, left) == ([0], [1, 1])


#: A signal twice a millisecond, in the main thread.
STORM = """
    import itertools, json, signal

    def storm(handler, every=0.0005):
        signal.setitimer(signal.ITIMER_REAL, 0)  # or one comes while the handler is changed
        signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, every, every)
"""


def in_a_storm(kinesis, source, config=""):
    """What a program prints as JSON; unmeasured, since coverage itself locks against handlers."""
    code, out, err = Program(kinesis, STORM, source, config=config, measured=False).end()
    assert (code, err) == (0, "")
    return json.loads(out)


SENDS = """
    begun, handled, sent = itertools.count(), [], []

    def handler(*_):
        number = next(begun)  # another signal may come before this one is sent
        k.send(b"handler %d" % number)
        handled.append(number)

    until = time.monotonic() + 1.5
    storm(handler)
    while time.monotonic() < until:
        sent.append(b"main %d" % len(sent))
        k.send(sent[-1])
    storm(signal.SIG_IGN, every=0)
    totals = k.join(30)
    assert totals.received == totals.delivered == len(sent) + len(handled), totals
    print(json.dumps([len(sent), len(handled)]))
"""


def test_a_signal_handler_may_send(kinesis):
    """Whatever it comes into, nothing hangs, and every record that was accepted arrives once."""
    sent, handled = in_a_storm(kinesis, SENDS, ", buffer_size_limit=2000")
    assert handled > 100
    expected = [b"main %d" % n for n in range(sent)] + [b"handler %d" % n for n in range(handled)]
    assert Counter(lines(kinesis)) == Counter(expected)


CLOSES = """
    storm(lambda *_: k.totals.received > 50 and k.close())
    accepted = 0
    try:
        while accepted < 1_000_000:
            k.send(b"%d" % accepted)
            accepted += 1
    except ProducerClosed:
        storm(signal.SIG_IGN, every=0)
    totals = k.join(30)
    print(json.dumps([accepted, totals.received, totals.delivered]))
"""


def test_a_signal_handler_may_close(kinesis):
    """In the middle of a send as well; then nothing more is accepted, and all is delivered."""
    config = ", buffer_size_limit=0, aggregation='none'"
    accepted, received, delivered = in_a_storm(kinesis, CLOSES, config)
    assert 50 < accepted == received == delivered < 1_000_000


INTERRUPTED = """
    class Interrupted(BaseException):  # like KeyboardInterrupt
        pass

    armed = False

    def handler(*_):
        global armed
        if armed:
            armed = False
            raise Interrupted

    accepted, unsure, number = [], [], 0
    until = time.monotonic() + 3
    storm(handler)
    while time.monotonic() < until:
        number += 1
        try:
            armed = True
            k.send(b"%d" % number)
            armed = False
        except Interrupted:
            unsure.append(number)
        else:
            accepted.append(number)
    storm(signal.SIG_IGN, every=0)
    totals = k.join(30)
    assert len(unsure) > 50, len(unsure)
    assert totals.received == totals.delivered, totals
    assert k._engine.outbox.backlog.memory.charged == 0
    print(json.dumps([accepted, unsure, totals.received]))
"""


def test_an_interruption_at_any_moment_leaves_everything_in_order(kinesis):
    """Ctrl-C may come between any two calls; what was accepted arrives once all the same."""
    config = ", buffer_size_limit=300, kinesis_concurrency=2"
    accepted, unsure, received = in_a_storm(kinesis, INTERRUPTED, config)
    found = Counter(map(int, lines(kinesis)))
    assert max(found.values()) == 1
    assert set(accepted) - set(found) == set()
    assert set(found) - set(accepted) <= set(unsure)
    assert received == len(found)


def test_inside_a_decision_a_full_buffer_raises_at_once(make):
    """A record of a signal handler that came into one has to fit, or is refused."""
    producer = make(max_pending_bytes=1800)
    outbox = producer._engine.outbox

    def decision():
        producer.send(b"x" * 10)
        with pytest.raises(BufferFull):
            producer.send(b"x" * 900)
        producer.close()

    producer.send(b"y")
    outbox.room.decide(decision)
    with pytest.raises(ProducerClosed):
        outbox.room.decide(lambda: producer.send(b"z"))
    assert producer.join() == Totals(received=2, delivered=2)


def test_inside_a_decision_abort_is_put_off(make):
    """Until that decision has ended."""
    producer = make(buffer_time_limit=100)
    delivery = producer.send(b"y")
    producer._engine.outbox.room.decide(producer.abort)
    assert delivery.done()
