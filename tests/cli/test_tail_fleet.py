"""``tail`` as one of a fleet: what is printed is checkpointed, and what is not is not."""

from __future__ import annotations

import signal
import time

import pytest

from kinesis_producer.cli import tail
from kinesis_producer.core.formats.packed import sealed
from kinesis_producer.errors import StoreUnavailable
from kinesis_producer.stores import sqlite
from kinesis_producer.testing import faults
from tests.cli.conftest import client_of, out_of, started

FIRST, SECOND = "shardId-000000000000", "shardId-000000000001"

OLDEST = ["--from", "trim-horizon"]


@pytest.fixture
def fleet(tmp_path):
    """The options of one fleet."""
    return ["--application", "reports", "--store", f"sqlite:{tmp_path / 'leases'}"]


def put(kinesis, *lines, shard=None):
    """A Kinesis record each, over both shards, or into one."""
    with client_of(kinesis) as client:
        for number, line in enumerate(lines):
            one = number % 2 if shard is None else [FIRST, SECOND].index(shard)
            key = str(one * 2**127)
            client.put_record(
                StreamName="orders", Data=line + b"\n", PartitionKey="k", ExplicitHashKey=key
            )


def numbered(first, last):
    return [b"%d" % number for number in range(first, last)]


def words(lines):
    return sorted(line.decode() for line in lines)


def test_the_next_run_goes_on_behind_the_last_line(kinesis, run, fleet):
    """Five lines twice are ten different ones; what is left comes after, and nothing then."""
    put(kinesis, *numbered(0, 12))
    code, first, _ = run("tail", "orders", *fleet, *OLDEST, "-n", "5")
    assert code == 0
    code, second, _ = run("tail", "orders", *fleet, *OLDEST, "-n", "5")
    assert code == 0
    assert len({*first.split(), *second.split()}) == 10
    code, rest, err = run("tail", "orders", *fleet, *OLDEST, "--no-follow")
    assert (code, err) == (0, "")
    assert sorted([*first.split(), *second.split(), *rest.split()]) == words(numbered(0, 12))
    assert run("tail", "orders", *fleet, *OLDEST, "-e") == (0, "", "")


def test_the_lines_of_an_aggregate_are_told_from_each_other(kinesis, run, fleet):
    """A run that ends within one is followed by one that goes on within it."""
    put(kinesis, b"a\nb\nc")
    options = [*fleet, *OLDEST]
    assert run("tail", "orders", *options, "-n", "1")[:2] == (0, "a\n")
    assert run("tail", "orders", *options, "-n", "1")[:2] == (0, "b\n")
    assert run("tail", "orders", *options, "--until", "caught-up")[:2] == (0, "c\n")


def test_what_cannot_be_read_is_named_once(kinesis, run, fleet):
    """The next run goes on behind it."""
    with client_of(kinesis) as client:
        client.put_record(StreamName="orders", Data=sealed(b"\x01", 0), PartitionKey="k")
        client.put_record(StreamName="orders", Data=b"good", PartitionKey="k")
    code, out, err = run("tail", "orders", *fleet, *OLDEST, "-n", "1")
    assert (code, out) == (1, "good\n")
    assert "an aggregate with less in it" in err
    assert run("tail", "orders", *fleet, *OLDEST, "-e") == (0, "", "")


def owners(path):
    """Those that the leases have, as far as there are any."""
    store = sqlite.SQLiteStore(path)
    try:
        found = store.run("SELECT owner FROM kinesis_leases ORDER BY shard_id", {})[1]
    except StoreUnavailable:  # no table yet
        return []
    finally:
        store.close()
    return [row["owner"] for row in found]


def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_several_share_the_shards(kinesis, tmp_path, fleet):
    """Each line is printed by one; one that is ended lets go of its shard at once."""
    path = tmp_path / "leases"
    options = ["tail", "orders", *fleet, *OLDEST]
    with started(kinesis, *options) as one:
        until(lambda: len(owners(path)) == 2 and None not in owners(path))
        with started(kinesis, *options) as two:
            until(lambda: len(set(owners(path))) == 2 and None not in owners(path))
            put(kinesis, *numbered(0, 2))
            lines = [out_of(one).readline().strip(), out_of(two).readline().strip()]
            assert sorted(lines) == ["0", "1"]
            begun = time.monotonic()
            two.send_signal(signal.SIGTERM)
            assert two.communicate(timeout=30) == ("", "")
            assert two.returncode == 130
            assert time.monotonic() - begun < 8
        put(kinesis, *numbered(2, 4))
        lines = [out_of(one).readline().strip() for _ in range(2)]
        assert set(lines) <= {"0", "1", "2", "3"}
        one.send_signal(signal.SIGINT)
        one.communicate(timeout=30)
        assert owners(path) == [None, None]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_loses_nothing(kinesis, run, fleet, number):
    """Every line is printed by it or by the next."""
    put(kinesis, *numbered(0, 300))
    with started(kinesis, "tail", "orders", *fleet, *OLDEST) as process:
        first = [out_of(process).readline() for _ in range(3)]
        process.send_signal(number)
        rest = out_of(process).read()
        assert process.wait(timeout=30) == 130
    code, out, _ = run("tail", "orders", *fleet, *OLDEST, "-e")
    assert code == 0
    printed = [*"".join(first).split(), *rest.split(), *out.split()]
    assert set(printed) == set(words(numbered(0, 300)))
    assert len(printed) <= 301  # the line at which it was interrupted


