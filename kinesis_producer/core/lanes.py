"""What goes out where the shards are known: a lane for each, and the rest where there is room."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic

from kinesis_producer.core.aggregate import Aggregate, H, State
from kinesis_producer.core.landings import Landings
from kinesis_producer.core.lane_map import LaneMap
from kinesis_producer.core.line import Line, Load
from kinesis_producer.core.outage import SHARE
from kinesis_producer.core.packing import Packing
from kinesis_producer.core.pieces import WRONG_SHARD, cut
from kinesis_producer.core.readiness import Readiness
from kinesis_producer.core.retry import LONGEST_WAIT, meaning
from kinesis_producer.core.schedule import Halves
from kinesis_producer.limits import SHARD_BYTES_PER_SECOND
from kinesis_producer.records import Accepted, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from kinesis_producer.core.accumulator import Accumulator
    from kinesis_producer.core.lane import Lane
    from kinesis_producer.core.memory import Memory
    from kinesis_producer.core.put_records import Batch, Result
    from kinesis_producer.core.rules import BacklogRules
    from kinesis_producer.core.settled import Settled
    from kinesis_producer.core.shard_map import StreamFacts
    from kinesis_producer.records import Keys

_NEVER = float("inf")
_NOW = float("-inf")


#: How much larger aggregates are made than a lane needs at the least, as round trips vary; and how
#: much one of them counts.
_ENOUGH: Final = 1.3
_WEIGHT: Final = 0.1


class Lanes(Generic[H]):
    """A lane for each open shard, paced by itself; see `Queue` for what is asked of it.

    Where there is room, the shard with the most headroom goes first, with what has waited longest
    of its own lane and of the records without keys: so these go around a shard that is busy.

    Args:
        rules: sizes and times.
        accumulator: where open aggregates are closed when their time has come.
        memory: whether callers wait for room.
        settled: what has its outcome.
        in_flight: whether a request has not returned, and somebody waits for it.
        dice: a random number from 0 to 1, without 1.

    Attributes:
        landings: where entries landed, since the shards were looked at.
    """

    def __init__(  # noqa: PLR0913, PLR0917 -- each is a fact of its own
        self,
        rules: BacklogRules,
        accumulator: Accumulator[H],
        memory: Memory,
        settled: Settled[H],
        in_flight: Callable[[], bool],
        dice: Callable[[], float],
    ) -> None:
        self._rules = rules
        self._accumulator = accumulator
        self._memory = memory
        self._settled = settled
        self._load = Load()
        self._map: LaneMap[H] = LaneMap(self._load)
        self._free: Line[H] = Line(self._load)
        self._readiness: Readiness[H] = Readiness(rules, accumulator, memory, self._load, in_flight)
        self._halves: Halves[H] = Halves()
        self._packing: Packing[H] = Packing(
            rules, self._map, self._free, self._readiness, accumulator, dice
        )
        self._longest_pause = min(LONGEST_WAIT, SHARE * rules.delivery_timeout)
        self._due: float | None = None
        self._soonest: float | None = None
        self._due_after = (0, False)
        self._round_trip = 0.0
        self.landings: Landings[H] = Landings(self._map)

    # What comes in

    def lane_of(self, keys: Keys) -> Lane[H] | None:
        """The lane of the shard that records with these keys belong to, if it is known."""
        return self._map.of(keys)

    def fits(self, lane: Lane[H] | None, size: int) -> bool:
        """Whether so many bytes more are within the quota of a lane, which may hold one anyway."""
        if lane is None or not lane.charged or lane.charged + size <= lane.quota:
            return True
        lane.starved = True
        self._sooner(lane.line, lane)
        return False

    def opened(self, aggregate: Aggregate[H]) -> None:
        """It was just begun."""
        lane = aggregate.lane
        self._sooner(self._free if lane is None else lane.line, lane)

    def add(self, aggregate: Aggregate[H]) -> None:
        """It has just closed."""
        line, lane = self._place(aggregate)
        filled = self._load.fills(self._rules.requests)
        line.add(aggregate)
        if not filled and self._load.fills(self._rules.requests):
            self._due = None  # enough for a request: none waits any longer
        self._sooner(line, lane)

    def hurry(self) -> None:
        """What is ready now goes without waiting for a full request."""
        lines = [self._free, *(lane.line for lane in self._map.all)]
        self._readiness.hurry(max(line.latest() for line in lines))
        self._stir()

    def retry(self, aggregate: Aggregate[H], not_before: float, failure: Failure) -> None:
        """It goes again; its lane paces it, where its shard is known and throttled it."""
        paced = aggregate.aim is not None and meaning(failure).throttled
        if self._rules.strict and aggregate.pairs is not None:
            aggregate.misplaced += failure is WRONG_SHARD
            # where the map cannot be had anew, each key goes by itself: it is never wrong
            cut(aggregate, self._map.of if aggregate.misplaced < 2 else lambda keys: keys)
        line, lane = self._place(aggregate)
        line.retry(aggregate, _NOW if paced else not_before)
        if lane is not None:
            self._packing.working[lane] = None
        self._stir()

    def bisect(self, aggregates: Sequence[Aggregate[H]]) -> None:
        """Send the two halves as requests of their own, next."""
        for aggregate in aggregates:
            if aggregate.aim is not None:
                aggregate.aim.aboard[aggregate.number] = aggregate  # its lane has not ended
        self._halves.add(aggregates)
        self._stir()

    def _place(self, aggregate: Aggregate[H]) -> tuple[Line[H], Lane[H] | None]:
        """Where it waits. A copy of what may have been written goes to the same shard.

        In order everything does, before what was sent there later.
        """
        if aggregate.lane is not None:
            return aggregate.lane.line, aggregate.lane
        if aggregate.hash_key is not None and (aggregate.doubts or self._rules.ordered):
            lane = self._map.at(aggregate.hash_key)
            if lane is not None:
                return lane.line, lane
        aggregate.hash_key = None
        return self._free, None

    # What goes out

    def due(self) -> float:
        """When something may go: minus infinity for now, infinity for not by itself."""
        if self._halves:
            return _NOW
        seen = (self._settled.count, self._memory.starved)
        if self._due is None or self._due_after != seen:
            self._stir()
            self._due, self._due_after = self._next(), seen
        return self._due

    def _next(self) -> float:
        lanes = self._packing.with_work()
        own = [max(self._readiness.at(one.line, one), one.due()) for one in lanes]
        return min([self._free_at(), *own])

    def _stir(self) -> None:
        """What was found out of when something may go holds no more."""
        self._due = self._soonest = None

    def _free_at(self) -> float:
        ready = self._readiness.at(self._free, None) if self._packing.has_free() else _NEVER
        if ready == _NEVER:
            return _NEVER
        if self._soonest is None:
            self._soonest = self._packing.soonest()
        return max(ready, self._soonest)

    def _sooner(self, line: Line[H], lane: Lane[H] | None) -> None:
        """Something has come that may go before what was there."""
        if lane is not None:
            self._packing.working[lane] = None
        if self._due is None:
            return
        at = self._free_at() if lane is None else self._readiness.at(line, lane)
        self._due = min(self._due, at if lane is None else max(at, lane.due()))

    def take(self, now: float) -> Sequence[Aggregate[H]]:
        """What fits into one request, leaving the lanes; empty if nothing may go yet."""
        if self.due() > now:
            return []
        self._stir()
        self._map.forget_ended()
        if self._halves:
            return self._depart_again(self._halves.take())
        return self._packing.pack(now)

    def _depart_again(self, half: list[Aggregate[H]]) -> list[Aggregate[H]]:
        for aggregate in half:
            if aggregate.aim is not None:
                self._packing.depart(aggregate, aggregate.aim)
                self._packing.rank(aggregate.aim)
        return half

    # What comes back

    def learn(
        self, batch: Batch[H], results: Sequence[Sequence[Result]], *, now: float, spread: float
    ) -> None:
        """Read the results of all entries of a request, those of each aggregate together."""
        self._stir()
        self._measure(now - batch.taken_at)
        took: dict[Lane[H], set[bool | None]] = {}
        for aggregate, each in zip(batch.aggregates, results, strict=True):
            lane = aggregate.aim
            if lane is not None:
                self._packing.come_back(aggregate, lane)
                for result in _different(each):
                    took.setdefault(lane, set()).add(_took(result))
                    self.landings.note(aggregate, lane, result, sent_at=batch.taken_at)
        for lane, answers in took.items():
            if False in answers:
                self._packing.pass_time(lane, now)
                lane.limiter.throttled(batch.taken_at, now)
            if True in answers:
                lane.accepted()
            elif False in answers:
                lane.refused(
                    sent_at=batch.taken_at, now=now, spread=spread, longest=self._longest_pause
                )
            self._packing.rank(lane)

    def looked(self, now: float) -> None:
        """The shards were looked at, and may be as they were."""
        self.landings.forget(now)

    def _measure(self, round_trip: float) -> None:
        """In order, aggregates grow: a lane sends one in each round trip, and that has to do."""
        if self._rules.ordered:
            self._round_trip += _WEIGHT * (round_trip - self._round_trip)
            needed = int(_ENOUGH * SHARD_BYTES_PER_SECOND * self._round_trip)
            rules = self._rules.aggregates
            grown = min(max(rules.size_limit, needed), rules.record_limit)
            self._accumulator.size_limit = grown if rules.size_limit else 0

    # What changes

    def change(self, facts: StreamFacts, now: float, live: Iterable[Aggregate[H]]) -> None:
        """Take other shards; see to it that everything waits where it belongs."""
        self._accumulator.close_shared()
        gone = self._map.change(facts, now)
        self._grant()
        self._stir()
        live = list(live)
        if self._rules.strict:
            self._cut(live)
        self._accumulator.regroup(self._map.of)
        waiting = self._free.clear()
        if self._rules.ordered:
            self._map.follow(gone)  # which end by themselves, before others begin
            self._move(waiting)
        else:
            waiting += [one for lane in gone for one in lane.line.clear()]
            self._move(live)
        self._packing.reset()
        for aggregate in sorted(waiting, key=lambda one: one.number):
            self.add(aggregate)

    def _grant(self) -> None:
        """Each lane may take its share of the memory bound, or enough to be busy."""
        enough = 4 * self._rules.aggregates.size_limit
        share = self._memory.limit // max(len(self._map), 1)
        for lane in self._map:
            lane.quota = min(self._memory.limit, max(share, enough))

    def _cut(self, live: Iterable[Aggregate[H]]) -> None:
        """What no longer belongs together goes in pieces."""
        for aggregate in live:
            if aggregate.state is State.CLOSED and aggregate.pairs is not None:
                cut(aggregate, self._map.of)

    def adopt(self, live: Iterable[Aggregate[H]], now: float) -> None:
        """Take over what is pending from a queue that did not know the shards.

        Where order is kept, what is in flight ends before anything else begins, and what holds
        records of several shards.
        """
        live = list(live)
        self._move(live)
        if self._rules.ordered:
            flying = [one for one in live if one.state is State.IN_FLIGHT]
            mixed = [one for one in live if one.state is State.CLOSED and one.pairs is not None]
            self._map.begin_after(flying, mixed, now)
        self.rebuild(sorted(live, key=lambda one: one.number))

    def _move(self, live: Iterable[Aggregate[H]]) -> None:
        for aggregate in live:
            if aggregate.state is not State.OPEN:
                aggregate.move_to(self._map.of(aggregate.keys))

    def uncharge(self) -> None:
        """Count nothing against the quotas: it is counted again."""
        for lane in self._map.all:
            lane.charged, lane.starved = 0, False

    def rebuild(self, aggregates: Iterable[Aggregate[H]]) -> None:
        """Find what an interruption left in no queue, and have it go as if it had just closed."""
        self._stir()
        self._packing.reset()
        lines = [self._free, *(lane.line for lane in self._map.all)]
        here = {one.number for one in self._halves.all()}
        here |= {one.number for line in lines for one in line}
        for aggregate in aggregates:
            if aggregate.state is State.CLOSED and aggregate.number not in here:
                self.add(aggregate)


def _took(result: Result) -> bool | None:
    """Whether a shard took it, or throttled; ``None`` where neither is known."""
    if isinstance(result, Accepted) or result is WRONG_SHARD:
        return True
    return False if meaning(result).throttled else None


def _different(results: Sequence[Result]) -> Collection[Result]:
    """One of each kind: of those that landed in one shard, and of those with one failure."""
    if len(results) == 1:
        return results
    kinds = {one.shard_id if isinstance(one, Accepted) else one: one for one in results}
    return kinds.values()
