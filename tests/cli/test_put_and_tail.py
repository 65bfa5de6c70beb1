"""``put`` and ``tail``: lines in, lines out."""

from __future__ import annotations

import io
import re
import signal
import sys
import time

import pytest

from kinesis_producer.cli import feeding
from kinesis_producer.testing import faults
from tests.cli.conftest import client_of, started


def lines(kinesis):
    return b"".join(record.data for record in kinesis.ledger("orders")).split(b"\n")[:-1]


def test_the_lines_of_a_file_go_into_the_stream(kinesis, run, tmp_path):
    """Each without its end; the summary says how many."""
    file = tmp_path / "lines"
    file.write_bytes(b"one\ntwo\n\nlast without an end")
    code, out, err = run("put", "orders", str(file))
    assert (code, err) == (0, "")
    assert out.startswith("4 of 4 records delivered in ")
    assert lines(kinesis) == [b"one", b"two", b"", b"last without an end"]


def test_each_line_can_be_a_record_of_its_own(kinesis, run, tmp_path):
    """Without aggregation, by one sender in order."""
    file = tmp_path / "lines"
    file.write_bytes(b"one\ntwo\n")
    code, *_ = run("put", "orders", str(file), "--aggregation", "none", "--concurrency", "1")
    assert code == 0
    assert [record.data for record in kinesis.ledger("orders")] == [b"one", b"two"]


def test_stdin_goes_into_the_stream(kinesis):
    """As it comes."""
    with started(kinesis, "put", "orders") as process:
        out, err = process.communicate("a\nb\n", timeout=30)
    assert (process.returncode, err) == (0, "")
    assert out.startswith("2 of 2 records delivered")
    assert lines(kinesis) == [b"a", b"b"]


def test_lines_that_can_never_be_written_are_named_and_counted(kinesis, run, tmp_path):
    """The first five by number; the others arrive."""
    file = tmp_path / "lines"
    file.write_bytes(b"fine\n" + (b"x" * 1_048_576 + b"\n") * 7 + b"fine\n")
    code, out, err = run("put", "orders", str(file))
    assert code == 1
    assert "2 of 9 records delivered, 7 refused" in out
    assert err.count("kinesis-producer: line ") == 5
    assert "line 2: the record has 1048576 bytes" in err
    assert lines(kinesis) == [b"fine", b"fine"]


def test_a_missing_stream_is_one_clear_error(kinesis, run, tmp_path):
    """With the count of what was not written."""
    file = tmp_path / "lines"
    file.write_bytes(b"a\nb\n")
    code, out, err = run("put", "nowhere", str(file))
    assert code == 1
    assert "0 of 2 records delivered, 2 not written" in out
    assert "ResourceNotFoundException: Stream nowhere under account" in err
    assert kinesis.count("PutRecords") <= 8


def test_a_missing_file_is_one_clear_error(kinesis, run):
    """No traceback."""
    code, out, err = run("put", "orders", "nowhere.txt")
    assert (code, out) == (1, "")
    assert "nowhere.txt" in err
    assert "Traceback" not in err


def test_what_was_not_written_makes_the_exit_code_1(kinesis, run, tmp_path):
    """Here the service refuses."""
    kinesis.faults.always("PutRecords", faults.error("AccessDeniedException", "kinesis:PutRecords"))
    file = tmp_path / "lines"
    file.write_bytes(b"a\n" * 10)
    code, out, err = run("put", "orders", str(file))
    assert code == 1
    assert "0 of 10 records delivered, 10 not written" in out
    assert "AccessDeniedException" in err


def test_where_nobody_answers_it_gives_up(kinesis, run, tmp_path, monkeypatch, unused_endpoint):
    """After so many seconds without any answer, named at once."""
    monkeypatch.setattr(feeding, "GIVE_UP_AFTER", 1.0)
    file = tmp_path / "lines"
    file.write_bytes(b"a\n" * 10)
    begun = time.monotonic()
    code, out, err = run("put", "orders", str(file), "--endpoint-url", unused_endpoint)
    assert code == 1
    assert 0.9 < time.monotonic() - begun < 8
    assert "0 of 10 records delivered, 10 not written" in out
    assert "no answer for 1 s; given up" in err
    assert f"{unused_endpoint}: Unreachable: Could not connect" in err


