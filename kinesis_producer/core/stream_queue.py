"""What goes out while the shards of the stream are not known: one queue, and one pace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol

from kinesis_producer.core.aggregate import Aggregate, CloseReason, H
from kinesis_producer.core.pace import Pace
from kinesis_producer.core.retry import meaning
from kinesis_producer.core.schedule import Schedule
from kinesis_producer.records import Accepted, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kinesis_producer.core.accumulator import Accumulator
    from kinesis_producer.core.lane import Lane
    from kinesis_producer.core.memory import Memory
    from kinesis_producer.core.put_records import Batch, Result
    from kinesis_producer.core.rules import BacklogRules
    from kinesis_producer.records import Keys

_NEVER = float("inf")
_NOW = float("-inf")


class Queue(Protocol[H]):
    """What the backlog asks of whoever decides which aggregates go next."""

    def lane_of(self, keys: Keys) -> Lane[H] | None:
        """The lane of the shard that records with these keys belong to, if it is known."""
        ...

    def fits(self, lane: Lane[H] | None, size: int) -> bool:
        """Whether so many bytes more may be charged for records of a lane."""
        ...

    def opened(self, aggregate: Aggregate[H]) -> None:
        """It was just begun."""
        ...

    def add(self, aggregate: Aggregate[H]) -> None:
        """It has just closed."""
        ...

    def hurry(self) -> None:
        """What is ready now goes without waiting for a full request."""
        ...

    def retry(self, aggregate: Aggregate[H], not_before: float, failure: Failure, /) -> None:
        """It goes again, not before that time."""
        ...

    def bisect(self, aggregates: Sequence[Aggregate[H]]) -> None:
        """Send the two halves as requests of their own, next."""
        ...

    def due(self) -> float:
        """When something may go: minus infinity for now, infinity for not by itself."""
        ...

    def take(self, now: float) -> Sequence[Aggregate[H]]:
        """What fits into one request, leaving the queue; empty if nothing may go yet."""
        ...

    def learn(
        self, batch: Batch[H], results: Sequence[Sequence[Result]], *, now: float, spread: float
    ) -> None:
        """Read the results of all entries of a request, those of each aggregate together."""
        ...

    def looked(self, now: float) -> None:
        """The stream was looked at, as far as that is permitted."""
        ...

    def uncharge(self) -> None:
        """Count nothing against the quotas: it is counted again."""
        ...

    def rebuild(self, aggregates: Iterable[Aggregate[H]]) -> None:
        """Find what an interruption left in no queue."""
        ...


class StreamQueue(Generic[H]):
    """All shards as one.

    Args:
        rules: sizes and times.
        accumulator: where open aggregates are closed when their time has come.
        memory: whether callers wait for room.
        in_flight: whether a request has not returned, and somebody waits for it.
    """

    def __init__(
        self,
        rules: BacklogRules,
        accumulator: Accumulator[H],
        memory: Memory,
        in_flight: Callable[[], bool],
    ) -> None:
        self._ordered = rules.ordered
        self._accumulator = accumulator
        self._memory = memory
        self._in_flight = in_flight
        self._schedule: Schedule[H] = Schedule(
            rules.requests,
            patience=lambda: 0.0 if memory.starved else rules.patience(in_flight=in_flight()),
            ordered=rules.ordered,
        )
        self.pace = Pace()
        self._looked = False

    def lane_of(self, keys: Keys) -> Lane[H] | None:  # noqa: ARG002 -- as the protocol says
        """None is known."""
        return None

    def fits(self, lane: Lane[H] | None, size: int) -> bool:  # noqa: ARG002 -- as above
        """There are no quotas."""
        return True

    def opened(self, aggregate: Aggregate[H]) -> None:
        """Its time counts from now; see `due`."""

    def add(self, aggregate: Aggregate[H]) -> None:
        """See `Queue`, as for all of them."""
        self._schedule.add(aggregate)

    def hurry(self) -> None:  # noqa: D102
        self._schedule.hurry()

    def retry(self, aggregate: Aggregate[H], not_before: float, _: Failure) -> None:  # noqa: D102
        self._schedule.retry(aggregate, not_before)

    def bisect(self, aggregates: Sequence[Aggregate[H]]) -> None:  # noqa: D102
        self._schedule.bisect(aggregates)

    def due(self) -> float:  # noqa: D102
        if self._ordered and self._in_flight():
            return _NEVER
        earliest = self._schedule.due()
        if not self._schedule.full:
            earliest = min(earliest, self._open_due())
        return max(earliest, self.pace.due())

    def take(self, now: float) -> Sequence[Aggregate[H]]:  # noqa: D102
        self.pace.pass_time(now)
        if self.due() > now:
            return []
        if self._open_due() == _NOW:
            self._accumulator.close_all(CloseReason.MEMORY)
        if not self._schedule.full:
            self._accumulator.close_aged(now)
        return self._schedule.take(now, self.pace.spend)

    def learn(  # noqa: D102
        self,
        batch: Batch[H],
        results: Sequence[Sequence[Result]],
        *,
        now: float,
        spread: float,  # noqa: ARG002 -- as above
    ) -> None:
        accepted = throttled = 0.0
        for aggregate, each in zip(batch.aggregates, results, strict=True):
            share = aggregate.cost / len(each)
            for result in each:
                if isinstance(result, Accepted):
                    accepted += share
                elif meaning(result).throttled:
                    throttled += share
        self.pace.learn(now, accepted=round(accepted), throttled=round(throttled))

    def looked(self, now: float) -> None:  # noqa: ARG002, D102 -- as above
        if not self._looked:
            self._looked = True
            self.pace.release()

    def uncharge(self) -> None:
        """There are no quotas."""

    def rebuild(self, aggregates: Iterable[Aggregate[H]]) -> None:  # noqa: D102
        self._schedule.rebuild(aggregates)

    def _open_due(self) -> float:
        """Open aggregates wait for their age, unless the buffer is full of nothing else."""
        nothing_else = not self._schedule and not self._in_flight()
        if self._memory.starved and nothing_else and len(self._accumulator):
            return _NOW
        return self._accumulator.due()
