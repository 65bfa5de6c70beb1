"""What a full buffer takes up in the memory of the process, with a server that never answers."""

from __future__ import annotations

import json
import sys

import pytest

from kinesis_producer.limits import MIB
from kinesis_producer.testing import faults
from tests.producer.programs import Program

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sizes are read from /proc")

REQUEST_SIZE = 5 * MIB

OFFER = """
    import json, threading

    def resident():
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) * 1024 for line in status if "VmHWM" in line)

    key = str if KEYS else lambda _: None
    k.send(b"warm")
    while not k._engine.outbox.backlog.memory.charged or threading.active_count() < 6:
        time.sleep(0.01)  # until imports, threads and connections are there
    before, refused = resident(), 0
    for number in range(COUNT):
        try:
            k.send(b"%0100d" % number, partition_key=key(number), max_block=0.0)
        except BufferFull:
            refused += 1
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        time.sleep(0.1)
    print(json.dumps([resident() - before, refused, k.totals.dropped, k.totals.pending]))
    k.abort()
    os._exit(0)
"""


@pytest.mark.parametrize(
    ("policy", "bound", "count"),
    [
        ("block", 256, 1_000_000),
        ("raise", 64, 600_000),  # it is full after 409,200
        ("drop_newest", 64, 600_000),
        ("drop_oldest", 64, 600_000),
    ],
)
def test_a_full_buffer_keeps_to_its_memory(kinesis, policy, bound, count):
    """A quarter more than the bound, and five times what the senders carry, is the most."""
    kinesis.faults.always("PutRecords", faults.hang())
    pending = bound * MIB
    config = f", when_full={policy!r}, max_pending_bytes={pending}, request_timeout=60"
    code, out, err = offered(kinesis, config, count=count)
    assert (code, err) == (0, "")
    grown, refused, dropped, left = json.loads(out)
    assert grown <= 1.25 * pending + 5 * 4 * REQUEST_SIZE
    assert left + refused + dropped == count + 1
    assert left * 164 <= pending
    assert left * 164 > 0.9 * min(pending, 164_000_000)


@pytest.mark.parametrize("keys", [False, True])
def test_records_that_share_nothing_keep_to_it_too(kinesis, keys):
    """An aggregate for each: the objects that keep them are charged, too."""
    kinesis.faults.always("PutRecords", faults.hang())
    config = ", max_pending_bytes=2**25, request_timeout=60"
    config += ", buffer_time_limit=50" if keys else ", aggregation='none'"
    code, out, err = offered(kinesis, config, keys=keys, count=200_000)
    assert (code, err) == (0, "")
    grown, refused, _, left = json.loads(out)
    assert grown <= 1.25 * 2**25 + 5 * 4 * REQUEST_SIZE
    assert left + refused == 200_001
    assert 20_000 < left < 200_000


def offered(kinesis, config, *, keys=False, count):
    """What became of a program that offers so many records; it says what it took."""
    return Program(
        kinesis, f"KEYS, COUNT = {keys}, {count}", OFFER, config=config, measured=False
    ).end(100)
