"""``streams``, ``shards``, ``local`` and ``demo``, and what all commands share."""

from __future__ import annotations

import gzip
import json
import logging
import re
import signal
import sys

import pytest

import kinesis_producer
from kinesis_producer.cli import main, options, progress, samples
from kinesis_producer.cli.main import parser
from kinesis_producer.cli.results import units
from kinesis_producer.testing import LocalKinesis, faults
from tests.cli.conftest import client_of, started


def test_streams_are_listed_one_a_line(kinesis, run):
    """All of them, also where they come in pages."""
    names = sorted(["orders", *(f"stream-{number:03}" for number in range(120))])
    for name in names:
        if name != "orders":
            kinesis.create_stream(name)
    assert run("streams") == (0, "".join(f"{name}\n" for name in names), "")


def test_no_streams_are_no_lines(local_kinesis, kinesis, run):
    """And no error."""
    with LocalKinesis() as empty:
        assert run("streams", "--endpoint-url", empty.endpoint_url) == (0, "", "")


def test_shards_are_listed_with_their_state_parents_and_range(kinesis, run):
    """Closed ones too."""
    kinesis.split_shard("orders", shard_id="shardId-000000000000")
    kinesis.merge_shards(
        "orders", shard_id="shardId-000000000003", adjacent_id="shardId-000000000001"
    )
    code, out, err = run("shards", "orders")
    rows = [line.split("\t") for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert [row[:3] for row in rows] == [
        ["shardId-000000000000", "closed", "-"],
        ["shardId-000000000001", "closed", "-"],
        ["shardId-000000000002", "open", "shardId-000000000000"],
        ["shardId-000000000003", "closed", "shardId-000000000000"],
        ["shardId-000000000004", "open", "shardId-000000000003+shardId-000000000001"],
    ]
    assert rows[2][3] == f"0..{2**126 - 1}"


def test_thousands_of_shards_come_in_pages(kinesis, run):
    """ListShards gives a thousand at a time."""
    kinesis.create_stream("wide", shards=2500)
    _, out, _ = run("shards", "wide")
    assert len(out.splitlines()) == 2500
    assert kinesis.count("ListShards") == 3


def test_a_call_is_retried_where_that_makes_sense(kinesis, run):
    """Throttles and server errors pass; a missing stream does not."""
    kinesis.faults.script(
        "ListStreams", faults.error("LimitExceededException"), faults.server_error()
    )
    assert run("streams") == (0, "orders\n", "")
    code, out, err = run("shards", "nowhere")
    assert (code, out) == (1, "")
    assert "ResourceNotFoundException: Stream nowhere" in err
    assert kinesis.count("ListShards") == 1


def test_region_and_profile_are_boto3s(kinesis, run, tmp_path, monkeypatch):
    """An unknown profile is one clear error."""
    assert run("streams", "--region", "us-east-1") == (0, "orders\n", "")
    code, _, err = run("streams", "--profile", "nobody")
    assert code == 1
    assert "nobody" in err


def test_local_serves_until_it_is_ended(kinesis):
    """The address is the one line on stdout; SIGTERM and Ctrl-C end it cleanly."""
    for number in (signal.SIGTERM, signal.SIGINT):
        arguments = ["--port", "0", "--throttle", "--stream", "a:3", "--stream", "b"]
        with started(kinesis, "local", *arguments) as process:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            with client_of(kinesis, endpoint_url=url) as client:
                assert client.list_streams()["StreamNames"] == ["a", "b"]
                assert len(client.list_shards(StreamName="a")["Shards"]) == 3
            process.send_signal(number)
            out, err = process.communicate(timeout=30)
        assert (process.returncode, out) == (0, "")
        assert err == f"export AWS_ENDPOINT_URL_KINESIS={url}\n"


def test_local_says_what_is_wrong(run, capsys):
    """A stream that cannot be, a port that is taken."""
    code, _, err = run("local", "--port", "0", "--stream", "a:0")
    assert code == 1
    assert "ShardCount" in err or "shardCount" in err
    with LocalKinesis() as other:
        code, _, err = run("local", "--port", str(other.port))
    assert code == 1
    assert "in use" in err
    with pytest.raises(SystemExit):
        run("local", "--stream", "a:many")
    assert "invalid" in capsys.readouterr().err


def test_the_demo_loses_nothing(run, tmp_path):
    """Over a file of one's own: every record is sent and comes back, and the table says so."""
    file = tmp_path / "lines"
    file.write_bytes(b"one\r\ntwo\nthree")
    code, out, err = run("demo", "--input", str(file), "--records", "5000", "--shards", "3")
    assert (code, err) == (0, "")
    table = dict(line.split("  ", 1) for line in out.splitlines())
    table = {name: value.strip() for name, value in table.items()}
    assert table["records"] == "5,000"
    assert table["lost"] == "0"
    assert table["duplicates"] == "0"
    assert table["bytes"].startswith("18,332 in ")
    assert "each record alone: 5,000" in table["PUT payload units"]


def test_the_demo_sends_real_flights(run):
    """Those that come with the package, as JSON."""
    records = list(samples.records(None, 20_001))
    assert records[0] == records[20_000]
    assert json.loads(records[0])["dest"] == "IAH"
    code, out, _ = run("demo", "--records", "1000", "--aggregation", "none")
    assert code == 0
    assert "\nKinesis records        1,000\n" in out


def test_samples_may_be_compressed_or_csv(tmp_path):
    """By the name of the file."""
    packed = tmp_path / "a.txt.gz"
    packed.write_bytes(gzip.compress(b"x\ny\n"))
    assert list(samples.records(str(packed), 3)) == [b"x", b"y", b"x"]
    table = tmp_path / "a.csv"
    table.write_bytes(b"a,b\n1,2\n")
    assert list(samples.records(str(table), 1)) == [b'{"a":"1","b":"2"}']


def test_a_csv_sample_is_read_as_csv(tmp_path):
    """Newlines in quotes stay, a byte order mark does not."""
    table = tmp_path / "a.csv"
    table.write_bytes(b'\xef\xbb\xbfa,b\n"x\ny",2\n')
    assert list(samples.records(str(table), 1)) == [b'{"a":"x\\ny","b":"2"}']


def test_a_line_of_a_sample_loses_one_line_end(tmp_path):
    """Of either kind."""
    file = tmp_path / "a.txt"
    file.write_bytes(b"a\r\r\nb\n")
    assert list(samples.records(str(file), 2)) == [b"a\r", b"b"]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.txt.gz", gzip.compress(b"x\ny\n" * 1000)[:-12]),
        ("a.txt.gz", gzip.compress(b"x\ny\n")[:12] + b"\xff" * 20),
        ("a.txt.gz", b"not gzip"),
        ("a.csv", b"a,b\n\xff\xfe,2\n"),
        ("a.csv", b"a,b\n" + b"x" * 200_000 + b",2\n"),
    ],
    ids=["cut off", "altered", "not packed", "not UTF-8", "a huge field"],
)
def test_a_sample_that_is_not_what_it_seems_is_one_clear_error(run, tmp_path, name, content):
    """That names the file."""
    file = tmp_path / name
    file.write_bytes(content)
    code, out, err = run("demo", "--input", str(file))
    assert (code, out) == (1, "")
    assert f"{file} cannot be read as what its name says" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["demo", "--records", "-1"],
        ["demo", "--shards", "0"],
        ["demo", "--shards", "30000"],
        ["local", "--port", "70000"],
        ["local", "--port", "-1"],
        ["put", "orders", "--concurrency", "0"],
        ["tail", "orders", "-n", "0"],
        ["tail", "orders", "--from", "yesterday"],
        ["tail", "orders", "--from", "0001-01-01T00:00:00+14:00"],
        ["tail", "orders", "--from", "9999-12-31T23:59:59-14:00"],
    ],
)
def test_an_argument_that_cannot_be_meant_is_refused(arguments, capsys):
    """With the usage, as argparse does."""
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "error: argument" in capsys.readouterr().err


