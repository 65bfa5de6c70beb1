"""What is told of the runs: figures, ratios, and which of them say nothing."""

from __future__ import annotations

from itertools import count

from benchmarks import delivery, results
from benchmarks.figures import alone, latency, loop, rate, throughput
from benchmarks.rounds import interleaved
from benchmarks.rows import ANCESTOR, BOTO3, SEND
from benchmarks.tables import Table


def a_run(**told):
    usual = {
        "cpu": 1.0,
        "wall": 2.0,
        "count": 1000,
        "size": 100_000,
        "wire": 140_000,
        "requests": 4,
        "added": 3_000_000,
        "sink_cpu": 0.1,
        "alone": 0.0005,
        "p50": 0.05,
        "p99": 0.1,
        "fault": "",
    }
    return {**usual, **told}


def row_of(table, name):
    return dict(zip(table.headings, next(row for row in table.rows if row[0] == name), strict=True))


def test_ratios_are_of_the_same_round():
    """The median of them, not the ratio of medians: what slowed one round slowed all its rows."""
    rows = {
        BOTO3: [a_run(cpu=8.0), a_run(cpu=80.0), a_run(cpu=6.0)],
        SEND: [a_run(cpu=1.0), a_run(cpu=10.0), a_run(cpu=1.0)],
    }
    row = row_of(throughput("t", rows), SEND)
    assert row["x boto3"] == "8.0"
    assert row["least ns"] == "1,000,000"
    assert row["per s"] == "1,000"
    assert row["wire B/B"] == "1.40"
    assert "x 0.2.1" not in row


def test_a_run_that_lost_records_makes_its_row_void():
    """And nothing is compared with it."""
    rows = {SEND: [a_run(), a_run()], ANCESTOR: [a_run(), a_run(fault="3 missing")]}
    table = throughput("t", rows)
    assert table.rows[1][0] == f"{ANCESTOR}: void, 3 missing"
    assert "x 0.2.1" not in table.headings
    assert "void" in rate("t", {SEND: [a_run(fault="1 doubled")]}).text()


def test_a_sink_that_was_busy_is_told():
    """More than a quarter of the client's CPU."""
    table = throughput("t", {SEND: [a_run(sink_cpu=0.3)], BOTO3: [a_run()]})
    assert row_of(table, SEND)["least ns"].endswith("*")
    assert not row_of(table, BOTO3)["least ns"].endswith("*")
    assert any("quarter" in note for note in table.notes)


def test_other_kinds():
    """Records per second; the way to the sink; what a loop is slowed by; one figure alone."""
    slow, fast = a_run(wall=4.0), a_run(wall=1.0)
    rates = rate("t", {BOTO3: [slow], SEND: [fast]})
    assert row_of(rates, BOTO3)["slower"] == "4.0"
    assert row_of(rates, SEND)["per request"] == "250"
    assert row_of(latency("t", {SEND: [a_run()]}), SEND)["p99 ms"] == "100.0"
    assert row_of(loop("t", {SEND: [a_run()]}), SEND)["median %"] == "+100"
    one = alone("t", {"queue": [{"value": 2e-6}], "send": [{"value": 1e-6}]})
    assert row_of(one, "send") == {
        "": "send",
        "least ns": "1,000",
        "median ns": "1,000",
        "times less": "2.0",
    }


def test_rows_take_turns():
    """A round is through before the next begins."""
    turns = count()
    found = interleaved(["a", "b"], 2, lambda name: {name: next(turns)})
    assert found == {"a": [{"a": 0}, {"a": 2}], "b": [{"b": 1}, {"b": 3}]}


def test_tables_for_a_terminal_and_for_the_documentation():
    """The same cells."""
    table = Table("Title", ["", "ns"], [["send", "1"], ["boto3", "1,000"]], ["A note."])
    assert table.text().splitlines() == [
        "Title",
        "",
        "          ns",
        "send       1",
        "boto3  1,000",
        "A note.",
    ]
    assert table.rst().splitlines() == [
        ".. table:: Title",
        "",
        "   =====  =====",
        "             ns",
        "   =====  =====",
        "   send       1",
        "   boto3  1,000",
        "   =====  =====",
        "",
        "A note.",
    ]


def test_results_are_kept_with_what_they_were_measured_on(tmp_path, monkeypatch):
    """And give the same table when they are read again."""
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    monkeypatch.setattr(results, "FILE", tmp_path / "results.json")
    found = results.begun(5)
    versions = {"Python": "3.11.7", "boto3": "1"}
    results.add(found, "delivery", "throughput", {SEND: [a_run(versions=versions)]})
    again = results.read(tmp_path / "results.json")
    assert again == found
    assert [table.title for table in results.tables(again)] == ["delivery"]
    machine, *libraries = results.about(again)
    assert "5 interleaved rounds; python -m benchmarks" in machine
    assert libraries == ["Python 3.11.7, boto3 1"]


def test_every_group_has_its_rows():
    """Ours and the peers', each with so many records of each load."""
    for name, rows in delivery.GROUPS.items():
        setting = delivery.SETTINGS[name]
        assert len(rows) > 3
        assert all(row.count(setting.load) > 0 for row in rows.values())
