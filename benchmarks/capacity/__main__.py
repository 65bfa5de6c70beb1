"""``python -m benchmarks.capacity``: a table of how much of a stream's capacity is used."""

from __future__ import annotations

import argparse

from benchmarks.capacity.scenarios import SCENARIOS
from benchmarks.capacity.table import average, ending, heading, row, worst


def main() -> None:
    """Run every scenario with every policy and seed; print a row when it is done."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity", description=__doc__)
    parser.add_argument("--seeds", type=int, default=4, metavar="N")
    parser.add_argument("--seconds", type=float, default=60.0, help="that are measured")
    parser.add_argument("--only", default="", metavar="WORDS", help="scenarios with these in them")
    parser.add_argument("--policy", default="", metavar="WORDS", help="policies with these")
    parser.add_argument("--worst", action="store_true", help="of the seeds, not their mean")
    options = parser.parse_args()
    pick = worst if options.worst else average
    print(heading(), flush=True)
    for name, scenario in SCENARIOS.items():
        for policy in scenario.policies:
            if options.only in name and options.policy in policy:
                seeds = range(options.seeds)
                runs = [scenario.run(policy, seed, options.seconds) for seed in seeds]
                print(row(name, policy, runs, pick), flush=True)
    print(ending())


if __name__ == "__main__":
    main()
