"""``python -m tests.fleet``: play many seeds, and say how many in a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fleet.scenario import play
from tests.seeds import play_many

if TYPE_CHECKING:
    from tests.fleet.scenario import Scenario


def figures(run: Scenario) -> dict[str, int]:
    """Of one fleet."""
    return {
        "steps": run.world.steps,
        "records": len(run.judge.handled),
        "given out once more": run.judge.duplicates,
    }


if __name__ == "__main__":
    print(play_many("python -m tests.fleet", __doc__, play, figures, seeds=2_000))