def test_an_endpoint_with_a_port_that_cannot_be_is_refused(run):
    """Before anything is tried."""
    for command in (["streams"], ["put", "orders"]):
        code, out, err = run(*command, "--endpoint-url", "http://127.0.0.1:99999")
        assert (code, out) == (1, "")
        assert "endpoint_url: must be an address" in err


def test_a_password_in_an_endpoint_is_not_shown(run, monkeypatch, kinesis):
    """Where it comes from the environment, the option refuses it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_KINESIS", "http://user:topsecret@127.0.0.1:1")
    monkeypatch.setattr(options, "GIVE_UP_AFTER", 0.1)
    code, out, err = run("streams")
    assert code == 1
    assert "http://***@127.0.0.1:1" in err
    assert "topsecret" not in out + err


def test_the_demo_tells_a_refused_line_from_a_lost_one(run, tmp_path):
    """It was never accepted."""
    file = tmp_path / "lines"
    file.write_bytes(b"fine\n" + b"x" * 1_100_000 + b"\n")
    code, out, err = run("demo", "--input", str(file), "--records", "2")
    assert code == 1
    table = dict(re.split("  +", line, maxsplit=1) for line in out.splitlines())
    assert (table["records"], table["refused"], table["lost"]) == ("1", "1", "0")
    assert "line 2: the record has 1100000 bytes" in err


def test_ctrl_c_ends_the_demo_with_what_came_of_it(kinesis):
    """The table would not be true."""
    with started(kinesis, "demo", "--records", "2000000", "--shards", "1") as process:
        assert process.stderr is not None
        assert process.stderr.readline().startswith("send: ")
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert " records delivered, " in out
    assert "Traceback" not in err


def test_an_empty_sample_is_one_clear_error(run, tmp_path):
    """There is nothing to send."""
    file = tmp_path / "empty"
    file.write_bytes(b"")
    code, _, err = run("demo", "--input", str(file))
    assert code == 1
    assert "has no lines" in err


def test_payload_units_are_counted_as_they_are_billed():
    """Each begun 25 KB of a record is one."""
    assert [units(size) for size in (1, 25_600, 25_601, 1_048_576)] == [1, 1, 2, 41]


def test_no_option_takes_a_secret():
    """They would be seen in the list of processes and in the shell's history."""
    words = {
        option
        for command in parser()._subparsers._group_actions[0].choices.values()  # type: ignore[union-attr]
        for action in command._actions
        for option in action.option_strings
    }
    assert {"--endpoint-url", "--region", "--profile"} <= words
    assert not [word for word in words if "key" in word or "secret" in word or "token" in word]


