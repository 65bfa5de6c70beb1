"""``checkpoints reset``: an application begins elsewhere."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kinesis_producer.cli import checkpoints
from kinesis_producer.core.leasing.lease import Lease
from kinesis_producer.core.positions import AT_TIMESTAMP, LATEST, SHARD_END, TRIM_HORIZON, Position
from tests.cli.conftest import client_of

FIRST, SECOND, THIRD, FOURTH = (f"shardId-{number:012}" for number in range(4))


@pytest.fixture
def reset(kinesis, run, where):
    """Runs the command on the application's leases."""
    return lambda *options: run("checkpoints", "reset", *where, *options)


class Terminal(io.StringIO):
    """Somebody who answers."""

    def isatty(self):
        return True


def rows(table):
    return {one.shard_id: one for one in table.leases()}


def test_an_application_reads_all_again(kinesis, run, reset, where):
    """What was read before is printed once more."""
    with client_of(kinesis) as client:
        client.put_record(StreamName="orders", Data=b"a\n", PartitionKey="k")
    fleet = ["--application", "reports", *where[2:], "--from", "trim-horizon", "-e"]
    assert run("tail", "orders", *fleet)[:2] == (0, "a\n")
    assert run("tail", "orders", *fleet)[:2] == (0, "")
    code, out, err = reset("--to", "trim-horizon", "--yes")
    assert (code, err) == (0, "")
    assert out.splitlines()[2:] == [f"{FIRST} reset", f"{SECOND} reset"]
    assert run("tail", "orders", *fleet)[:2] == (0, "a\n")


@pytest.mark.parametrize(
    ("to", "checkpoint", "since"),
    [
        ("trim-horizon", TRIM_HORIZON, None),
        ("2026-11-01T12:00:00Z", AT_TIMESTAMP, datetime(2026, 11, 1, 12, tzinfo=UTC).timestamp()),
        ("4965:3", Position(4965, 3), None),
    ],
)
def test_one_shard_is_reset(table, reset, to, checkpoint, since):
    """The other stays as it is."""
    for shard_id in (FIRST, SECOND):
        table.create(Lease(shard_id=shard_id, checkpoint=Position(1), counter=3, since=9.0))
    code, out, err = reset("--to", to, "--shard", FIRST, "--yes")
    assert (code, err) == (0, "")
    assert out.startswith(f"{FIRST}  1  ->  ")
    lease = rows(table)[FIRST]
    assert (lease.checkpoint, lease.since, lease.counter) == (checkpoint, since, 4)
    assert rows(table)[SECOND].counter == 3


def test_latest_is_now(table, reset):
    """The lease says when that was."""
    table.create(Lease(shard_id=FIRST, checkpoint=TRIM_HORIZON))
    assert reset("--to", "latest", "--yes")[0] == 0
    lease = rows(table)[FIRST]
    assert lease.checkpoint == LATEST
    assert lease.since == pytest.approx(datetime.now(UTC).timestamp(), abs=60)


def test_what_was_removed_is_there_again(kinesis, table, reset):
    """The leases of shards that were dealt with long ago, as far as the shards are listed."""
    kinesis.split_shard("orders", shard_id=FIRST)
    kinesis.split_shard("orders", shard_id=THIRD)
    child = "shardId-000000000004"
    table.create(Lease(shard_id=child, checkpoint=Position(7), parents=(THIRD,)))
    table.create(Lease(shard_id=SECOND, checkpoint=Position(7), parents=("shardId-gone",)))
    code, out, err = reset("--to", "trim-horizon", "--yes")
    assert code == 0
    assert out.splitlines()[0].split() == [FIRST, "-", "->", "TRIM_HORIZON"]
    assert set(rows(table)) == {FIRST, SECOND, THIRD, child}
    assert rows(table)[THIRD].parents == (FIRST,)
    assert f"warning: {THIRD} was finished, and {child} begun after it" in err
    code, out, _ = reset("--to", "latest", "--yes")
    assert (code, len(out.splitlines())) == (0, 8)


def test_a_finished_shard_is_reset_with_a_warning(table, reset):
    """Where its children have begun; if not, there is nothing to warn of."""
    table.create(Lease(shard_id=FIRST, checkpoint=SHARD_END, children=(THIRD, FOURTH)))
    table.create(Lease(shard_id=THIRD, checkpoint=Position(7), parents=(FIRST,)))
    table.create(Lease(shard_id=FOURTH, checkpoint=TRIM_HORIZON, parents=(FIRST,)))
    table.create(Lease(shard_id=SECOND, checkpoint=SHARD_END))
    code, _, err = reset("--to", "trim-horizon", "--shard", FIRST, "--yes")
    assert code == 0
    assert err.startswith(f"warning: {FIRST} was finished, and {THIRD} begun after it")
    assert "as duplicates" in err
    assert reset("--to", "trim-horizon", "--shard", SECOND, "--yes")[2] == ""


