"""The row of a shard in the lease table, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace

from kinesis_producer.core.hash_keys import HashRange
from kinesis_producer.core.leasing.lease import (
    Lease,
    changes,
    finished,
    is_written,
    merged,
    released,
    renewed,
    reset,
    taken,
    wanted,
)
from kinesis_producer.core.positions import LATEST, SHARD_END, TRIM_HORIZON, Position

ROW = Lease(
    shard_id="s-0",
    checkpoint=Position(5),
    counter=7,
    owner="w-1",
    switches=2,
    parents=("s-9",),
    hash_range=HashRange(0, 9),
    since=3.0,
    wanted_by="w-2",
)


def test_a_taken_lease_has_a_new_owner():
    """Another one than before counts as a switch; whoever asked for it has to ask anew."""
    new = taken(ROW, by="w-2")
    assert changes(ROW, new) == {"owner": "w-2", "counter": 8, "switches": 3, "wanted_by": None}
    assert taken(ROW, by="w-1").switches == 2
    assert taken(replace(ROW, owner=None), by="w-2").switches == 2


def test_a_renewed_lease_counts_up():
    """That shows that its owner lives."""
    assert changes(ROW, renewed(ROW)) == {"counter": 8}


def test_a_checkpoint_moves_on_and_never_back():
    """The switches since are none."""
    new = renewed(ROW, checkpoint=Position(5, 1))
    assert changes(ROW, new) == {"counter": 8, "checkpoint": Position(5, 1), "switches": 0}
    for old in (Position(5), Position(4, 9), TRIM_HORIZON):
        assert changes(ROW, renewed(ROW, checkpoint=old)) == {"counter": 8}


def test_a_finished_lease_is_nobodys():
    """It names the shards that follow."""
    new = finished(ROW, children=["s-1", "s-2"])
    assert new.is_finished
    assert not ROW.is_finished
    assert (new.owner, new.wanted_by, new.children) == (None, None, ("s-1", "s-2"))
    assert (new.counter, new.checkpoint) == (8, SHARD_END)


def test_a_released_lease_goes_to_who_asked():
    """Or to whoever comes first; with its last checkpoint."""
    new = released(ROW, checkpoint=Position(6), to="w-2")
    assert (new.owner, new.wanted_by, new.checkpoint, new.counter) == ("w-2", None, Position(6), 8)
    assert released(ROW).owner is None


def test_to_ask_for_a_lease_does_not_count_up():
    """The owner's next change must not fail for it."""
    assert changes(ROW, wanted(ROW, by="w-3")) == {"wanted_by": "w-3"}
    assert changes(ROW, wanted(ROW, by=None)) == {"wanted_by": None}


def test_a_reset_lease_begins_again():
    """Its owner loses it."""
    new = reset(ROW, to=LATEST, since=9.0)
    assert (new.checkpoint, new.since, new.counter) == (LATEST, 9.0, 8)
    assert (new.owner, new.switches, new.wanted_by) == (None, 0, None)


def test_only_what_differs_is_written():
    """What somebody else wrote meanwhile stays."""
    found = replace(ROW, wanted_by="w-3")
    assert merged(found, ROW, renewed(ROW)) == replace(ROW, counter=8, wanted_by="w-3")
    assert changes(ROW, ROW) == {}


def test_a_row_shows_whether_a_change_was_written():
    """By its counter, owner and checkpoint."""
    new = renewed(ROW, checkpoint=Position(6))
    assert is_written(replace(new, wanted_by="w-3"), new)
    assert not is_written(None, new)
    assert not is_written(ROW, new)
    assert not is_written(replace(new, owner="w-2"), new)
    assert not is_written(replace(new, checkpoint=Position(7)), new)