def test_a_full_buffer_is_watched(kinesis, run, tmp_path, monkeypatch, unused_endpoint):
    """Where nobody answers it gives up, also while send() waits for room."""
    monkeypatch.setattr(feeding, "GIVE_UP_AFTER", 1.0)
    file = tmp_path / "lines"
    file.write_bytes(b"\n".join([b"x" * 1_000_000] * 80))
    code, out, err = run("put", "orders", str(file), "--endpoint-url", unused_endpoint)
    assert code == 1
    assert re.match(r"0 of \d\d records delivered", out)
    assert "no answer for 1 s; given up" in err


def test_ctrl_c_ends_with_the_summary(kinesis):
    """What was read is delivered first."""
    with started(kinesis, "put", "orders") as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write("a\nb\n")
        process.stdin.flush()
        assert kinesis.wait_for("PutRecords")
        process.send_signal(signal.SIGINT)
        said = "finishing what was read; Ctrl-C again to stop at once\n"
        assert process.stderr.readline() == said
        out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "")
    assert out.startswith("2 of 2 records delivered")


def test_a_second_ctrl_c_ends_at_once_with_the_summary(kinesis):
    """With what is not, or possibly not, written."""
    kinesis.faults.always("PutRecords", faults.hang())
    with started(kinesis, "put", "orders") as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write("a\nb\n")
        process.stdin.flush()
        assert kinesis.wait_for("PutRecords")
        process.send_signal(signal.SIGINT)
        assert process.stderr.readline().startswith("finishing")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out.startswith("0 of 2 records delivered, 2 possibly written")
    assert "Traceback" not in err


class Failing(io.RawIOBase):
    """A disk that fails after its first read."""

    def __init__(self):
        self.reads = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        self.reads += 1
        if self.reads > 1:
            raise OSError(5, "Input/output error")
        buffer[:4] = b"a\nb\n"
        return 4


