"""How programs end, and what becomes of their records: each in a process of its own.

The ancestor lost every record of the first three programs, and hung in the fourth and in the fork.
"""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
import time
import weakref

import pytest

from kinesis_producer import KinesisProducer
from kinesis_producer.testing import faults
from tests.producer.conftest import lines
from tests.producer.programs import Program

SEND = "for number in range(100):\n    k.send(b'%d' % number)\n"


def test_a_program_that_ends_without_close_delivers(kinesis):
    """The interpreter waits for what is pending."""
    assert Program(kinesis, SEND).end() == (0, "", "")
    assert lines(kinesis) == [b"%d" % number for number in range(100)]


def test_a_program_that_drops_its_producer_delivers(kinesis):
    """Nobody holds it any more when the program ends."""
    assert Program(kinesis, "k.send(b'x')\ndel k\nimport gc; gc.collect()\n").end() == (0, "", "")
    assert lines(kinesis) == [b"x"]


def test_a_dropped_producer_is_not_kept_for_ever(kinesis, session):
    """Once its records are delivered nothing of it is left, threads included."""
    config = {"stream_name": "orders", "endpoint_url": kinesis.endpoint_url}
    producer = KinesisProducer(config, session=session)
    reference = weakref.ref(producer._engine)
    producer.send(b"x")
    del producer
    deadline = time.monotonic() + 10
    while reference() is not None:
        gc.collect()
        assert time.monotonic() < deadline, gc.get_referrers(reference())


def test_close_without_join_delivers(kinesis):
    """As above."""
    assert Program(kinesis, SEND, "k.close()\n").end() == (0, "", "")
    assert len(lines(kinesis)) == 100


def test_the_exit_code_is_the_programs_own(kinesis):
    """Also where it ended early."""
    assert Program(kinesis, SEND, "sys.exit(3)\n").end() == (3, "", "")
    assert len(lines(kinesis)) == 100


def test_a_delimiter_given_as_text_is_no_obstacle(kinesis):
    """With the ancestor's own keys, one sender, close and join."""
    config = (
        ", buffer_size_limit=100000, buffer_time_limit=0.2, kinesis_concurrency=1,"
        " kinesis_max_retries=10, record_delimiter='\\n'"
    )
    program = Program(kinesis, SEND, "k.close()\nk.join()\n", config=config)
    assert program.end() == (0, "", "")
    assert len(lines(kinesis)) == 100


def test_a_trickle_leaves_in_time(make, kinesis):
    """Age counts from the first record, however steadily others follow."""
    producer = make(buffer_time_limit=0.3)
    deadline = time.monotonic() + 10
    while not kinesis.wait_for("PutRecords", timeout=0.02):
        producer.send(b"x")
        assert time.monotonic() < deadline, "nothing left, however old it was"


def test_what_cannot_be_delivered_before_the_end_is_counted(kinesis):
    """On stderr, after exit_timeout, whatever the exit code."""
    kinesis.faults.always("PutRecords", faults.hang())
    code, _, err = Program(kinesis, SEND, config=", exit_timeout=0.5").end()
    assert code == 0
    said = (
        "kinesis_producer: 100 records for stream orders were not delivered when the program ended"
        " (possibly written: 100)"
    )
    assert err.count(said) == 1


def test_what_failed_unheard_is_counted(kinesis):
    """A program that never joins does not lose records in silence."""
    kinesis.faults.always("PutRecords", faults.error("AccessDeniedException"))
    _, _, err = Program(kinesis, SEND).end()
    assert "AccessDeniedException" in err
    assert "100 records for stream orders were not delivered" in err


def test_what_join_told_is_not_told_again(kinesis):
    """The exception was enough."""
    kinesis.faults.always("PutRecords", faults.error("AccessDeniedException"))
    code, _, err = Program(kinesis, SEND, "k.join()\n").end()
    assert code == 1
    assert "UndeliveredRecords: 100 of 100 records were not delivered" in err
    assert "when the program ended" not in err


def test_ctrl_c_ends_waiting_and_the_records_are_delivered_all_the_same(kinesis):
    """The wait is over at once; the end of the program waits a little."""
    kinesis.faults.script("PutRecords", faults.delay(1.0))
    program = Program(kinesis, SEND, "k.join()\n")
    assert kinesis.wait_for("PutRecords")
    program.interrupt()
    code, _, err = program.end()
    assert code == -signal.SIGINT
    assert "KeyboardInterrupt" in err
    assert "not delivered" not in err
    assert len(lines(kinesis)) == 100


