"""Interleaved rounds: each row runs once a round, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    #: Gets the endpoint of a sink, and gives the CPU seconds per record that it measured.
    Candidate = Callable[[str], float]

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "us-east-1",
}


def interleaved(
    names: Iterable[str], rounds: int, measure: Callable[[str], dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """What each row gave in each round."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name, runs in found.items():
            runs.append(measure(name))
    return found


def one(
    group: str, name: str, endpoint: str, environment: Mapping[str, str]
) -> dict[str, float | str]:
    """What a candidate measures by itself: one figure."""
    command = [sys.executable, "-m", "benchmarks", "--one", group, name, endpoint]
    every = {**os.environ, **ENVIRONMENT, **environment}
    done = subprocess.run(command, env=every, check=True, stdout=subprocess.PIPE, timeout=300)
    return {"value": float(json.loads(done.stdout)), "fault": ""}