def test_what_was_read_before_reading_failed_is_delivered(kinesis, run, monkeypatch):
    """The summary says how many; the error says where."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(Failing(), 4)))
    code, out, err = run("put", "orders")
    assert code == 1
    assert out.startswith("2 of 2 records delivered")
    assert "kinesis-producer: line 3: [Errno 5] Input/output error" in err
    assert lines(kinesis) == [b"a", b"b"]


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "broken"])
def test_where_nobody_reads_stderr_all_is_sent(kinesis, tmp_path, closed):
    """What is said there is said to nobody."""
    file = tmp_path / "lines"
    file.write_bytes(b"x" * 1_100_000 + b"\n" + b"a\n" * 10)
    stderr = "2>&-" if closed else "2> >(true)"
    command = f"sleep 0; exec {sys.executable} -m kinesis_producer put orders {file} {stderr}"
    with started(kinesis, command=["bash", "-c", command]) as process:
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert out.startswith("10 of 11 records delivered, 1 refused")


def test_where_nobody_reads_stdout_all_is_sent_too(kinesis, tmp_path):
    """A closed stdout is no failure."""
    file = tmp_path / "lines"
    file.write_bytes(b"a\n" * 10)
    command = f"exec {sys.executable} -m kinesis_producer put orders {file} >&-"
    with started(kinesis, command=["bash", "-c", command]) as process:
        assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 0
    assert len(lines(kinesis)) == 10


def test_lines_that_come_slowly_do_not_keep_it_from_giving_up(kinesis, unused_endpoint):
    """It looks around while nothing comes, and ends though its input does not."""
    options = ["--endpoint-url", unused_endpoint]
    with started(kinesis, "put", "orders", *options, give_up_after=1.0) as process:
        assert process.stdin is not None
        process.stdin.write("a\n")
        process.stdin.flush()
        assert process.wait(timeout=30) == 1
        assert process.stdout is not None
        assert process.stdout.read().startswith("0 of 1 records delivered, 1 not written")


def test_a_missing_stream_is_told_though_no_more_lines_come(kinesis):
    """The command ends within seconds, not with its input."""
    with started(kinesis, "put", "nowhere") as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write("a\n")
        process.stdin.flush()
        assert process.wait(timeout=30) == 1
        assert "ResourceNotFoundException" in process.stderr.read()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_after_the_last_line_ends_with_everything_delivered(kinesis, number):
    """As one that comes while lines are read."""
    kinesis.faults.script("PutRecords", *[faults.delay(1.0)] * 4)
    with started(kinesis, "put", "orders") as process:
        assert process.stdin is not None
        assert process.stderr is not None
        process.stdin.write("a\nb\n")
        process.stdin.close()
        assert kinesis.wait_for("PutRecords")
        process.send_signal(number)
        assert process.stderr.readline().startswith("finishing")
        assert process.wait(timeout=30) == 130
        assert process.stdout is not None
        assert process.stdout.read().startswith("2 of 2 records delivered")


def test_tail_prints_what_is_there(kinesis, run):
    """From the oldest, as many as asked for, across a split."""
    client_put(kinesis, 6)
    kinesis.split_shard("orders", shard_id="shardId-000000000000")
    client_put(kinesis, 6, first=6)
    code, out, err = run("tail", "orders", "--from", "trim-horizon", "-n", "12")
    assert (code, err) == (0, "")
    assert sorted(out.split()) == sorted(f"line-{number}" for number in range(12))


def test_tail_begins_at_a_time(kinesis, run):
    """Records before it are not shown, also where their shard was split since."""
    client_put(kinesis, 4)
    kinesis.split_shard("orders", shard_id="shardId-000000000000")
    client_put(kinesis, 1, first=4)
    last = kinesis.ledger("orders")[-1].arrived_at
    moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(last)) + f"{last % 1:.3f}"[1:]
    code, out, _ = run("tail", "orders", "--from", moment + "Z", "-n", "1")
    assert (code, out) == (0, "line-4\n")
    code, out, _ = run("tail", "orders", "--from", moment, "-n", "1")
    assert (code, out) == (0, "line-4\n")


def client_put(kinesis, count, first=0):
    """Records over all shards, by a client of its own."""
    with client_of(kinesis) as client:
        for number in range(first, first + count):
            key = str(number * 2**128 // 12 % 2**128)
            data = b"line-%d\n" % number
            client.put_record(StreamName="orders", Data=data, PartitionKey="k", ExplicitHashKey=key)


def test_tail_waits_for_what_comes(kinesis):
    """Latest is the default; Ctrl-C ends it without a traceback."""
    client_put(kinesis, 2)
    with started(kinesis, "tail", "orders") as process:
        assert process.stdout is not None
        assert kinesis.wait_for("GetRecords", count=2)
        client_put(kinesis, 1, first=7)
        assert process.stdout.readline() == "line-7\n"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30) == ("", "")
    assert process.returncode == 130


def test_a_pipe_that_nobody_reads_is_no_traceback(kinesis):
    """As with head."""
    client_put(kinesis, 2)
    with started(kinesis, "tail", "orders", "--from", "trim-horizon") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        for number in range(2, 200):
            client_put(kinesis, 1, first=number)
            if process.poll() is not None:
                break
        assert process.wait(timeout=30) == 141
        assert process.stderr.read() == ""


@pytest.mark.parametrize(
    "arguments", [["--from", "yesterday"], ["-n", "0"], ["-n", "x"], ["--aggregation", "kpls"]]
)
def test_wrong_options_of_tail_are_refused(kinesis, run, arguments, capsys):
    """With the usage, as argparse does."""
    with pytest.raises(SystemExit) as caught:
        run("tail", "orders", *arguments)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err


def test_tail_without_aggregation_prints_each_record_whole(kinesis, run):
    """As it is."""
    client_put(kinesis, 1)
    code, out, _ = run(
        "tail", "orders", "--from", "trim-horizon", "-n", "1", "--aggregation", "none"
    )
    assert (code, out) == (0, "line-0\n\n")


def test_a_missing_stream_cannot_be_read(kinesis, run):
    """One clear error."""
    code, out, err = run("tail", "nowhere")
    assert (code, out) == (1, "")
    assert "ResourceNotFoundException" in err