@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_a_line_that_a_broken_pipe_did_not_take_is_not_lost(
    kinesis, run, fleet, monkeypatch, unbuffered
):
    """It is printed by the next run, also where a part of it went into the pipe."""
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    lines = [b"%d " % number + b"x" * 300_000 for number in range(4)]
    put(kinesis, *lines, shard=FIRST)
    with started(kinesis, "tail", "orders", *fleet, *OLDEST) as process:
        assert out_of(process).readline().startswith("0 ")
        out_of(process).close()
        assert process.wait(timeout=30) == 141
    code, out, _ = run("tail", "orders", *fleet, *OLDEST, "-e")
    assert (code, [line[:2] for line in out.splitlines()]) == (0, ["1 ", "2 ", "3 "])


def test_a_store_that_takes_no_checkpoint_in_the_end_is_an_error(kinesis, run, fleet, monkeypatch):
    """The lines will be printed again, and the exit code tells of it."""
    put(kinesis, *numbered(0, 2))
    monkeypatch.setattr(tail, "_LETTING_GO", 0.5)
    replace = sqlite._SQLiteTable.replace

    def away(table, old, new):
        if new.checkpoint.is_record:
            raise StoreUnavailable("the disk is full")
        return replace(table, old, new)

    monkeypatch.setattr(sqlite._SQLiteTable, "replace", away)
    code, out, err = run("tail", "orders", *fleet, *OLDEST, "-n", "1")
    assert (code, len(out.split())) == (1, 1)
    assert "not known to be checkpointed: the disk is full" in err


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--application", "reports"], "give --store, or set KINESIS_PRODUCER_STORE"),
        (["--store", "sqlite:x"], "--store: leases are of an --application"),
        (["--application", "reports", "--store", "postgres:u:canary@h"], "no address of a store"),
        (["--application", "a/b", "--store", "memory:"], "application_name: must be"),
        (["--shard", "shardId-9"], "orders has no shardId-9"),
        (["--from", "4965:3"], "needs one --shard"),
        (["--from", "4965:3", "--shard", FIRST, "--shard", SECOND], "needs one --shard"),
    ],
)
def test_options_that_do_not_go_together_are_one_clear_error(kinesis, run, options, why):
    """And a password in the address of a store is not shown."""
    code, out, err = run("tail", "orders", *options)
    assert (code, out) == (1, "")
    assert why in err
    assert "canary" not in err


@pytest.mark.parametrize(
    "address",
    [
        "postgresql+psycopg://u:canary@127.0.0.1:port/d",
        "postgresql+psycopg://u:canary@127.0.0.1:1/d",
        "redis://u:canary@127.0.0.1:1/0",
        "redis://u:canary@127.0.0.1:port/0",
    ],
)
def test_a_store_may_come_from_the_environment(kinesis, run, monkeypatch, address):
    """Where it has a password, nobody sees it: neither among the processes nor in an error."""
    monkeypatch.setenv("KINESIS_PRODUCER_STORE", address)
    code, out, err = run("tail", "orders", "--application", "reports")
    assert (code, out) == (1, "")
    assert err.startswith("kinesis-producer: ")
    assert "canary" not in err
    put(kinesis, b"a")
    assert run("tail", "orders", *OLDEST, "-n", "1") == (0, "a\n", "")  # of no application


def test_the_profile_is_that_of_a_dynamodb_table_too(kinesis, run, monkeypatch):
    """The region is that of the stream."""
    asked = []

    def of(address, **options):
        asked.append((address, options))
        raise StoreUnavailable("not here")

    monkeypatch.setattr("kinesis_producer.stores.of", of)
    for address in ("dynamodb:", "sqlite:x"):
        options = ["--application", "reports", "--store", address, "--profile", "p"]
        assert run("tail", "orders", *options)[0] == 1
    assert asked == [("dynamodb:", {"aws_profile": "p"}), ("sqlite:x", {})]


def test_only_chosen_shards_are_read(kinesis, run):
    """One, or several."""
    put(kinesis, *numbered(0, 4))
    options = [*OLDEST, "-e"]
    assert run("tail", "orders", "--shard", SECOND, *options) == (0, "1\n3\n", "")
    _, out, _ = run("tail", "orders", "--shard", SECOND, "--shard", FIRST, *options)
    assert sorted(out.split()) == ["0", "1", "2", "3"]


def test_reading_begins_behind_a_position(kinesis, run):
    """Of a Kinesis record, and within one."""
    put(kinesis, b"a\nb\nc", b"d", shard=FIRST)
    number = kinesis.ledger("orders")[0].sequence_number
    options = ["--shard", FIRST, "-e", "--from"]
    assert run("tail", "orders", *options, f"{number}:1") == (0, "c\nd\n", "")
    assert run("tail", "orders", *options, f"{number}:2") == (0, "d\n", "")


def test_fan_out(kinesis, run):
    """Records are pushed to a consumer that is registered under the name."""
    put(kinesis, *numbered(0, 4))
    code, out, err = run("tail", "orders", *OLDEST, "--fan-out", "reports", "-n", "4")
    assert (code, sorted(out.split()), err) == (0, ["0", "1", "2", "3"], "")
    assert kinesis.count("GetRecords") == 0


def test_a_service_that_is_away_is_not_waited_for(kinesis, run, unused_endpoint, monkeypatch):
    """The command ends with a sentence."""
    monkeypatch.setattr("kinesis_producer.cli.options.GIVE_UP_AFTER", 0.5)
    code, out, err = run("tail", "orders", *OLDEST, "--endpoint-url", unused_endpoint)
    assert (code, out) == (1, "")
    assert err.startswith("kinesis-producer: ")


def test_a_stream_that_may_not_be_read_is_one_clear_error(kinesis, run):
    """Though it may be listed."""
    kinesis.faults.script("GetShardIterator", *[faults.error("AccessDeniedException", "no")] * 9)
    code, out, err = run("tail", "orders", *OLDEST)
    assert (code, out) == (1, "")
    assert "AccessDeniedException" in err
