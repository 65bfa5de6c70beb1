"""The file of results: every run, and what a reader has to know of them."""

from __future__ import annotations

import json
import os
import platform
import shlex
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks import figures
from benchmarks.environments import PROJECT

if TYPE_CHECKING:
    from benchmarks.tables import Table

#: Git knows nothing of it.
FOLDER: Final = PROJECT / "benchmarks" / "results"
FILE: Final = FOLDER / "results.json"

Results = dict[str, Any]


def begun(rounds: int) -> Results:
    """Results without any group yet."""
    return {"about": {**_machine(), "rounds": rounds, "command": _command()}, "groups": {}}


def add(results: Results, group: str, kind: str, rows: dict[str, list[dict[str, Any]]]) -> None:
    """A group's runs; and the file, so that a run that is ended early leaves what it has."""
    results["groups"][group] = {"kind": kind, "rows": rows}
    FOLDER.mkdir(exist_ok=True)
    FILE.write_text(json.dumps(results, indent=1))


def tables(results: Results) -> list[Table]:
    """One for each group."""
    return [table(name, group) for name, group in results["groups"].items()]


def table(name: str, group: dict[str, Any]) -> Table:
    """Of one group."""
    show = figures.KINDS.get(group["kind"])
    if show is None:
        return figures.alone(name, group["rows"], unit=group["kind"])
    return show(name, group["rows"])


def about(results: Results) -> list[str]:
    """Sentences about machine, versions, date and command."""
    told = results["about"]
    machine = f"{told['cpu']}, {told['cores']} cores, {told['system']}"
    how = f"{told['rounds']} interleaved rounds; {told['command']}"
    lines = [f"{told['date']}; {machine}; {how}", *_versions(results)]
    if "build_ns" in told:
        lines.append(
            f"The loop builds a record by json.dumps of a dict of {told['fields'] + 1} numbers,"
            f" which takes {told['build_ns']:,.0f} ns."
        )
    return lines


def read(file: Path = FILE) -> Results:
    """Of a run that was."""
    results: Results = json.loads(file.read_text())
    return results


def _versions(results: Results) -> list[str]:
    """Which were told by the rows, each set of them once."""
    groups = results["groups"].values()
    runs = [run for group in groups for rows in group["rows"].values() for run in rows]
    told = [run["versions"] for run in runs if "versions" in run]
    lines = [", ".join(f"{name} {version}" for name, version in some.items()) for some in told]
    return list(dict.fromkeys(lines))


def _machine() -> dict[str, Any]:
    return {
        "date": time.strftime("%Y-%m-%d"),
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def _cpu_model() -> str:
    file = Path("/proc/cpuinfo")
    lines = file.read_text().splitlines() if file.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor()


def _command() -> str:
    return f"python -m benchmarks {shlex.join(sys.argv[1:])}".rstrip()
