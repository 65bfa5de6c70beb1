"""``python -m benchmarks``: what records cost here, and what they cost elsewhere, in one run.

Prints tables; writes every run, the tables as reStructuredText, and a plot to benchmarks/results.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from benchmarks import delivery, formats, reading, results, sending
from benchmarks.calibration import calibrated
from benchmarks.environments import PROJECT, python
from benchmarks.rounds import interleaved, one
from benchmarks.runs import run
from benchmarks.sink import Sink, sink

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.rounds import Candidate

#: Modules of candidates that measure one figure themselves. A module may have, besides ``GROUPS``,
#: an ``ENVIRONMENT`` to run in, and a ``UNIT`` if it is not seconds.
ALONE: Sequence[Any] = (sending, formats, reading)

#: What rows send in a quick run, of what they send else.
QUICK = 0.1


def main() -> None:
    """Measure, and print tables; or measure one candidate, as a round does."""
    options = _options()
    if options.one:
        group, name, endpoint = options.one
        print(json.dumps(_candidates(group)[name](endpoint)))
    elif options.rst:
        _print_rst(results.read())
    else:
        _measure(options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", metavar="WORDS", help="groups with these in the name")
    parser.add_argument("--rows", default="", metavar="WORDS", help="rows with these in the name")
    parser.add_argument("--quick", action="store_true", help="one round, a tenth of the records")
    parser.add_argument(
        "--rst", action="store_true", help="measure nothing; print the last run's tables"
    )
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.rounds = 1 if options.quick else options.rounds
    return options


def _measure(options: argparse.Namespace) -> None:
    found = results.begun(options.rounds)
    with sink() as running:
        for group in delivery.GROUPS:
            if options.only in group:
                _measure_delivery(group, found, running, options)
        for module in ALONE:
            for group in module.GROUPS:
                if options.only in group:
                    _measure_alone(module, group, found, running, options)
    print("\n" + "\n".join(results.about(found)))
    _draw(found)


def _measure_delivery(
    group: str, found: results.Results, running: Sink, options: argparse.Namespace
) -> None:
    setting, rows = delivery.SETTINGS[group], delivery.GROUPS[group]
    fields = _fields(found) if setting.kind == "loop" else 0
    part = QUICK if options.quick else 1.0

    def measure(name: str) -> dict[str, Any]:
        print(f"{group}: {name}", file=sys.stderr, flush=True)
        return run(rows[name], setting, running, part=part, fields=fields)

    names = [name for name in rows if options.rows in name]
    _show(found, group, setting.kind, interleaved(names, options.rounds, measure))


def _measure_alone(
    module: Any, group: str, found: results.Results, running: Sink, options: argparse.Namespace
) -> None:
    environment = getattr(module, "ENVIRONMENT", {})
    names = [name for name in module.GROUPS[group] if options.rows in name]
    runs = interleaved(
        names, options.rounds, lambda name: one(group, name, running.plain, environment)
    )
    _show(found, group, getattr(module, "UNIT", "ns"), runs)


def _fields(found: results.Results) -> int:
    fields, seconds = calibrated()
    found["about"].update(fields=fields, build_ns=seconds * 1e9)
    return fields


def _show(found: results.Results, group: str, kind: str, runs: dict[str, list[Any]]) -> None:
    if not runs:
        return
    results.add(found, group, kind, runs)
    print("\n" + results.table(group, found["groups"][group]).text())
    sys.stdout.flush()


def _print_rst(found: results.Results) -> None:
    for table in results.tables(found):
        print(table.rst())
    print("\n".join(f"- {line}" for line in results.about(found)))


def _draw(found: results.Results) -> None:
    if not any(group["kind"] == "throughput" for group in found["groups"].values()):
        return
    picture = results.FOLDER / "performance.png"
    script = PROJECT / "benchmarks" / "plot.py"
    subprocess.run([python("plot"), script, results.FILE, picture], check=True)
    print(f"\n{results.FILE}\n{picture}")


def _candidates(group: str) -> dict[str, Candidate]:
    every = {name: found for module in ALONE for name, found in module.GROUPS.items()}
    found: dict[str, Candidate] = every[group]
    return found


if __name__ == "__main__":
    main()
