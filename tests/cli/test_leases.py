"""``leases``: how far an application is."""

from __future__ import annotations

import json
import signal
import time
from dataclasses import replace

import pytest

from kinesis_producer.cli import lease_rows, leases, main
from kinesis_producer.core.leasing.lease import Lease
from kinesis_producer.core.positions import AT_TIMESTAMP, LATEST, SHARD_END, TRIM_HORIZON, Position
from kinesis_producer.errors import StoreUnavailable
from kinesis_producer.stores import sqlite
from kinesis_producer.testing import faults
from tests.cli.conftest import client_of, out_of, started

FIRST, SECOND, THIRD, FOURTH = (f"shardId-{number:012}" for number in range(4))


def put(kinesis, shard, *lines):
    with client_of(kinesis) as client:
        for line in lines:
            key = str([FIRST, SECOND].index(shard) * 2**127)
            client.put_record(StreamName="orders", Data=line, PartitionKey="k", ExplicitHashKey=key)
    return [Position(int(one.sequence_number)) for one in kinesis.ledger("orders")]


def fields(out):
    heading, *rows = [line.split("  ") for line in out.splitlines()]
    return [[cell.strip() for cell in row if cell] for row in (heading, *rows)]


def test_leases_are_a_table(kinesis, run, table, where):
    """Owners in their short form, positions in full, and what is not yet read."""
    first, second = put(kinesis, FIRST, b"a", b"b")
    name = "host:0ef7cbc6-1f6b-4a1e-8c52-6a4f9e6e2f0b/kinesis_producer"
    table.create(Lease(shard_id=FIRST, checkpoint=second, counter=7, owner=name))
    table.create(Lease(shard_id=SECOND, checkpoint=LATEST, since=1.5))
    code, out, err = run("leases", *where)
    assert (code, err) == (0, "")
    assert fields(out) == [
        ["SHARD", "OWNER", "STATE", "CHECKPOINT", "COUNTER", "LAG"],
        [FIRST, "host:0ef7cbc6", "owned", str(second), "7", "0 ms"],
        [SECOND, "-", "free", "LATEST(1970-01-01T00:00:01.500Z)", "0", "0 ms"],
    ]
    (lease,) = [one for one in table.leases() if one.shard_id == FIRST]
    table.replace(lease, replace(lease, checkpoint=first, counter=8))
    _, out, _ = run("leases", *where, "--json")
    assert json.loads(out.splitlines()[0])["lag"] > 0


def test_states(kinesis, run, table, where):
    """What is finished or waits for its parents is told, and a finished shard is not read."""
    kinesis.split_shard("orders", shard_id=FIRST)
    table.create(Lease(shard_id=FIRST, checkpoint=SHARD_END, children=(THIRD, FOURTH)))
    table.create(Lease(shard_id=SECOND, checkpoint=TRIM_HORIZON, owner="a", wanted_by="b"))
    table.create(Lease(shard_id=THIRD, checkpoint=AT_TIMESTAMP, since=1.0, parents=(FIRST,)))
    table.create(Lease(shard_id=FOURTH, checkpoint=TRIM_HORIZON, parents=(SECOND,)))
    _, out, _ = run("leases", *where)
    assert [row[2] for row in fields(out)[1:]] == ["finished", "wanted", "free", "waiting"]
    assert fields(out)[1][3:] == ["SHARD_END", "0", "-"]
    assert kinesis.count("GetRecords") == 3


def test_without_lag_no_shard_is_read(kinesis, run, table, where):
    """It would cost a part of what the shards can be read."""
    table.create(Lease(shard_id=FIRST, checkpoint=TRIM_HORIZON))
    code, out, _ = run("leases", *where, "--no-lag")
    assert (code, fields(out)[0][-1]) == (0, "COUNTER")
    _, out, _ = run("leases", *where, "--no-lag", "--json")
    assert "lag" not in json.loads(out)
    assert kinesis.count("GetRecords") == 0


def test_what_was_never_read_counts_from_its_oldest_record(kinesis, run, table, where):
    """Also where there is only one."""
    put(kinesis, FIRST, b"a")
    table.create(Lease(shard_id=FIRST, checkpoint=TRIM_HORIZON))
    time.sleep(0.01)
    _, out, _ = run("leases", *where, "--json")
    assert json.loads(out)["lag"] >= 10


