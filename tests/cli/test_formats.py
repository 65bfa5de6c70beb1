"""Formats on the command line: put, tail, deaggregate and the demo."""

from __future__ import annotations

import base64
import io
import json
import re
from contextlib import closing

import boto3
import pytest

from kinesis_producer.core.formats.kpl import aggregated
from kinesis_producer.core.formats.packed import sealed

FORMS = [
    ["--format", "msgpack"],
    ["--format", "msgpack", "--compression", "zstd"],
    ["--format", "kpl"],
    ["--format", "none", "--compression", "gzip"],
    ["--compression", "gzip"],
]


@pytest.mark.parametrize("form", FORMS, ids=" ".join)
def test_what_is_put_is_printed(kinesis, run, tmp_path, form):
    """With the same options at both ends."""
    file = tmp_path / "lines"
    file.write_text("one\ntwo\nthree\n")
    code, *_ = run("put", "orders", str(file), "--concurrency", "1", *form)
    assert code == 0
    _, out, err = run("tail", "orders", "--from", "trim-horizon", "-n", "3", *form)
    assert sorted(out.split()) == ["one", "three", "two"]
    assert err == ""


def test_what_cannot_be_read_is_named_and_the_rest_is_printed(kinesis, run):
    """The exit code says that there was something."""
    with kinesis_client(kinesis) as client:
        for data in (sealed(b"\x01", 0), b"good"):
            client.put_record(StreamName="orders", Data=data, PartitionKey="k")
    code, out, err = run("tail", "orders", "--from", "trim-horizon", "-n", "1")
    (bad, _) = kinesis.ledger("orders")
    assert (code, out) == (1, "good\n")
    named = f"Kinesis record {bad.sequence_number} of {bad.shard_id}: an aggregate with less in it"
    assert named in err


def kinesis_client(kinesis):
    return closing(boto3.client("kinesis", **kinesis.client_options))


ROWS = [(b"one", "a", None), (b"\xff", "b", "7")]


def test_the_data_of_a_kinesis_record_is_taken_apart(run, tmp_path):
    """A line for each user record."""
    file = tmp_path / "data"
    rows = [(b"one", "a", None), (b"two", "b", None)]
    file.write_bytes(aggregated(rows))
    assert run("deaggregate", str(file)) == (0, "one\ntwo\n", "")
    file.write_bytes(base64.encodebytes(aggregated(rows)))
    assert run("deaggregate", str(file), "--base64") == (0, "one\ntwo\n", "")


def test_keys_are_shown_as_json(run, tmp_path):
    """An object for each, with its data in base64."""
    file = tmp_path / "data"
    file.write_bytes(aggregated(ROWS))
    _, out, _ = run("deaggregate", str(file), "--json")
    first, second = map(json.loads, out.splitlines())
    assert first["partition_key"] == "a"
    assert base64.b64decode(second["data"]) == b"\xff"
    assert (second["explicit_hash_key"], second["sub_sequence_number"]) == ("7", 1)


def test_data_may_come_by_stdin(run, monkeypatch):
    """Told how it is delimited."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a\nb\n")))
    code, out, _ = run("deaggregate", "--format", "delimiter", "--json")
    assert (code, len(out.splitlines())) == (0, 2)


@pytest.mark.parametrize(
    ("content", "options", "why"),
    [
        (sealed(b"\x01", 0), [], "less in it than it says"),
        (b"no such thing", ["--compression", "gzip"], "cannot be decompressed"),
        (b"!", ["--base64"], "the input is not base64"),
    ],
)
def test_what_cannot_be_taken_apart_is_one_clear_error(run, tmp_path, content, options, why):
    """And an exit code."""
    file = tmp_path / "data"
    file.write_bytes(content)
    code, out, err = run("deaggregate", str(file), *options)
    assert (code, out) == (1, "")
    assert why in err
    assert run("deaggregate", str(tmp_path / "none"))[0] == 1


@pytest.mark.parametrize("form", FORMS, ids=" ".join)
def test_the_demo_shows_what_a_format_saves(run, form):
    """Nothing is lost in any, and compression shows in the bytes."""
    code, out, _ = run("demo", "--records", "2000", *form)
    assert code == 0
    share = re.search(r"bytes in the stream +[\d,]+ \((\d+)%\)", out)
    assert share is not None
    assert (int(share[1]) < 90) == ("--compression" in form)


def test_what_is_too_long_for_a_record_is_refused(run, monkeypatch):
    """Whatever is given, no more than a record is read of it."""
    code, _, err = run("deaggregate", "/dev/zero")
    assert (code, "that is no Kinesis record" in err) == (1, True)
    monkeypatch.setattr("sys.stdin", None)
    code, _, err = run("deaggregate")
    assert (code, "stdin is closed" in err) == (1, True)


def test_kpl_cannot_be_compressed(run):
    """It is said why."""
    code, _, err = run("demo", "--records", "1", "--format", "kpl", "--compression", "gzip")
    assert code == 1
    assert "readers would take the compressed aggregate for one record" in err
