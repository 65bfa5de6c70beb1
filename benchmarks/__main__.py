"""``python -m benchmarks``: what records cost here, and what they cost elsewhere, in one run."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys

from benchmarks import delivery, formats, send
from benchmarks.rounds import measured, table
from benchmarks.sink import sink

GROUPS = {**send.GROUPS, **delivery.GROUPS, **formats.GROUPS}


def main() -> None:
    """Measure, and print a table; or measure one candidate, as a round does."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument(
        "--only", default="", metavar="WORDS", help="groups with these in their name"
    )
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        group, name, endpoint = options.one
        print(json.dumps(GROUPS[group][name](endpoint)))
        return
    version = f"CPython {platform.python_version()}, {os.cpu_count()} cores"
    what = "CPU per record, of 100 bytes unless said otherwise"
    print(f"{what}; {options.rounds} interleaved rounds, {version}", flush=True)
    with sink() as endpoint:
        for group, candidates in GROUPS.items():
            if options.only not in group:
                continue
            environment = formats.ENVIRONMENT if group in formats.GROUPS else {}
            figures = measured(group, candidates, endpoint, options.rounds, environment)
            print(f"\n{group}\n{table(figures)}")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
