"""A fleet keeps its promises in every run that is played."""

from __future__ import annotations

import pytest

from tests.fleet.scenario import play
from tests.fleet.world import Life, Nap, World

RUNS = 100


@pytest.mark.parametrize("first", range(0, RUNS, 20))
def test_whatever_befalls_a_fleet_every_record_is_handled_in_order(first):
    """No checkpoint goes beyond one that was not; no two have a shard; and all comes to rest."""
    for seed in range(first, first + 20):
        play(seed)


def test_a_seed_plays_the_same_again():
    """To the last step."""
    runs = [play(13) for _ in range(2)]
    assert len({(run.world.steps, run.world.now, run.world.trace) for run in runs}) == 1
    assert runs[0].table.rows == runs[1].table.rows


def test_a_run_that_fails_says_how_to_play_it_again(monkeypatch):
    """And what happened last."""
    monkeypatch.setattr("tests.fleet.rest._MOST", -1.0)
    monkeypatch.setattr("tests.fleet.rest._unrest", lambda run: "no rest")
    with pytest.raises(AssertionError, match="no rest") as caught:
        play(3)
    notes = "\n".join(caught.value.__notes__)
    assert "python -m tests.fleet --first 3 --seeds 1" in notes
    assert "comes" in notes


def test_turning_in_circles_shows(monkeypatch):
    """A task that only ever naps does not end the run."""
    monkeypatch.setattr("tests.fleet.world._MOST", 100)
    world = World(1)

    def spin():
        while True:
            yield Nap(world.now)

    world.spawn(spin(), Life())
    with pytest.raises(AssertionError, match="no end"):
        world.run(1.0)
