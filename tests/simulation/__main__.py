"""``python -m tests.simulation``: play many seeds, and say how many in a second."""

from __future__ import annotations

import argparse
import time

from tests.simulation.scenario import play


def main() -> None:
    """Play them; the first that fails ends it with a traceback that names its seed."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=10_000, metavar="N")
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    options = parser.parse_args()
    begun, steps, requests, records = time.perf_counter(), 0, 0, 0
    for seed in range(options.first, options.first + options.seeds):
        scenario = play(seed)
        steps += scenario.scheduler.steps
        requests += scenario.service.requests
        records += len(scenario.accepted)
    seconds = time.perf_counter() - begun
    print(f"{options.seeds:,} schedules, no violation, {options.seeds / seconds:,.0f} a second")
    print(f"{steps:,} steps, {requests:,} requests, {records:,} records")


if __name__ == "__main__":
    main()
