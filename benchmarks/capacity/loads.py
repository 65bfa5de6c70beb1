"""Keys of records, and what may happen to a stream."""

from __future__ import annotations

from bisect import bisect
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from kinesis_producer.records import Keys

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from benchmarks.capacity.world import World

#: How many keys there are, where there are any.
KEYS: Final = 10_000

#: Seconds after the warm-up: from when to when a shard is held down, when all shards are split,
#: and how long a stream grows.
HELD: Final = (0.0, 40.0)
SPLIT_AT: Final = 10.0
GROWS: Final = 40.0

_KEYS: Final = [Keys(f"key-{number}", None) for number in range(KEYS)]


def uniform(dice: Random) -> Callable[[], Keys]:
    """Each key as often as any other."""
    return lambda: _KEYS[int(dice.random() * KEYS)]


def zipf(dice: Random) -> Callable[[], Keys]:
    """The n-th key 1/n times as often as the first; it is another one in each run."""
    keys = dice.sample(_KEYS, KEYS)
    sums = list(accumulate(1 / rank for rank in range(1, KEYS + 1)))
    return lambda: keys[bisect(sums, dice.random() * sums[-1], 0, KEYS - 1)]


def hold(world: World) -> None:
    """Somebody else takes nine tenths of the first shard, and leaves again."""
    begin, end = (world.begin + when for when in HELD)
    world.clock.at(begin, lambda: world.stream.hold(0, 0.1))
    world.clock.at(end, lambda: world.stream.hold(0, 1.0))


def split(world: World) -> None:
    """Every shard is split."""
    world.clock.at(world.begin + SPLIT_AT, world.stream.split)


def grow(world: World) -> None:
    """Each shard takes half of a provisioned one at first, and at last twice of one."""
    for tenth in range(int(GROWS * 10) + 1):
        _grow_at(world, tenth / 10)


def _grow_at(world: World, when: float) -> None:
    share = 0.5 + 1.5 * when / GROWS
    world.clock.at(world.begin + when, lambda: world.stream.grow(share))
