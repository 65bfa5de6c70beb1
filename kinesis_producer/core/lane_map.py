"""The lanes of a stream, one for each open shard, and what becomes of them when shards change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic

from kinesis_producer.core.aggregate import Aggregate, H
from kinesis_producer.core.hash_keys import WHOLE_RANGE
from kinesis_producer.core.lane import Lane
from kinesis_producer.core.limiter import Limiter

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kinesis_producer.core.line import Load
    from kinesis_producer.core.shard_map import StreamFacts
    from kinesis_producer.records import Keys

#: Keys whose lanes are remembered: an MD5 for each record would take as long as the rest.
_REMEMBERED: Final = 10_000


class LaneMap(Generic[H]):
    """Where keys go.

    Args:
        load: of all lanes.

    Attributes:
        ending: lanes of shards that are closed, which are to be emptied before others begin.
    """

    def __init__(self, load: Load) -> None:
        self._load = load
        self._facts: StreamFacts | None = None
        self._lanes: dict[str, Lane[H]] = {}
        self._by_keys: dict[Keys, Lane[H] | None] = {}
        self.ending: list[Lane[H]] = []

    def __len__(self) -> int:
        return len(self._lanes)

    def __iter__(self) -> Iterator[Lane[H]]:
        """Those of open shards."""
        return iter(self._lanes.values())

    @property
    def all(self) -> list[Lane[H]]:
        """Those of closed shards, too, as far as something is left in them."""
        return [*self, *self.ending]

    def of(self, keys: Keys) -> Lane[H] | None:
        """The lane of a record; ``None`` where it has no keys, or no shard is known for them."""
        try:
            return self._by_keys[keys]
        except KeyError:
            pass
        if len(self._by_keys) >= _REMEMBERED:
            self._by_keys.clear()
        shards = None if self._facts is None else self._facts.shards
        shard_id = None if shards is None else shards.predict(keys)
        found = self._by_keys[keys] = None if shard_id is None else self._lanes[shard_id]
        return found

    def has(self, lane: Lane[H]) -> bool:
        """Whether it is that of an open shard."""
        return self._lanes.get(lane.shard_id) is lane

    def knows(self, shard_id: str) -> bool:
        """Whether it is an open shard."""
        return shard_id in self._lanes

    def at(self, hash_key: int) -> Lane[H] | None:
        """The lane of a hash key."""
        return next((lane for lane in self if hash_key in lane.span), None)

    def mean_rate(self) -> float:
        """Bytes per second."""
        return sum(lane.limiter.rate for lane in self) / len(self._lanes)

    def change(self, facts: StreamFacts, now: float) -> list[Lane[H]]:
        """Take other shards; the lanes that are no more.

        A shard that stays keeps its lane. A new one begins at the pace of those it came from.
        """
        known = not facts.on_demand
        before = self._lanes
        ranges = {} if facts.shards is None else facts.shards.ranges
        self._lanes = {
            shard_id: before.get(shard_id)
            or Lane(shard_id, span, Limiter(now, known=known), self._load)
            for shard_id, span in ranges.items()
        }
        self._facts = facts
        self._by_keys.clear()
        for lane in self:
            if lane.shard_id not in before:
                self._inherit(lane, [one for one in before.values() if one.span.meets(lane.span)])
        return [lane for shard_id, lane in before.items() if shard_id not in self._lanes]

    def follow(self, gone: list[Lane[H]]) -> None:
        """Where order is kept, lanes end before those begin that come after them."""
        self.ending = [one for one in (*self.ending, *gone) if not one.ended]
        for lane in self:
            lane.after = [one for one in self.ending if one.span.meets(lane.span)]

    def begin_after(self, aggregates: Sequence[Aggregate[H]], now: float) -> None:
        """Begin when these are back, which went by no lane: they get one of their own."""
        if not aggregates:
            return
        before = Lane[H]("", WHOLE_RANGE, Limiter(now, known=False), self._load)
        for aggregate in aggregates:
            aggregate.move_to(before)
            before.aboard[aggregate.number] = aggregate
            aggregate.aim = before
        self.follow([before])

    def forget_ended(self) -> None:
        """What is empty is not needed any more."""
        if self.ending:
            self.ending = [one for one in self.ending if not one.ended]

    def _inherit(self, lane: Lane[H], parents: list[Lane[H]]) -> None:
        if parents:
            lane.limiter.inherit([one.limiter for one in parents])
