"""The family of shards: what is to come, what is due, what may be read, and what is outlived."""

from __future__ import annotations

import time

import pytest

from kinesis_producer.core.hash_keys import HashRange
from kinesis_producer.core.positions import SHARD_END, Position
from kinesis_producer.core.reading.shards import (
    Family,
    is_due,
    is_outlived,
    is_ready,
)
from kinesis_producer.core.shards import Shard, read_shard
from tests.core.reading.building import closed, lease


def leases(*names, finished=()):
    """By shard; some are finished."""
    made = {name: lease(name) for name in names}
    return made | {name: lease(name, checkpoint=SHARD_END) for name in finished}


def test_a_listed_shard_is_read():
    """With what the service tells of it."""
    told = {
        "ShardId": "s-2",
        "ParentShardId": "s-1",
        "AdjacentParentShardId": "s-0",
        "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "9"},
        "SequenceNumberRange": {"StartingSequenceNumber": "1", "EndingSequenceNumber": "2"},
    }
    assert read_shard(told) == Shard("s-2", ("s-0", "s-1"), HashRange(0, 9), is_open=False)


def test_a_child_that_get_records_tells_of_is_read():
    """It has its parents in a list, and is open."""
    told = {"ShardId": "s-1", "ParentShards": ["s-0"]}
    assert read_shard(told) == Shard("s-1", ("s-0",), None, is_open=True)


def test_a_family_knows_its_shards():
    """Parents first, also those that it gets to know later."""
    family = Family([Shard("s-1"), closed("s-0")])
    family.add([Shard("s-2", ("s-0",))])
    assert [one.shard_id for one in family] == ["s-0", "s-1", "s-2"]
    assert "s-2" in family
    assert "s-3" not in family
    assert family.get("s-3") is None
    assert family.children("s-0") == [Shard("s-2", ("s-0",))]


def test_relatives_are_found_through_many_steps():
    """Also through shards that are listed no more."""
    family = Family([closed("b", "a"), closed("c", "b"), Shard("d", ("c", "x")), Shard("e")])
    assert family.ancestors(["d"]) == {"a", "b", "c", "x"}
    assert family.descendants(["a"]) == {"b", "c", "d"}
    assert family.is_to_come("d", leases("a"))
    assert not family.is_to_come("e", leases("a"))
    assert not family.is_to_come("z", leases("a"))


def test_a_family_that_comes_from_itself_is_gone_through_once():
    """No service should say so."""
    family = Family([closed("a", "b"), closed("b", "a")])
    assert family.ancestors(["a"]) == family.descendants(["a"]) == {"a", "b"}


def test_a_child_is_due_when_a_parent_ends():
    """Or has ended."""
    child = Shard("b", ("a",))
    assert is_due(child, leases("a"), to_come=(), ended="a")
    assert is_due(child, leases(finished=["a"]), to_come=())
    assert not is_due(child, leases("a"), to_come=())
    assert not is_due(Shard("b"), leases("a"), to_come=(), ended="a")


def test_a_merged_shard_is_due_when_one_parent_ends():
    """It is not begun before the other does."""
    child = Shard("c", ("a", "b"))
    assert is_due(child, leases("a", "b"), to_come=(), ended="a")
    assert is_due(child, leases("a"), to_come=(), ended="a")


def test_a_merged_shard_waits_for_a_parent_that_is_to_come():
    """It would be begun before that parent, as if it were gone."""
    child = Shard("c", ("a", "b"))
    assert not is_due(child, leases("a"), to_come={"b"}, ended="a")
    assert is_due(child, leases("a", "b"), to_come={"b"}, ended="a")


def test_a_shard_may_be_read_when_its_parents_are_finished():
    """Or gone."""
    child = lease("c", parents=("a", "b"))
    assert is_ready(child, leases())
    assert is_ready(child, leases(finished=["a"]))
    assert is_ready(child, leases(finished=["a", "b"]))
    assert not is_ready(child, leases("b", finished=["a"]))


@pytest.mark.parametrize(("begun", "outlived"), [(Position(4), True), (SHARD_END, True)])
def test_a_finished_lease_is_outlived_when_its_children_are_begun(begun, outlived):
    """All of them, and none of its own parents is there."""
    old = lease("a", checkpoint=SHARD_END, children=("b", "c"), parents=("z",))
    both = {"a": old, "b": lease("b", checkpoint=begun), "c": lease("c", checkpoint=begun)}
    assert is_outlived(old, both, {"a"}) is outlived
    assert not is_outlived(old, both | leases("z"), {"a"})
    assert not is_outlived(old, both | leases("c"), {"a"})
    assert not is_outlived(old, {"a": old, "b": both["b"]}, {"a"})


def test_a_lease_without_children_is_outlived_by_the_listing():
    """They may be to come as long as the shard is listed."""
    old = lease("a", checkpoint=SHARD_END)
    assert not is_outlived(old, {}, {"a"})
    assert is_outlived(old, {}, set())
    assert not is_outlived(lease("a"), {}, set())


def test_the_way_through_thousands_of_generations_is_gone_once():
    """Splits and merges in turns; the number of ways through them has thousands of digits."""
    shards, last = [closed("g0-0"), closed("g0-1")], 20_000
    for number in range(1, last):
        names = (f"g{number - 1}-0", f"g{number - 1}-1")
        shards += [closed(f"g{number}-0", *names), closed(f"g{number}-1", *names)]
    family = Family(shards)
    began = time.process_time()
    assert len(family.ancestors([f"g{last - 1}-0"])) == 2 * last - 2
    assert len(family.descendants(["g0-0"])) == 2 * last - 2
    assert time.process_time() - began < 5
