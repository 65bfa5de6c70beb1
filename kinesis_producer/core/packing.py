"""What goes into a request, where the shards are known: entry by entry, as they have headroom."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import TYPE_CHECKING, Final, Generic

from kinesis_producer.core.aggregate import Aggregate, H
from kinesis_producer.core.ranking import Ranking
from kinesis_producer.core.shrinkage import Shrinkage
from kinesis_producer.records import NO_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.core.accumulator import Accumulator
    from kinesis_producer.core.lane import Lane
    from kinesis_producer.core.lane_map import LaneMap
    from kinesis_producer.core.line import Line
    from kinesis_producer.core.put_records import RequestLimits
    from kinesis_producer.core.readiness import Readiness
    from kinesis_producer.core.rules import BacklogRules

_NEVER: Final = float("inf")

#: Own: seconds for which the mean rate of all shards is good enough.
_MEAN_HOLDS: Final = 0.1


class Packing(Generic[H]):
    """Fills requests from the lane with the most headroom, ties at random.

    What it costs grows with the lanes that have records of their own, not with the shards.

    Args:
        rules: sizes.
        lanes: of all shards.
        free: what has no keys.
        readiness: when that, and what is in a lane, is ready.
        accumulator: what is open.
        dice: a random number from 0 to 1, without 1.

    Attributes:
        working: the lanes that may have records of their own.
    """

    def __init__(  # noqa: PLR0913, PLR0917 -- each is a fact of its own
        self,
        rules: BacklogRules,
        lanes: LaneMap[H],
        free: Line[H],
        readiness: Readiness[H],
        accumulator: Accumulator[H],
        dice: Callable[[], float],
    ) -> None:
        self._rules = rules
        self._lanes = lanes
        self._free = free
        self._readiness = readiness
        self._accumulator = accumulator
        self._dice = dice
        self._ranking: Ranking[H] = Ranking(dice)
        self._shrinkage: Shrinkage[H] = Shrinkage()
        self._mean, self._mean_at = 0.0, -_NEVER
        self.working: dict[Lane[H], None] = {}

    def reset(self) -> None:
        """There are other lanes."""
        self._ranking.reset(self._lanes)
        self._mean_at = -_NEVER
        self.working = dict.fromkeys(self._lanes.all)

    def with_work(self) -> list[Lane[H]]:
        """The lanes that have records of their own."""
        holds = self._accumulator.holds
        lanes = [lane for lane in self.working if lane.line or holds(lane)]
        self.working = dict.fromkeys(lanes)
        return lanes

    def has_free(self) -> bool:
        """Whether there is something without keys."""
        return bool(self._free) or self._accumulator.holds(None)

    def soonest(self) -> float:
        """When a shard may be given what has no keys."""
        if self._rules.ordered:
            free = filter(self._readiness.is_free, self._lanes)
            return min((lane.due() for lane in free), default=_NEVER)
        first = self._ranking.first()
        return _NEVER if first is None else first.due()

    def pack(self, now: float) -> list[Aggregate[H]]:
        """What goes into one request."""
        cargo = _Cargo[H](self._rules.requests, self._share())
        self._readiness.filling = True
        if self.has_free():
            self._pack_any(cargo, now)
        if not cargo.full:
            self._pack_own(cargo, now)
        self._readiness.filling = False
        return cargo.aggregates

    def _share(self) -> int:
        """How many entries of one request there may be.

        In order, a lane waits for the answer before it goes on: were one request to take all lanes,
        the other senders would have nothing to do meanwhile.
        """
        if not self._rules.ordered:
            return self._rules.requests.count
        return -(-len(self._lanes.all) // self._rules.senders)

    def _pack_any(self, cargo: _Cargo[H], now: float) -> None:
        """From whichever lane, while there is something without keys."""
        passed = []
        free = self._readiness.head(self._free, None, now)
        while free is not None and not cargo.full:
            lane = self._ranking.first()
            if lane is None or not self._has_credit(lane, now):
                break
            self._ranking.set_aside(lane)
            sent = self._send(lane, free, cargo, now)
            if sent and not self._rules.ordered:
                self._ranking.rank(lane)
            else:
                passed.append(lane)
            if sent is free:
                free = self._readiness.head(self._free, None, now)
        for lane in passed:
            self._ranking.rank(lane)

    def _has_credit(self, lane: Lane[H], now: float) -> bool:
        self.pass_time(lane, now)
        return lane.may_send(now)

    def _pack_own(self, cargo: _Cargo[H], now: float) -> None:
        """From lanes that have records of their own."""
        ready = [self._place(lane) for lane in self.with_work() if self._is_ready(lane, now)]
        heapify(ready)
        while ready and not cargo.full:
            *_, lane = heappop(ready)
            sent = self._send(lane, None, cargo, now)
            self._ranking.rank(lane)
            if sent and lane.may_send(now) and not self._rules.ordered:
                heappush(ready, self._place(lane))

    def _place(self, lane: Lane[H]) -> tuple[float, float, str, Lane[H]]:
        return lane.credit_since, self._dice(), lane.shard_id, lane

    def _is_ready(self, lane: Lane[H], now: float) -> bool:
        return self._has_credit(lane, now) and self._readiness.at(lane.line, lane) <= now

    def _send(
        self, lane: Lane[H], free: Aggregate[H] | None, cargo: _Cargo[H], now: float
    ) -> Aggregate[H] | None:
        """What a lane sends next goes into the request: what it is, if there is room for it.

        Of its own and of what has no keys, it is what began first.
        """
        own = self._readiness.head(lane.line, lane, now) if lane in self.working else None
        taken = free if free is not None and self._takes_free(lane) else None
        chosen = min(filter(None, (own, taken)), key=_number, default=None)
        if chosen is None or not cargo.add(chosen):
            return None
        (lane.line if chosen is own else self._free).pop()
        self.depart(chosen, lane)
        return chosen

    def _takes_free(self, lane: Lane[H]) -> bool:
        return lane not in self._lanes.ending and self._readiness.is_free(lane)

    def depart(self, aggregate: Aggregate[H], lane: Lane[H]) -> None:
        """It goes by that lane."""
        lane.aboard[aggregate.number] = aggregate
        aggregate.aim = lane
        self._shrinkage.charge(aggregate, lane)
        if aggregate.keys == NO_KEYS and aggregate.hash_key is None:
            span = lane.span
            aggregate.hash_key = span.first + int(self._dice() * (span.last - span.first))

    def come_back(self, aggregate: Aggregate[H], lane: Lane[H]) -> None:
        """Its request has returned."""
        lane.aboard.pop(aggregate.number, None)
        self._shrinkage.correct(aggregate, lane)

    def rank(self, lane: Lane[H]) -> None:
        """The credit of a lane has changed."""
        self._ranking.rank(lane)

    def pass_time(self, lane: Lane[H], now: float) -> None:
        """A lane earns credit, up to now."""
        if now - self._mean_at > _MEAN_HOLDS:
            self._mean, self._mean_at = self._lanes.mean_rate(), now
        lane.limiter.pass_time(now, self._mean)


def _number(aggregate: Aggregate[H]) -> int:
    return aggregate.number


class _Cargo(Generic[H]):
    """What one request takes.

    Args:
        limits: of a request.
        most: aggregates.

    Attributes:
        full: nothing more fits.
    """

    def __init__(self, limits: RequestLimits, most: int) -> None:
        self.aggregates: list[Aggregate[H]] = []
        self.full = False
        self._most = most
        self._room = limits.size
        self._places = limits.count

    def add(self, aggregate: Aggregate[H]) -> bool:
        """Whether it fits; anything does while it is empty."""
        self._room -= aggregate.next_size
        self._places -= aggregate.entries
        if self.aggregates and (self._room < 0 or self._places < 0):
            self.full = True
            return False
        self.aggregates.append(aggregate)
        self.full = len(self.aggregates) >= self._most
        return True
