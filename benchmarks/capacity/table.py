"""Figures as a simple table of reStructuredText, row by row."""

from __future__ import annotations

from statistics import mean
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from benchmarks.capacity.figures import Figures

    #: From the values of all seeds, the one that is shown.
    Pick = Callable[[str, Sequence[float]], float]

#: What is better when it is larger; of all else, less is better.
_MORE: Final = ("goodput", "shards", "producers", "other seven", "newcomer", "share", "after 5 s")

_WIDTHS: Final = (42, 23, 9, 9, 8, 9, 8, 8, 60)
_HEADS: Final = (
    "scenario",
    "policy",
    "goodput",
    "throttled",
    "J shards",
    "J prod.",
    "p50",
    "p99",
    "beside",
)
_LINE: Final = " ".join("=" * width for width in _WIDTHS)


def heading() -> str:
    """What comes before the rows."""
    return f"{_LINE}\n{_cells(_HEADS)}\n{_LINE}"


def row(scenario: str, policy: str, runs: Sequence[Figures], pick: Pick) -> str:
    """What a policy did in a scenario."""
    shown = {name: pick(name, [run[name] for run in runs]) for name in runs[0]}
    common = (
        _percent(shown.pop("goodput")),
        _hundredths(shown.pop("throttled")),
        f"{shown.pop('shards'):.3f}",
        f"{shown.pop('producers'):.3f}",
        _time(shown.pop("p50")),
        _time(shown.pop("p99")),
    )
    return _cells((scenario, policy, *common, _beside(shown)))


def ending() -> str:
    """What comes after the rows."""
    return _LINE


def average(_: str, values: Sequence[float]) -> float:
    """The mean of all seeds."""
    return mean(values)


def worst(name: str, values: Sequence[float]) -> float:
    """That of the worst seed."""
    return min(values) if name.startswith(_MORE) else max(values)


def _cells(cells: Iterable[str]) -> str:
    padded = (f"{cell:<{width}}" for cell, width in zip(cells, _WIDTHS, strict=True))
    return " ".join(padded).rstrip()


def _beside(shown: Figures) -> str:
    """What only some scenarios ask, and what ought to be nothing, where it is something."""
    told = []
    for name, value in shown.items():
        if name in {"lost", "spins"}:
            told += [f"{name} {value:,.0f}"] if value else []
        elif name in {"recovery", "97 % after"}:
            told.append(f"{name} {value:.1f} s")
        elif name.startswith("throttled"):
            told.append(f"{name} {_hundredths(value)}")
        else:
            told.append(f"{name} {_percent(value)}")
    return ", ".join(told)


def _percent(value: float) -> str:
    return f"{value:.1%}".replace("%", " %")


def _hundredths(value: float) -> str:
    return f"{value:.2%}".replace("%", " %")


def _time(value: float) -> str:
    return f"{value:.1f} s" if value >= 1 else f"{value * 1000:.0f} ms"
