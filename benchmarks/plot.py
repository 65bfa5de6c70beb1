"""Draws what delivery costs: ``plot.py RESULTS PICTURE``. In an environment of its own."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt

mpl.use("Agg")  # there may be no screen

OURS, THEIRS = "#1f6f8b", "#b8b8b8"


def main() -> None:
    """One panel for each table of throughput."""
    file, picture = map(Path, sys.argv[1:])
    groups = {
        name: _costs(group["rows"])
        for name, group in json.loads(file.read_text())["groups"].items()
        if group["kind"] == "throughput"
    }
    # without TLS the picture is the same: three panels can be looked at, five cannot
    groups = {name: costs for name, costs in groups.items() if name.endswith("TLS")} or groups
    height = 0.28 * max(map(len, groups.values())) + 1.2
    figure, panels = plt.subplots(
        len(groups), 1, figsize=(9, height * len(groups)), squeeze=False, layout="constrained"
    )
    for panel, (name, costs) in zip(panels[:, 0], groups.items(), strict=True):
        _draw(panel, name, costs)
    figure.savefig(picture, dpi=110)


def _costs(rows: dict[str, list[dict[str, Any]]]) -> dict[str, float]:
    """Nanoseconds of CPU, the dearest first; rows that lost records have no place here."""
    right = {name: runs for name, runs in rows.items() if not any(run["fault"] for run in runs)}
    costs = {
        name: median(run["cpu"] / run["count"] for run in runs) * 1e9
        for name, runs in right.items()
    }
    return dict(sorted(costs.items(), key=lambda found: -found[1]))


def _draw(panel: Any, name: str, costs: dict[str, float]) -> None:
    colours = [OURS if row.startswith("send") else THEIRS for row in costs]
    bars = panel.barh(list(costs), list(costs.values()), color=colours)
    panel.bar_label(bars, labels=[f"{cost:,.0f}" for cost in costs.values()], padding=3)
    panel.set(title=name, xscale="log", xlabel="CPU of the client per record, ns (logarithmic)")
    panel.spines[["top", "right"]].set_visible(False)
    panel.margins(x=0.15)


if __name__ == "__main__":
    main()
