"""Which leases a stream needs, and where its shards are begun."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from kinesis_producer.core.positions import (
    AT_TIMESTAMP,
    LATEST,
    SHARD_END,
    TRIM_HORIZON,
    Position,
)
from kinesis_producer.core.reading.shards import Family
from kinesis_producer.core.reading.starting import Start, child_lease, missing
from kinesis_producer.core.shards import Shard
from tests.core.reading.building import closed, lease

#: Two shards; the first was split.
SPLIT = [closed("a"), Shard("b", ("a",)), Shard("c", ("a",)), Shard("d")]
NEW, OLD = Start(LATEST, 50.0), Start(AT_TIMESTAMP, 40.0)


def wanted(shards, leases=(), start=None):
    """The checkpoint and time of each missing lease, by shard, in order."""
    there = {one.shard_id: one for one in leases}
    made = missing(Family(shards), there, start or Start())
    return {one.shard_id: (one.checkpoint, one.since) for one in made}


def horizon(names):
    return dict.fromkeys(names, (TRIM_HORIZON, None))


@pytest.mark.parametrize(
    ("start", "made"),
    [
        (Start(), horizon("abcd")),
        (OLD, dict.fromkeys("abcd", (AT_TIMESTAMP, 40.0))),
        (NEW, dict.fromkeys("abcd", (LATEST, 50.0))),
        (Start(LATEST), dict.fromkeys("bcd", (LATEST, None))),
        (Start(chosen={"a", "d"}), horizon("ad")),
        (replace(NEW, chosen={"a", "b"}), dict.fromkeys("ab", (LATEST, 50.0))),
        (Start(LATEST, chosen={"a", "b"}), {"b": (LATEST, None)}),
        (Start(positions={"a": Position(7)}), {"a": (Position(7), None)} | horizon("bcd")),
        (Start(positions={"d": LATEST}, since=3.0), horizon("abc") | {"d": (LATEST, 3.0)}),
    ],
)
def test_at_first_all_shards_get_a_lease(start, made):
    """Closed ones, too: they may have been closed since then. Without a time they have no news."""
    assert wanted(SPLIT, start=start) == made


def test_a_lease_says_what_is_known_of_its_shard():
    """Its parents are read before it."""
    shard = SPLIT[1]
    assert child_lease(shard) == lease("b", parents=("a",), hash_range=shard.hash_range)


def test_a_stream_that_has_its_leases_needs_none():
    """Children come when their parents end."""
    assert wanted(SPLIT, [lease("a"), lease("d")]) == {}


def test_children_of_a_finished_shard_get_theirs():
    """From their beginning, whatever the start: whoever finished it had no listing of them."""
    done = lease("a", checkpoint=SHARD_END)
    assert wanted(SPLIT, [done, lease("d")], NEW) == horizon("bc")


def test_parents_that_were_cleared_away_do_not_come_back():
    """Though they are listed still."""
    assert wanted(SPLIT, [lease("b"), lease("c"), lease("d")]) == {}


def test_a_merged_shard_waits_for_a_parent_to_come():
    """Until that one is finished or trimmed."""
    shards = [closed("a"), closed("b"), closed("c", "b"), Shard("d", ("a", "c"))]
    done = lease("a", checkpoint=SHARD_END)
    assert wanted(shards, [done, lease("b")]) == {}
    trimmed = [closed("a"), Shard("d", ("a", "c"))]
    assert wanted(trimmed, [done, lease("b")]) == horizon("d")


def test_leases_that_could_not_be_made_at_first_are_made_later():
    """Those of closed shards too, and before those of their children, or these would be begun."""
    shards = [closed("a"), closed("b"), Shard("c", ("b",)), Shard("d", ("a",))]
    assert list(wanted(shards, [lease("a")]).items()) == list(horizon("bc").items())
    assert list(wanted(shards[::-1], [lease("a")])) == ["b", "c"]


def test_leases_that_could_not_be_made_at_first_begin_when_the_others_did():
    """However much later it is; shards that were split meanwhile are read from then on, too."""
    shards = [closed("a"), Shard("b"), Shard("c", ("a",))]
    there = [lease("b", checkpoint=Position(3), since=20.0)]
    assert wanted(shards, there, NEW) == {"a": (LATEST, 20.0), "c": (LATEST, 20.0)}
    assert wanted(shards, there, OLD) == {"a": (AT_TIMESTAMP, 20.0), "c": (AT_TIMESTAMP, 20.0)}


def test_without_a_time_a_lost_shard_is_read_from_its_beginning():
    """Rather twice than never; but nothing that was closed before."""
    shards = [closed("a"), Shard("b"), Shard("c", ("a",))]
    assert wanted(shards, [lease("b")], NEW) == horizon("c")
    assert wanted(shards, [lease("b")], OLD) == horizon("ac")


def test_a_lost_shard_begins_at_its_position():
    """Where one was given; another worker may be making the leases at the same time."""
    start = Start(positions={"b": Position(9)})
    assert wanted([Shard("a"), Shard("b")], [lease("a")], start) == {"b": (Position(9), None)}


def test_thousands_of_generations_without_leases_take_no_time():
    """Each was split, and one half of it once more; all of the others are open."""
    count = 10_000
    shards = [closed("s-000000")]
    for number in range(1, count):
        parent = f"s-{number - 1:06}"
        shards += [closed(f"s-{number:06}", parent), Shard(f"t-{number:06}", (parent,))]
    began = time.process_time()
    assert wanted(shards, [lease("s-000000")]) == {}
    assert wanted(shards, [lease("x", checkpoint=SHARD_END)], NEW).keys() == {
        f"t-{number:06}" for number in range(1, count)
    }
    assert time.process_time() - began < 5


def test_thousands_of_merges_that_wait_take_no_time():
    """Each has one parent that ended, and one far down a line that is to come."""
    count = 5_000
    line = [closed(f"l-{number:06}", f"l-{number - 1:06}") for number in range(1, count)]
    done = [lease(f"d-{number:06}", checkpoint=SHARD_END) for number in range(1, count)]
    merged = [
        Shard(f"m-{number:06}", (f"d-{number:06}", f"l-{number:06}")) for number in range(1, count)
    ]
    began = time.process_time()
    assert wanted([*line, *merged], [lease("l-000000"), *done]) == {}
    assert time.process_time() - began < 5