def test_a_second_ctrl_c_gives_up_with_a_count(kinesis):
    """Nobody has to wait for exit_timeout."""
    kinesis.faults.always("PutRecords", faults.hang())
    program = Program(
        kinesis,
        SEND,
        """
        try:
            k.join()
        except KeyboardInterrupt:
            print("first", flush=True)
            raise
        """,
        config=", exit_timeout=60, request_timeout=60, delivery_timeout=100",
    )
    assert kinesis.wait_for("PutRecords")
    program.interrupt()
    assert program.says() == "first\n"
    begun = time.monotonic()
    while program.process.poll() is None and time.monotonic() - begun < 20:
        program.interrupt()
        kinesis.wait_for("DescribeStream", timeout=0.2)
    _, _, err = program.end()
    assert "100 records for stream orders were not delivered when the program ended" in err


def test_ctrl_c_while_waiting_for_room(kinesis):
    """send() is left at once; what was accepted is counted in the end."""
    kinesis.faults.always("PutRecords", faults.hang())
    program = Program(kinesis, SEND, config=", max_pending_bytes=1000, exit_timeout=0.2")
    assert kinesis.wait_for("PutRecords")
    program.interrupt()
    code, _, err = program.end()
    assert code == -signal.SIGINT
    assert "in send" in err
    assert "records for stream orders were not delivered when the program ended" in err


SIGTERM = """
    exit_on_sigterm()
    k.send(b"x")
    print("sent", flush=True)
    # in stretches: a signal that comes just as a thread falls asleep does not wake it (CPython)
    for _ in range(600):
        time.sleep(0.1)
"""


def test_with_the_handler_sigterm_ends_a_program_that_delivers(kinesis):
    """As sys.exit(143) would, wherever the main thread is."""
    program = Program(kinesis, SIGTERM, config=", buffer_time_limit=20")
    assert program.says() == "sent\n"
    program.process.terminate()
    assert program.end() == (143, "", "")
    assert lines(kinesis) == [b"x"]


def test_a_second_sigterm_ends_the_program_at_once(kinesis):
    """Nobody has to send SIGKILL while it waits for a server that hangs."""
    kinesis.faults.always("PutRecords", faults.hang())
    program = Program(kinesis, SIGTERM, config=", exit_timeout=60, request_timeout=60")
    assert kinesis.wait_for("PutRecords")
    assert program.says() == "sent\n"
    begun = time.monotonic()
    while program.process.poll() is None and time.monotonic() - begun < 20:
        program.process.terminate()
        kinesis.wait_for("DescribeStream", timeout=0.2)
    assert program.end()[0] == -signal.SIGTERM


FORK = """
    first = k.send(b"parent")
    child = os.fork()
    if not child:
        try:
            first.result()
        except RuntimeError as error:
            print(error, flush=True)
        k.send(b"child").result()
        k.join()
        os._exit(0)
    k.send(b"parent again")
    k.join()
    print(os.waitpid(child, 0)[1])
"""


def test_after_a_fork_each_process_has_its_own_records(kinesis):
    """Nothing is sent twice, nothing is lost, and handles of the parent say whose they are."""
    code, out, _ = Program(kinesis, FORK, config=", buffer_time_limit=0.5").end()
    assert code == 0
    assert out == "this delivery is the parent process's; it was made before the fork\n0\n"
    assert sorted(lines(kinesis)) == [b"child", b"parent", b"parent again"]


def test_a_child_that_ends_says_nothing_of_its_parents_records(kinesis):
    """It ends as a program does, with atexit; what was pending at the fork is the parent's."""
    source = """
        k.send(b"parent")
        child = os.fork()
        if not child:
            sys.exit(0)
        print(os.waitpid(child, 0)[1])
    """
    code, out, err = Program(kinesis, source, config=", buffer_time_limit=60, exit_timeout=2").end()
    assert (code, out) == (0, "0\n")
    assert "not delivered" not in err
    assert lines(kinesis) == [b"parent"]


