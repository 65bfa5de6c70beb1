"""Interleaved rounds: each candidate runs once a round, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    #: Gets the endpoint of a sink, and gives the CPU seconds per record that it measured.
    Candidate = Callable[[str], float]

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def measured(
    group: str,
    candidates: Mapping[str, Candidate],
    endpoint: str,
    rounds: int,
    environment: Mapping[str, str],
) -> dict[str, list[float]]:
    """What each candidate of a group took in each round."""
    figures: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, taken in figures.items():
            taken.append(_one(group, name, endpoint, environment))
    return figures


def table(figures: Mapping[str, Sequence[float]]) -> str:
    """Nanoseconds, and how many times less than the first: the median of the rounds' ratios."""
    base = next(iter(figures.values()))
    rows = [f"{'':<28}{'least ns':>10}{'median ns':>11}{'times less':>12}"]
    for name, taken in figures.items():
        ratio = median(theirs / ours for theirs, ours in zip(base, taken, strict=True))
        least, middle = min(taken) * 1e9, median(taken) * 1e9
        rows.append(f"{name:<28}{least:>10,.0f}{middle:>11,.0f}{ratio:>12.1f}")
    return "\n".join(rows)


def _one(group: str, name: str, endpoint: str, environment: Mapping[str, str]) -> float:
    command = [sys.executable, "-m", "benchmarks", "--one", group, name, endpoint]
    every = {**os.environ, **ENVIRONMENT, **environment}
    done = subprocess.run(command, env=every, check=True, stdout=subprocess.PIPE, timeout=300)
    return float(json.loads(done.stdout))
