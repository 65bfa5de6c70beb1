"""Playing many seeds, from the command line."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Run = TypeVar("Run")


def play_many(
    program: str,
    doc: str,
    play: Callable[[int], Run],
    figures: Callable[[Run], Mapping[str, int]],
    *,
    seeds: int,
) -> str:
    """Play them, and say how many; one that fails ends it with a traceback that names it.

    Args:
        program: that is run.
        doc: what it does.
        play: a seed.
        figures: of a run; they are added up.
        seeds: so many, unless told otherwise.
    """
    parser = argparse.ArgumentParser(prog=program, description=doc)
    parser.add_argument("--seeds", type=int, default=seeds, metavar="N")
    parser.add_argument("--first", type=int, default=0, metavar="SEED")
    options = parser.parse_args()
    begun, total = time.perf_counter(), Counter[str]()
    for seed in range(options.first, options.first + options.seeds):
        total.update(figures(play(seed)))
    rate = options.seeds / (time.perf_counter() - begun)
    counted = ", ".join(f"{number:,} {what}" for what, number in total.items())
    return f"{options.seeds:,} seeds, no violation, {rate:,.1f} a second\n{counted}"
