"""The producer keeps its promises under every interleaving that is played."""

from __future__ import annotations

import pytest

from tests.simulation.scenario import play
from tests.simulation.scheduler import Scheduler, Stuck

SCHEDULES = 2000


@pytest.mark.parametrize("first", range(0, SCHEDULES, 200))
def test_whatever_happens_in_whatever_order_the_outcomes_are_right(first):
    """Exactly one for each record, in time, true to the ledger; and everything comes to an end."""
    for seed in range(first, first + 200):
        play(seed)


def test_a_seed_plays_the_same_again():
    """To the last step."""
    runs = [play(4711) for _ in range(2)]
    assert (
        len({(run.scheduler.steps, run.scheduler.now, run.service.requests) for run in runs}) == 1
    )
    assert runs[0].service.stream.ledger == runs[1].service.stream.ledger


def test_a_lost_wake_up_shows():
    """A task that nobody rouses is stuck, and is named."""
    scheduler = Scheduler(1)
    scheduler.spawn("sleeper", lambda: scheduler.sleep(float("inf")))
    with pytest.raises(Stuck, match="waiting for ever: sleeper"):
        scheduler.run()
    scheduler.end()


def test_turning_in_circles_shows():
    """A task that only ever pauses does not end the run."""
    scheduler = Scheduler(1)

    def spin():
        while True:
            scheduler.pause()

    scheduler.spawn("spinner", spin)
    with pytest.raises(Stuck, match=r"no end after .*: spinner"):
        scheduler.run()
    scheduler.end()
