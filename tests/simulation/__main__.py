"""``python -m tests.simulation``: play many seeds, and say how many in a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.seeds import play_many
from tests.simulation.scenario import play

if TYPE_CHECKING:
    from tests.simulation.scenario import Scenario


def figures(run: Scenario) -> dict[str, int]:
    """Of one schedule."""
    return {
        "steps": run.scheduler.steps,
        "requests": run.service.requests,
        "records": len(run.accepted),
    }


if __name__ == "__main__":
    print(play_many("python -m tests.simulation", __doc__, play, figures, seeds=10_000))
