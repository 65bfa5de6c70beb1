"""The search for an order in which threads break something."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from tests.interleavings.stage import Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

frontrun = pytest.importorskip("frontrun", reason="frontrun is not to be had for this Python")

#: Seconds after which a run is given up; it takes a tenth of one.
_LONGEST = 60.0

#: A search that finds nothing ends after so many; what the negative controls seed takes 1 to 4.
_RUNS = 36


def explore(
    stage: Callable[[], Any],
    *workers: Callable[[Any], object],
    right: Callable[[Any], bool] = Stage.check,
    preemptions: int = 2,
) -> Any:
    """Have the workers run at once, in one order after the other; the first wrong one ends it.

    The search begins with one worker after the other, and changes what comes last first. So it is
    made once for each order in which they can begin.

    Args:
        stage: makes what they work on.
        workers: each is called with it in a thread of its own.
        right: asked at the end of each run.
        preemptions: threads are stopped in the middle so many times in a run.
    """
    orders = list(itertools.permutations(workers))
    for order in orders:
        result = _explore(stage, order, right, preemptions, _RUNS // len(orders))
        if not result.property_holds:
            break
    return result


def _explore(
    stage: Callable[[], Any],
    workers: Sequence[Callable[[Any], object]],
    right: Callable[[Any], bool],
    preemptions: int,
    runs: int,
) -> Any:
    return frontrun.explore(
        setup=stage,
        workers=list(workers),
        invariant=right,
        preemption_bound=preemptions,
        max_executions=runs,
        clock="virtual",
        detect_io=False,
        reproduce_on_failure=0,
        timeout_per_run=_LONGEST,
        deadlock_timeout=_LONGEST,
        trace_packages=["kinesis_producer.*"],
    )


def found(result: Any, what: str) -> bool:
    """Whether an order was found that breaks it, in this way: what a negative control is for."""
    return result.property_holds is False and what in str(result.explanation)
