"""Forks in the middle of it all: parent and children each deliver what they accepted, once."""

from __future__ import annotations

import json
from collections import Counter

from tests.producer.conftest import lines
from tests.producer.programs import Program

SILENCE = "import warnings\nwarnings.simplefilter('ignore', DeprecationWarning)\n"

#: The child says how it ended by its exit code: a record less, or a hang, shows in it.
CHILD = """
import threading

def child(number):
    for count in range(50):
        k.send(b"child %d %d" % (number, count))
    totals = k.join(20)
    os._exit(0 if totals.delivered == totals.received == 50 else 1)

def wait_for(child):
    deadline = time.monotonic() + 25
    while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0):
        assert time.monotonic() < deadline, "the child does not end"
        time.sleep(0.01)
    return os.waitstatus_to_exitcode(ended[1])
"""


def children(number, each=50):
    return [b"child %d %d" % (child, count) for child in range(number) for count in range(each)]


HELD = """
inside, go = threading.Event(), threading.Event()

def hold():
    inside.set()
    assert go.wait(30)

for count in range(100):
    k.send(b"parent %d" % count)
holder = threading.Thread(target=k._engine.outbox.room.decide, args=(hold,))
holder.start()
assert inside.wait(10)
forked = os.fork()
if not forked:
    child(0)
code = wait_for(forked)
go.set()
holder.join(10)
k.send(b"parent 100")
k.join(20)
print(code)
"""


def test_a_fork_while_a_thread_holds_the_lock_has_a_child_that_sends(kinesis):
    """Its room is another one; and the parent goes on where it was."""
    config = ", buffer_time_limit=0.5"
    code, out, err = Program(kinesis, SILENCE, CHILD, HELD, config=config, measured=False).end()
    assert (code, out, err) == (0, "0\n", "")
    parents = [b"parent %d" % count for count in range(101)]
    assert Counter(lines(kinesis)) == Counter(parents + children(1))


STORM = """
import json
stop, sent = threading.Event(), [0] * 4

def send(number):
    while not stop.is_set():
        k.send(b"parent %d %d" % (number, sent[number]))
        sent[number] += 1

threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
for thread in threads:
    thread.start()
forked = []
for number in range(5):
    while k.totals.received < (number + 1) * 1000:
        time.sleep(0.001)
    forked.append(os.fork())
    if not forked[-1]:
        child(number)
codes = [wait_for(one) for one in forked]
stop.set()
for thread in threads:
    thread.join(10)
totals = k.join(30)
assert totals.received == totals.delivered == sum(sent), (totals, sent)
print(json.dumps([codes, sent]))
"""


def test_forks_between_threads_that_send_lose_and_double_nothing(kinesis):
    """The ledger has the parent's records and those of five children, each exactly once."""
    config = ", buffer_size_limit=2000, max_pending_bytes=100_000"
    code, out, err = Program(kinesis, SILENCE, CHILD, STORM, config=config, measured=False).end()
    assert (code, err) == (0, ""), out
    codes, sent = json.loads(out)
    assert codes == [0] * 5
    parents = [b"parent %d %d" % (one, count) for one in range(4) for count in range(sent[one])]
    assert Counter(lines(kinesis)) == Counter(parents + children(5))


IMPORTS = """
before = set(sys.modules)
k.send(b"x").result()
print(sorted(set(sys.modules) - before))
"""


def test_a_request_imports_nothing(kinesis):
    """A fork in the middle of an import would leave the child waiting for a module for ever."""
    assert Program(kinesis, IMPORTS, measured=False).end() == (0, "[]\n", "")


RENEWAL = """
import datetime, threading
import boto3, botocore.credentials, botocore.session

inside, go = threading.Event(), threading.Event()

def refresh():
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=60)
    if threading.current_thread() is not threading.main_thread() and os.getpid() == parent:
        inside.set()
        assert go.wait(30)
    return dict(access_key="a", secret_key="s", token="t", expiry_time=end.isoformat())

parent = os.getpid()
below = botocore.session.Session()
kind = botocore.credentials.RefreshableCredentials
below._credentials = kind.create_from_metadata(refresh(), refresh, "test")
session = boto3.Session(botocore_session=below)
k = KinesisProducer(dict(stream_name="orders", aws_region="us-east-1"), session=session)
k.send(b"parent")
assert inside.wait(10)
forked = os.fork()
if not forked:
    child(0)
code = wait_for(forked)
go.set()
assert k.join(20).delivered == 1
print(code)
"""


def test_a_fork_while_credentials_are_renewed_has_a_child_that_sends(kinesis):
    """Both have the credentials of the session; the child waits for no thread of the parent's."""
    code, out, err = Program(kinesis, SILENCE, CHILD, RENEWAL, measured=False).end()
    assert (code, out, err) == (0, "0\n", "")
    assert Counter(lines(kinesis)) == Counter([b"parent", *children(1)])
