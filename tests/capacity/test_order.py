"""Where order is kept, each key's records are read in the order in which they were sent."""

from __future__ import annotations

import pytest

from tests.capacity.order import Play, judge


@pytest.mark.parametrize("seed", range(3))
def test_first_copies_are_in_order_whatever_happens(seed):
    """With throttles, resets, late commits, two splits and a merge."""
    play = Play(seed, 60_000, keys=2_000, size=1_000).run()
    judge(play)
    assert play.book.throttled
    assert play.policy.backlog.totals().possible_duplicates
    assert len(play.stream.facts().shards or ()) == 5
    assert not play.policy.backlog.stale


def test_without_order_they_are_not():
    """The judge sees it."""
    play = Play(1, 20_000, keys=2_000, size=1_000, ordered=False).run()
    with pytest.raises(AssertionError, match=r"key-\d+: \d+ before"):
        judge(play)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_million_records_are_in_order():
    """Of ten thousand keys."""
    judge(Play(1, 1_000_000, keys=10_000, size=200).run())
