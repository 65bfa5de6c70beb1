"""The stream as it truly is: shards, what lies in them, and how they become others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from kinesis_producer.core.hash_keys import HashRange
from kinesis_producer.core.positions import Position
from kinesis_producer.core.reading.pages import KinesisRecord
from kinesis_producer.core.shards import Shard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.fleet.world import World

#: Partition keys are their own hash keys: 0 to 63.
KEYS: Final = 64

_SMALL: Final = b"x" * 20
_LARGE: Final = b"x" * 1_000_000


@dataclass(slots=True)
class Told:
    """A user record: the how-manieth of its key; ``None``: it cannot be read."""

    key: int
    number: int


@dataclass(slots=True)
class SimShard:
    """A shard.

    Attributes:
        records: those that are there, in order.
        flat: positions of all user records that ever were, in order.
        changed_at: when it was opened, and when it was closed.
        trimmed: how many records are gone.
        gone_at: when it was forgotten.
    """

    shard_id: str
    first: int
    last: int
    parents: tuple[str, ...]
    opened_at: float
    records: list[KinesisRecord] = field(default_factory=list)
    flat: list[Position] = field(default_factory=list)
    closed_at: float | None = None
    gone_at: float | None = None

    def told(self, *, is_open: bool) -> Shard:
        """As the service tells of it."""
        return Shard(self.shard_id, self.parents, HashRange(self.first, self.last), is_open)


class Stream:
    """All shards. Sequence numbers grow, in all of them together."""

    def __init__(self, world: World, shards: int) -> None:
        self._world = world
        self.shards: dict[str, SimShard] = {}
        self.contents: dict[int, Sequence[Told]] = {}
        self.arrived: dict[Position, tuple[str, float]] = {}
        self.numbers: dict[int, int] = {}
        self._number = 0
        each = KEYS // shards
        for place in range(shards):
            last = KEYS - 1 if place == shards - 1 else (place + 1) * each - 1
            self._open(place * each, last, ())

    @property
    def open(self) -> list[SimShard]:
        """Those that take records, by their ranges."""
        found = [one for one in self.shards.values() if one.closed_at is None]
        return sorted(found, key=lambda one: one.first)

    def put(self) -> None:
        """A Kinesis record with some user records in it comes; one in fifty cannot be read."""
        dice = self._world.dice
        shard = dice.choice(self.open)
        self._number += dice.choice((1, 1, 7))
        keys = sorted({shard.first, (shard.first + shard.last) // 2, shard.last})
        count = dice.choice((1, 1, 1, 2, 5, 9)) if dice.random() < 0.98 else 0
        records = [self._next(dice.choice(keys)) for _ in range(count)]
        self.contents[self._number] = records
        at = self._world.now
        for sub in range(max(1, len(records))):
            shard.flat.append(Position(self._number, sub))
            self.arrived[Position(self._number, sub)] = (shard.shard_id, at)
        data = _LARGE if dice.random() < 0.05 else _SMALL
        shard.records.append(KinesisRecord(self._number, data, "k", at))

    def split(self) -> None:
        """One shard becomes two."""
        wide = [one for one in self.open if one.last - one.first > 1]
        if wide:
            shard = self._world.dice.choice(wide)
            middle = (shard.first + shard.last + 1) // 2
            self._close(shard)
            self._open(shard.first, middle - 1, (shard.shard_id,))
            self._open(middle, shard.last, (shard.shard_id,))

    def merge(self) -> None:
        """Two become one."""
        shards = self.open
        if len(shards) > 1:
            place = self._world.dice.randrange(len(shards) - 1)
            left, right = shards[place : place + 2]
            self._close(left)
            self._close(right)
            self._open(left.first, right.last, (left.shard_id, right.shard_id))

    def trim(self) -> list[Position]:
        """The oldest records of a shard go, and a closed one with all of its records; which."""
        dice = self._world.dice
        shard = dice.choice(list(self.shards.values()))
        most = len(shard.records) if shard.closed_at is not None else len(shard.records) // 2
        cut = dice.choice((most, dice.randint(0, most)))
        gone = shard.records[:cut]
        del shard.records[:cut]
        old = all(self.shards[one].gone_at is not None for one in shard.parents)
        if shard.closed_at is not None and not shard.records and old and shard.gone_at is None:
            shard.gone_at = self._world.now
            self._world.say("stream", f"{shard.shard_id} is gone")
        self._world.say("stream", f"{shard.shard_id} lost {[one.sequence_number for one in gone]}")
        return [
            Position(one.sequence_number, sub)
            for one in gone
            for sub in range(max(1, len(self.contents[one.sequence_number])))
        ]

    def _next(self, key: int) -> Told:
        number = self.numbers.get(key, 0)
        self.numbers[key] = number + 1
        return Told(key, number)

    def _open(self, first: int, last: int, parents: tuple[str, ...]) -> None:
        shard_id = f"shard-{len(self.shards)}"
        self.shards[shard_id] = SimShard(shard_id, first, last, parents, self._world.now)
        self._world.say("stream", f"{shard_id} follows {parents}")

    def _close(self, shard: SimShard) -> None:
        shard.closed_at = self._world.now