def test_json_has_all_there_is(kinesis, run, table, where):
    """An object a line, names and numbers as they are."""
    table.create(Lease(shard_id=FIRST, checkpoint=Position(5, 3), owner="a:b", children=(THIRD,)))
    code, out, _ = run("leases", *where, "--json", "--no-lag")
    assert code == 0
    assert json.loads(out) == {
        "shard": FIRST,
        "owner": "a:b",
        "state": "owned",
        "checkpoint": "5:3",
        "since": None,
        "counter": 0,
        "switches": 0,
        "wanted_by": None,
        "parents": [],
        "children": [THIRD],
    }


def test_a_lag_that_cannot_be_known_is_said_once(kinesis, run, table, where):
    """The rest is told all the same."""
    table.create(Lease(shard_id=FIRST, checkpoint=TRIM_HORIZON))
    table.create(Lease(shard_id=SECOND, checkpoint=TRIM_HORIZON))
    kinesis.faults.script("GetShardIterator", *[faults.error("AccessDeniedException", "no")] * 2)
    code, out, err = run("leases", *where)
    assert (code, [row[-1] for row in fields(out)[1:]]) == (1, ["?", "?"])
    assert err.count("AccessDeniedException") == 1


def test_no_leases_are_an_error(kinesis, run, table, where, tmp_path):
    """The name may be wrong, and so may the file, which is not made."""
    code, out, err = run("leases", *where)
    assert (code, out) == (1, "")
    assert err == "kinesis-producer: reports has no leases on orders\n"
    code, _, err = run("leases", "reports", "orders", "--store", f"sqlite:{tmp_path / 'none'}")
    assert (code, f"there is no file {tmp_path / 'none'}" in err) == (1, True)
    assert not (tmp_path / "none").exists()
    code, _, err = run("leases", "reports", "nowhere", *where[2:])
    assert (code, "ResourceNotFoundException" in err) == (1, True)


def test_the_store_may_be_named_by_the_environment(kinesis, run, table, where, monkeypatch):
    """No address is on the command line then."""
    table.create(Lease(shard_id=FIRST, checkpoint=TRIM_HORIZON))
    monkeypatch.setenv("KINESIS_PRODUCER_STORE", where[-1])
    assert run("leases", "reports", "orders")[0] == 0


def test_watching_tells_since_when_nothing_has_changed(kinesis, table, where):
    """Until Ctrl-C, without a traceback; each look is a table of its own."""
    table.create(Lease(shard_id=FIRST, checkpoint=TRIM_HORIZON, owner="a"))
    with started(kinesis, "leases", *where, "--watch", "1", "--json") as process:
        first, second = (json.loads(out_of(process).readline()) for _ in range(2))
        assert (first["unchanged"], second["unchanged"]) == (0.0, pytest.approx(1.0, abs=0.9))
        (lease,) = table.leases()
        table.replace(lease, replace(lease, counter=1))
        for _ in range(10):
            seen = json.loads(out_of(process).readline())
            if seen["counter"]:
                break
        assert seen["unchanged"] == 0.0
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30)[1] == ""
    assert process.returncode == 130


@pytest.mark.parametrize(("terminal", "between"), [(True, leases._CLEAR), (False, "\n\n")])
def test_watching_outlives_a_store_that_is_away(
    kinesis, table, where, monkeypatch, capsys, terminal, between
):
    """It is said, and the next look is made: in place, where a person looks."""
    table.create(Lease(shard_id=FIRST, checkpoint=TRIM_HORIZON))
    looks = iter([StoreUnavailable("away"), [], table.leases(), KeyboardInterrupt()])

    def look(_):
        found = next(looks)
        if isinstance(found, BaseException):
            raise found
        return found

    monkeypatch.setattr(sqlite._SQLiteTable, "leases", look)
    monkeypatch.setattr("kinesis_producer.cli.leases.time.sleep", lambda _: None)
    monkeypatch.setattr("sys.stdout.isatty", lambda: terminal)
    assert main(["leases", *where, "--watch"]) == 130
    out, err = capsys.readouterr()
    assert err == "kinesis-producer: away\nkinesis-producer: reports has no leases on orders\n"
    assert "UNCHANGED" in out.split(between)[-1]


@pytest.mark.parametrize(
    ("owner", "shown"),
    [
        (None, "-"),
        ("worker-1", "worker-1"),
        ("0ef7cbc6-1f6b-4a1e-8c52-6a4f9e6e2f0b", "0ef7cbc6"),
        ("h:0ef7cbc6-1f6b-4a1e-8c52-6a4f9e6e2f0b/kinesis_producer", "h:0ef7cbc6"),
    ],
)
def test_short_names(owner, shown):
    """As long as a person needs them."""
    assert lease_rows.short(owner) == shown
