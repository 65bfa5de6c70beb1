"""``python -m tests.soak --records N``: rounds until so many records have been judged."""

from __future__ import annotations

import argparse
import resource
import time

from tests.soak.rounds import Figures, play


def main() -> None:
    """Play the rounds, and print what they came to; the first broken promise ends it."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--round", type=int, default=100_000, metavar="N", help="records in one")
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    options = parser.parse_args()
    figures, begun, seed = Figures(), time.monotonic(), options.first
    while figures.records < options.records:
        play(seed, options.round, figures)
        seed += 1
        print(f"{seed - options.first} rounds, {figures.records:,} records", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"no promise broken in {time.monotonic() - begun:.0f} s")
    print(f"{figures.records:,} records in {figures.requests:,} requests")
    print(", ".join(f"{count:,} {name}" for name, count in figures.outcomes.items()))
    print(f"{figures.duplicates:,} copies beyond the first, {figures.declared:,} declared possible")
    print(", ".join(f"{count:,} x {name}" for name, count in figures.met.most_common()))
    print(f"peak resident size {peak:,.0f} MiB, local Kinesis and its ledger included")


if __name__ == "__main__":
    main()
