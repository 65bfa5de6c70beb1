"""Where nobody expects a send: in finalizers, and in handlers of any log, at any moment."""

from __future__ import annotations

import json
from collections import Counter

from tests.producer.conftest import lines
from tests.producer.programs import Program

FINALIZERS = """
    import gc, itertools, json
    gc.set_threshold(20, 2, 2)  # a collection every few allocations
    begun, finalized, sent = itertools.count(), [], []

    class Last:
        def __init__(self):
            self.me = self  # only the collector finds it

        def __del__(self):
            number = next(begun)
            k.send(b"finalizer %d" % number)
            finalized.append(number)

    until = time.monotonic() + 3
    while time.monotonic() < until:
        Last()
        sent.append(b"main %d" % len(sent))
        k.send(sent[-1], partition_key=str(len(sent) % 7))
    while len(finalized) < len(sent):  # another thread may be collecting
        gc.collect()
        assert time.monotonic() < until + 15
    totals = k.join(30)
    assert totals.received == totals.delivered == len(sent) + len(finalized), totals
    print(json.dumps([len(sent), len(finalized)]))
"""


def test_a_finalizer_may_send_at_any_moment(kinesis):
    """The collector comes in the middle of a send, in a sender, in the reporter: nothing hangs."""
    program = Program(kinesis, FINALIZERS, config=", buffer_size_limit=500", measured=False)
    code, out, err = program.end()
    assert (code, err) == (0, "")
    sent, finalized = json.loads(out)
    assert min(sent, finalized) > 100
    expected = [b"main %d" % n for n in range(sent)]
    expected += [b"finalizer %d" % n for n in range(finalized)]
    assert Counter(lines(kinesis)) == Counter(expected)


HANDLER = """
    import itertools, json, logging, threading
    begun, shipped, refused = itertools.count(), [], []
    inside = threading.local()

    class Shipping(logging.Handler):
        def emit(self, record):
            if getattr(inside, "here", False):
                return
            inside.here = True
            try:
                number = next(begun)
                k.send(b"log %d" % number, max_block=0)
                shipped.append(number)
            except (BufferFull, ProducerClosed):
                refused.append(number)
            finally:
                inside.here = False

    logging.getLogger().addHandler(Shipping())
    logging.getLogger().setLevel(logging.DEBUG)
    until = time.monotonic() + 3

    def chat(name):
        while time.monotonic() < until:
            logging.getLogger("program").info("hello from %s", name)

    threads = [threading.Thread(target=chat, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    logging.getLogger().handlers.clear()
    totals = k.join(30)
    assert totals.received == totals.delivered == len(shipped), (totals, len(shipped))
    print(json.dumps([sorted(shipped), len(refused)]))
"""


def test_a_handler_of_every_log_may_send(kinesis):
    """Records of the producer's own log and of botocore's come from its senders themselves."""
    config = ", buffer_size_limit=500, max_pending_bytes=20_000"
    code, out, err = Program(kinesis, HANDLER, config=config, measured=False).end()
    assert (code, err) == (0, "")
    shipped, _ = json.loads(out)
    assert len(shipped) > 100
    assert Counter(lines(kinesis)) == Counter(b"log %d" % number for number in shipped)