@pytest.mark.parametrize(
    ("answer", "done"), [("y\n", True), ("YES\n", True), ("n\n", False), ("", False)]
)
def test_a_person_is_asked(table, reset, monkeypatch, answer, done):
    """And nothing is changed but by a yes."""
    table.create(Lease(shard_id=FIRST, checkpoint=Position(1)))
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    code, out, err = reset("--to", "trim-horizon")
    assert (code == 0) is done
    assert out.startswith(f"{FIRST}  1  ->  TRIM_HORIZON\n")
    assert "Reset these? [y/N]" in err
    assert (rows(table)[FIRST].checkpoint == TRIM_HORIZON) is done


@pytest.mark.parametrize("stdin", [None, io.StringIO("y\n")])
def test_without_a_terminal_nobody_is_asked(table, reset, monkeypatch, stdin):
    """And nothing is changed."""
    table.create(Lease(shard_id=FIRST, checkpoint=Position(1)))
    monkeypatch.setattr("sys.stdin", stdin)
    code, _, err = reset("--to", "trim-horizon")
    assert (code, "--yes is needed" in err) == (1, True)
    assert rows(table)[FIRST].counter == 0


@pytest.mark.parametrize("lives", [True, False])
def test_a_worker_that_lives_keeps_its_leases(table, reset, monkeypatch, lives):
    """Whether it does shows in its counter, some seconds later."""
    table.create(Lease(shard_id=FIRST, checkpoint=Position(1), owner="h:1"))
    waits = []

    def wait(seconds):
        waits.append(seconds)
        lease = rows(table)[FIRST]
        assert table.replace(lease, replace(lease, counter=lease.counter + lives))

    monkeypatch.setattr("kinesis_producer.cli.checkpoints.time.sleep", wait)
    code, _, err = reset("--to", "trim-horizon", "--yes", "--failover", "3")
    assert (code, waits) == (int(lives), [3])
    assert "1 of them have an owner; looking for 3 s whether it lives" in err
    assert (f"{FIRST} is being read by h:1" in err) is lives
    assert (rows(table)[FIRST].checkpoint == Position(1)) is lives


def test_leases_are_taken_away_by_force_only(table, reset):
    """Without a look at whether anybody lives."""
    table.create(Lease(shard_id=FIRST, checkpoint=Position(1), owner="h:1"))
    code, _, err = reset("--to", "trim-horizon", "--yes", "--force")
    assert (code, err) == (0, "")
    assert rows(table)[FIRST].owner is None


def test_what_was_changed_meanwhile_stays(table, reset, monkeypatch):
    """It is named, and the others are reset."""
    table.create(Lease(shard_id=FIRST, checkpoint=Position(1)))
    table.create(Lease(shard_id=SECOND, checkpoint=Position(1)))

    def agree():
        lease = rows(table)[FIRST]
        return table.replace(lease, replace(lease, counter=5, checkpoint=Position(2)))

    monkeypatch.setattr(checkpoints, "_is_agreed", agree)
    code, out, err = reset("--to", "trim-horizon")
    assert (code, out.splitlines()[-1]) == (1, f"{SECOND} reset")
    assert f"{FIRST} not reset: its lease was changed meanwhile" in err
    assert rows(table)[FIRST].checkpoint == Position(2)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--to", "4965"], "needs one --shard"),
        (["--to", "latest", "--shard", "shardId-9"], "there is no lease of shardId-9"),
    ],
)
def test_what_cannot_be_reset_is_one_clear_error(table, reset, options, why):
    """Nothing is changed."""
    table.create(Lease(shard_id=FIRST, checkpoint=Position(1)))
    code, out, err = reset(*options, "--yes")
    assert (code, out, why in err) == (1, "", True)
    assert rows(table)[FIRST].counter == 0


def test_an_application_without_leases_has_nothing_to_reset(table, reset):
    """Its name may be wrong."""
    code, _, err = reset("--to", "latest", "--yes")
    assert (code, "reports has no leases on orders" in err) == (1, True)


@pytest.mark.parametrize("arguments", [["--to", "yesterday"], ["--to", "TRIM_HORIZON"], []])
def test_where_to_has_to_be_said(reset, arguments, capsys):
    """In words that can be understood."""
    with pytest.raises(SystemExit) as caught:
        reset(*arguments)
    assert caught.value.code == 2
    assert "--to" in capsys.readouterr().err