def test_a_client_that_was_given_stays_with_the_parent(kinesis):
    """The child's records fail with the reason, instead of garbling the parent's traffic."""
    _, out, err = Program(
        kinesis,
        """
        import boto3
        from botocore.config import Config
        once = Config(retries={"total_max_attempts": 1})
        client = boto3.client("kinesis", "us-east-1", config=once)
        k = KinesisProducer({"stream_name": "orders"}, client=client)
        k.send(b"parent").result()
        child = os.fork()
        if not child:
            print(k.send(b"child").exception(), flush=True)
            os._exit(0)
        os.waitpid(child, 0)
        """,
    ).end()
    assert "Misconfigured: the client was given before the fork" in out, err
    assert lines(kinesis) == [b"parent"]


WORK = """
from kinesis_producer import KinesisProducer

def work(number):
    KinesisProducer({"stream_name": "orders", "aws_region": "us-east-1"}).send(b"%d" % number)
"""


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_worker_of_multiprocessing_that_does_not_close_delivers(kinesis, tmp_path, method):
    """Where it was forked it ends without atexit; multiprocessing has a place of its own."""
    (tmp_path / "work.py").write_text(WORK)
    source = f"""
        sys.path.insert(0, {str(tmp_path)!r})
        import multiprocessing, work
        k.send(b"0")
        context = multiprocessing.get_context({method!r})
        workers = [context.Process(target=work.work, args=(number,)) for number in (1, 2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(30)
        print([worker.exitcode for worker in workers])
    """
    options = "import warnings\nwarnings.simplefilter('ignore', DeprecationWarning)\n"
    assert Program(kinesis, options, source).end() == (0, "[0, 0]\n", "")
    assert sorted(lines(kinesis)) == [b"0", b"1", b"2"]


def test_threads_that_cannot_start_are_named(kinesis):
    """At the very end of a program nothing new can be begun."""
    _, _, err = Program(
        kinesis,
        """
        import threading
        def refuse(*_):
            raise RuntimeError("can't start new thread")
        threading.Thread.start = refuse
        k.send(b"x")
        """,
    ).end()
    assert "ProducerClosed: no thread can be started: can't start new thread" in err


FIRST_SEND = """
    import atexit
    from kinesis_producer.producer import lifecycle
    atexit.unregister(lifecycle.drain_all)
    calls = [lambda: k.send(b"x"), lifecycle.drain_all]
    for call in calls[::%d]:
        atexit.register(call)
"""


def test_a_first_send_after_the_program_has_ended_is_refused(kinesis):
    """By a function that was registered before the producer was imported: nobody would wait."""
    code, _, err = Program(kinesis, FIRST_SEND % 1).end()
    assert code == 0
    assert "ProducerClosed: the program has ended" in err
    assert lines(kinesis) == []


def test_a_first_send_while_the_program_ends_is_delivered_or_refused(kinesis):
    """Some versions of Python start no more threads then."""
    code, _, err = Program(kinesis, FIRST_SEND % -1).end()
    assert code == 0
    if err:
        assert "ProducerClosed: no thread can be started" in err
    assert lines(kinesis) == ([] if err else [b"x"])


SUBINTERPRETER = """
    code = '''if True:
        import sys
        sys.path[:] = %%r
        from kinesis_producer import KinesisProducer
        try:
            KinesisProducer({"stream_name": "orders", "aws_region": "us-east-1"}).send(b"x")
        except RuntimeError as error:
            print(type(error).__name__, error, flush=True)
        else:
            print("accepted", flush=True)
    ''' %% (sys.path,)
    try:
        import _interpreters as interpreters
    except ImportError:
        import _xxsubinterpreters as interpreters
        made = interpreters.create(isolated=%(isolated)r)
        failed = interpreters.run_string(made, code)
    else:
        made = interpreters.create("isolated" if %(isolated)r else "legacy")
        failed = interpreters.exec(made, code)
    interpreters.destroy(made)
    print("went on", failed)
"""


@pytest.mark.parametrize("isolated", [True, False], ids=["isolated", "legacy"])
def test_a_subinterpreter_is_refused_by_name(kinesis, isolated):
    """Its threads, where it has any, end the process when it is destroyed; nothing is sent."""
    source = SUBINTERPRETER % {"isolated": isolated}
    code, out, err = Program(kinesis, source, measured=False).end()
    assert (code, err) == (0, "")
    refusal, after = out.splitlines()
    assert refusal.startswith("RuntimeError a producer cannot be made in a subinterpreter")
    assert after == "went on None"
    assert lines(kinesis) == []


def test_importing_the_package_does_not_import_boto3():
    """It takes a while, and not every program needs it at once."""
    script = "import sys, kinesis_producer; sys.exit('boto3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
