"""From the runs of a group's rows to its table: one function for each kind of group."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any, Final

from benchmarks.rows import ANCESTOR, ASYNC_KPL, BOTO3, JSON_LINES
from benchmarks.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Run = dict[str, Any]
    Rows = Mapping[str, Sequence[Run]]

#: Of the client's CPU; a sink that takes more of it may slow the client down.
SINK_SHARE: Final = 0.25

#: Ratio columns, and the row that each compares with.
BASES: Final = {
    "x boto3": BOTO3,
    "x 0.2.1": ANCESTOR,
    "x async lines": JSON_LINES,
    "x async KPL": ASYNC_KPL,
}
THROUGHPUT_NOTE: Final = (
    "ns: CPU of the client's process for each record, from records in memory to the last answer."
    " per s: records for each second of it. wire B/B: bytes of request bodies for each byte of"
    " records. MB: the peak of its memory, above what it had with the records."
)
RATIOS_NOTE: Final = (
    "x: how many times less than boto3's loop, kinesis_producer 0.2.1, async-kinesis with JSON"
    " lines and with KPL: the median of the rounds' ratios."
)
SINK_NOTE: Final = "*: the sink took more than a quarter of the client's CPU."


def throughput(title: str, rows: Rows) -> Table:
    """CPU of the client's process."""
    headings = ["", "records", "least ns", "median ns", "per s", "wire B/B", "requests", "MB"]
    bases = {heading: rows[base] for heading, base in BASES.items() if _is_right(rows.get(base))}
    shown = [
        _row(name, runs, len(headings) + len(bases), lambda runs: _throughput(runs, bases))
        for name, runs in rows.items()
    ]
    notes = [THROUGHPUT_NOTE, RATIOS_NOTE]
    if any(_is_marked(runs) for runs in rows.values()):
        notes.append(SINK_NOTE)
    return Table(title, [*headings, *bases], shown, notes)


def rate(title: str, rows: Rows) -> Table:
    """Records per second of real time."""
    headings = ["", "records", "most per s", "median", "per request", "CPU ns", "slower"]
    best = max((_median(runs, _speed) for runs in rows.values() if _is_right(runs)), default=0.0)
    shown = [
        _row(name, runs, len(headings), lambda runs: _rate(runs, best))
        for name, runs in rows.items()
    ]
    return Table(title, headings, shown, ["slower: how many times, than the best row."])


def latency(title: str, rows: Rows) -> Table:
    """From send to the sink's receipt."""
    headings = ["", "records", "p50 ms", "p99 ms", "worst round's p99", "CPU us"]
    shown = [_row(name, runs, len(headings), _latency) for name, runs in rows.items()]
    return Table(title, headings, shown, ["From send to the sink's receipt: median of the rounds."])


def loop(title: str, rows: Rows) -> Table:
    """A job that builds its records, with and without each library."""
    headings = ["", "records", "alone ns", "with it ns", "slowdown %", "median %"]
    shown = [_row(name, runs, len(headings), _loop) for name, runs in rows.items()]
    return Table(title, headings, shown, ["slowdown: of the job's CPU, least and median."])


def alone(title: str, rows: Rows, unit: str = "ns") -> Table:
    """One figure, beside that of the first row."""
    scale = 1e9 if unit == "ns" else 1.0
    base = next(iter(rows.values()))
    shown = [
        [
            name,
            f"{min(_values(runs)) * scale:,.0f}",
            f"{median(_values(runs)) * scale:,.0f}",
            f"{_ratio(base, runs, lambda run: float(run['value'])):.1f}",
        ]
        for name, runs in rows.items()
    ]
    return Table(title, ["", f"least {unit}", f"median {unit}", "times less"], shown)


KINDS: Final = {"throughput": throughput, "rate": rate, "latency": latency, "loop": loop}


def _throughput(runs: Sequence[Run], bases: Mapping[str, Sequence[Run]]) -> list[str]:
    middle = _median(runs, _cost)
    return [
        f"{min(map(_cost, runs)) * 1e9:,.0f}{'*' if _is_marked(runs) else ''}",
        f"{middle * 1e9:,.0f}",
        f"{1 / middle:,.0f}",
        f"{_median(runs, lambda run: run['wire'] / run['size']):.2f}",
        f"{_median(runs, lambda run: run['requests']):,.0f}",
        f"{_median(runs, lambda run: run['added']) / 1e6:,.0f}",
        *(f"{_ratio(base, runs, _cost):.1f}" for base in bases.values()),
    ]


def _rate(runs: Sequence[Run], best: float) -> list[str]:
    return [
        f"{max(map(_speed, runs)):,.0f}",
        f"{_median(runs, _speed):,.0f}",
        f"{_median(runs, lambda run: run['count'] / run['requests']):,.0f}",
        f"{_median(runs, _cost) * 1e9:,.0f}",
        f"{best / _median(runs, _speed):.1f}",
    ]


def _latency(runs: Sequence[Run]) -> list[str]:
    return [
        f"{_median(runs, lambda run: run['p50']) * 1e3:.1f}",
        f"{_median(runs, lambda run: run['p99']) * 1e3:.1f}",
        f"{max(run['p99'] for run in runs) * 1e3:.1f}",
        f"{_median(runs, _cost) * 1e6:.0f}",
    ]


def _loop(runs: Sequence[Run]) -> list[str]:
    slowdowns = [100 * (_cost(run) / run["alone"] - 1) for run in runs]
    return [
        f"{_median(runs, lambda run: run['alone']) * 1e9:,.0f}",
        f"{_median(runs, _cost) * 1e9:,.0f}",
        f"{min(slowdowns):+,.0f}",
        f"{median(slowdowns):+,.0f}",
    ]


def _row(
    name: str, runs: Sequence[Run], width: int, show: Callable[[Sequence[Run]], list[str]]
) -> list[str]:
    """Its figures; or why it has none, for a run in which records were lost says nothing."""
    if _is_right(runs):
        return [name, f"{runs[0]['count']:,}", *show(runs)]
    why = next(str(run["fault"]) for run in runs if run["fault"])
    return [f"{name}: void, {why}", *[""] * (width - 1)]


def _is_right(runs: Sequence[Run] | None) -> bool:
    return bool(runs) and not any(run["fault"] for run in runs or ())


def _is_marked(runs: Sequence[Run]) -> bool:
    return _is_right(runs) and _median(runs, lambda run: run["sink_cpu"] / run["cpu"]) > SINK_SHARE


def _cost(run: Run) -> float:
    return float(run["cpu"] / run["count"])


def _speed(run: Run) -> float:
    return float(run["count"] / run["wall"])


def _median(runs: Sequence[Run], figure: Callable[[Run], float]) -> float:
    return median(map(figure, runs))


def _ratio(base: Sequence[Run], runs: Sequence[Run], figure: Callable[[Run], float]) -> float:
    return median(figure(theirs) / figure(ours) for theirs, ours in zip(base, runs, strict=True))


def _values(runs: Iterable[Run]) -> list[float]:
    return [float(run["value"]) for run in runs]
