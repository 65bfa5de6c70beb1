"""The producer in the simulation: one seed of what ``python -m benchmarks.capacity`` plays."""

from __future__ import annotations

import pytest

from benchmarks.capacity import kinds
from benchmarks.capacity.loads import SPLIT_AT, split
from benchmarks.capacity.ours import Ours
from benchmarks.capacity.scenarios import SCENARIOS, lone
from benchmarks.capacity.world import World

OURS = "this producer"


def played(scenario, *, seconds, policy=OURS, seed=11):
    """A run in which whatever said that something was due had it."""
    found = SCENARIOS[scenario].run(policy, seed, seconds)
    assert not found["spins"]
    return found


@pytest.mark.parametrize(
    ("scenario", "policy", "seconds"),
    [
        ("one producer", OURS, 30),
        ("one producer, 1,000-byte entries", OURS, 5),
        ("one producer, 1,000-byte entries", "one fate for 100", 15),
    ],
)
def test_one_producer_fills_the_stream_and_is_hardly_throttled(scenario, policy, seconds):
    """Whatever limits the shards, bytes or entries."""
    found = played(scenario, seconds=seconds, policy=policy)
    assert found["goodput"] >= 0.99
    assert found["throttled"] <= 0.005


@pytest.mark.parametrize(
    ("scenario", "throttled", "fair"),
    [("three producers", 0.02, 0.98), ("ten producers", 0.05, 0.95)],
)
def test_producers_that_know_nothing_of_each_other_share(scenario, throttled, fair):
    """All of it is used, each has as much as any other, and few entries are sent in vain."""
    found = played(scenario, seconds=60)
    assert found["goodput"] >= 0.99
    assert found["throttled"] <= throttled
    assert found["producers"] >= fair


def test_who_joins_late_has_its_share_within_20_seconds():
    """Nine tenths of it."""
    found = played("the third of three joins late", seconds=60)
    assert found["newcomer"] >= 0.9


def test_records_without_a_key_flow_around_a_shard_that_is_held_down():
    """With little memory too; and it has what it had within 10 seconds of its release."""
    found = played("a shard held down, 16 MiB", seconds=60)
    assert found["other seven"] >= 0.99
    assert found["recovery"] <= 10.0


@pytest.mark.parametrize("keys", ["uniform", "Zipf"])
def test_the_keys_of_a_shard_that_is_held_down_leave_memory_to_the_others(keys):
    """Its callers wait; those of the other shards go on."""
    found = played(f"a shard held down, {keys} keys", seconds=60)
    assert found["other seven"] >= 0.97
    assert found["recovery"] <= 10.0


def test_a_split_is_found_out_without_a_throttle():
    """The shards that came of it are filled within 3 seconds, and it is not heard of again."""
    found = played("every shard split", seconds=30)
    assert found["97 % after"] <= 3.0
    assert found["throttled after"] == 0
    assert found["after 5 s"] >= 0.99


def test_nothing_is_lost_in_a_split():
    """Every record that was accepted is delivered."""
    world = World(lone(events=split, offered=4.0)(kinds.ours), 11, SPLIT_AT + 5.0).run()
    world.drain()
    policy = world.sites[0].policy
    assert isinstance(policy, Ours)
    totals = policy.backlog.totals()
    assert totals.received == totals.delivered > 100_000 / 5


@pytest.mark.parametrize(
    "who", ["one producer", "three producers", "ten producers", "uniform keys"]
)
def test_nobody_is_throttled_at_half_the_capacity(who):
    """And nothing waits: an answer is there a round trip and 50 ms after an aggregate closed."""
    found = played(f"half the capacity, {who}", seconds=30)
    assert found["goodput"] == pytest.approx(0.5, abs=0.01)
    assert found["throttled"] == 0
    assert found["p99"] <= 0.02 + 0.05


def test_the_rate_of_an_on_demand_stream_is_found_out_while_it_grows():
    """From half of a provisioned shard's to twice of it, in 40 seconds."""
    found = played("an on-demand stream that grows", seconds=60)
    assert found["goodput"] >= 0.95
    assert found["throttled"] <= 0.01


def test_a_producer_that_may_not_list_the_shards_uses_the_stream_all_the_same():
    """It only is throttled more, and does not know of a busy shard."""
    found = played("one producer", seconds=30, policy="without a shard map")
    assert found["goodput"] >= 0.97
    assert found["throttled"] <= 0.05


def test_a_seed_plays_the_same_again():
    """To the last figure."""
    first, second = (played("one producer", seconds=1, seed=3) for _ in range(2))
    assert first == second
    assert first != played("one producer", seconds=1, seed=4)


@pytest.mark.parametrize("trip", [20, 100])
def test_a_producer_that_keeps_the_order_fills_the_stream(trip):
    """Though a shard gets one entry in each round trip: aggregates grow as far as is needed."""
    found = played(f"in order, {trip} ms", seconds=20)
    assert found["goodput"] >= 0.97
