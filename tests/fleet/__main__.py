"""``python -m tests.fleet``: play many seeds, and say how many in a second."""

from __future__ import annotations

import argparse
import time

from tests.fleet.scenario import play


def main() -> None:
    """Play them; the first that fails ends it with a traceback that names its seed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fleet", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2_000, metavar="N")
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    options = parser.parse_args()
    begun, steps, handled, twice = time.perf_counter(), 0, 0, 0
    for seed in range(options.first, options.first + options.seeds):
        scenario = play(seed)
        steps += scenario.world.steps
        handled += len(scenario.judge.handled)
        twice += scenario.judge.duplicates
    seconds = time.perf_counter() - begun
    print(f"{options.seeds:,} fleets, no violation, {options.seeds / seconds:,.1f} a second")
    print(f"{steps:,} steps, {handled:,} records, {twice:,} given out once more")


if __name__ == "__main__":
    main()