def test_verbose_is_about_this_library(kinesis, run, tmp_path, caplog):
    """Botocore's own log would show payloads and tokens."""
    file = tmp_path / "lines"
    file.write_bytes(b"canary-payload\n")
    code, out, err = run("-v", "put", "orders", str(file))
    assert code == 0
    assert "canary" not in out + err + caplog.text
    assert "RequestMetrics(kinesis_records=1, user_records=1" in err
    assert not logging.getLogger("botocore").isEnabledFor(logging.DEBUG)


def test_the_version_is_told(capsys):
    """As everywhere."""
    with pytest.raises(SystemExit):
        main(["--version"])
    assert kinesis_producer.__version__ in capsys.readouterr().out


class Terminal:
    """A stderr at which a person looks."""

    def __init__(self):
        self.text = ""

    def write(self, text):
        self.text += text

    def flush(self):
        pass

    def isatty(self):
        return True


def test_a_person_sees_a_bar(monkeypatch):
    """Where rich is installed."""
    pytest.importorskip("rich")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress.progress("put", 10) as shown:
        shown.show(5, "half")
    assert "put" in terminal.text


def test_without_rich_a_person_sees_lines(monkeypatch, capsys):
    """As a log does: not more than one every few seconds."""
    monkeypatch.setitem(sys.modules, "kinesis_producer.cli.bar", None)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setattr(progress, "_INTERVAL", 0.0)
    with progress.progress("put") as shown:
        shown.show(1000, "5 pending")
    monkeypatch.setattr(progress, "_INTERVAL", 100.0)
    with progress.progress("put", 10) as shown:
        shown.show(5)
    assert capsys.readouterr().err == "put: 1,000 5 pending\n"
