"""The lanes of a stream, one for each open shard, and what becomes of them when shards change."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Final, Generic

from kinesis_producer.core.aggregate import Aggregate, H
from kinesis_producer.core.hash_keys import WHOLE_RANGE
from kinesis_producer.core.lane import Lane
from kinesis_producer.core.limiter import Limiter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kinesis_producer.core.hash_keys import HashRange
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
        found = self._by_keys[keys] = None if shard_id is None else self._lanes.get(shard_id)
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
        spans = _Spans(before.values())
        lanes: dict[str, Lane[H]] = {}
        for shard_id, span in ({} if facts.shards is None else facts.shards.ranges).items():
            lane = before.get(shard_id)
            if lane is None or lane.span != span:
                lane = Lane(shard_id, span, Limiter(now, known=known), self._load)
                lane.limiter.inherit([one.limiter for one in spans.meeting(span)])
            lanes[shard_id] = lane
        # at once, as far as can be: what sends may come into the middle of it
        self._facts, self._lanes, self._by_keys = facts, lanes, {}
        return [lane for shard_id, lane in before.items() if lanes.get(shard_id) is not lane]

    def follow(self, gone: list[Lane[H]]) -> None:
        """Where order is kept, lanes end before those begin that come after them."""
        self.ending += [one for one in gone if not one.ended]
        lanes = _Spans(self)
        for lane in self:
            lane.after = []
        for one in self.ending:
            for lane in lanes.meeting(one.span):
                lane.after.append(one)

    def begin_after(
        self, flying: Sequence[Aggregate[H]], waiting: Sequence[Aggregate[H]], now: float
    ) -> None:
        """Begin when these are settled, which belong to no lane: they get one of their own.

        Args:
            flying: in requests.
            waiting: closed; who calls puts them into the line.
            now: monotonic time.
        """
        if not flying and not waiting:
            return
        before = Lane[H]("", WHOLE_RANGE, Limiter(now, known=False), self._load)
        for aggregate in (*flying, *waiting):
            aggregate.move_to(before)
        for aggregate in flying:
            before.aboard[aggregate.number] = aggregate
            aggregate.aim = before
        self.ending.append(before)
        self.follow([])

    def forget_ended(self) -> None:
        """What is empty is not needed any more."""
        if self.ending:
            self.ending = [one for one in self.ending if not one.ended]


class _Spans(Generic[H]):
    """Lanes that have no hash key in common, in the order of these."""

    def __init__(self, lanes: Iterable[Lane[H]]) -> None:
        self._lanes = sorted(lanes, key=lambda one: one.span.first)
        self._firsts = [one.span.first for one in self._lanes]

    def meeting(self, span: HashRange) -> list[Lane[H]]:
        """Those that have some with a range."""
        begin = max(bisect_right(self._firsts, span.first) - 1, 0)
        end = bisect_right(self._firsts, span.last)
        return [one for one in self._lanes[begin:end] if one.span.meets(span)]
