"""When the next aggregate of a lane is ready to go, as far as the lane itself is concerned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from kinesis_producer.core.aggregate import Aggregate, CloseReason, H

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.core.accumulator import Accumulator
    from kinesis_producer.core.lane import Lane
    from kinesis_producer.core.line import Line, Load
    from kinesis_producer.core.memory import Memory
    from kinesis_producer.core.rules import BacklogRules

_NEVER = float("inf")
_NOW = float("-inf")


class Readiness(Generic[H]):
    """Open aggregates are closed by their age only when they can go: until then they grow.

    Args:
        rules: times.
        accumulator: where they are closed.
        memory: whether callers wait for room.
        load: what is closed and never went, in all lanes.
        in_flight: whether a request has not returned, and somebody waits for it.

    Attributes:
        filling: a request is being made: nothing that fits into it waits for another.
    """

    def __init__(
        self,
        rules: BacklogRules,
        accumulator: Accumulator[H],
        memory: Memory,
        load: Load,
        in_flight: Callable[[], bool],
    ) -> None:
        self._rules = rules
        self._accumulator = accumulator
        self._memory = memory
        self._load = load
        self._in_flight = in_flight
        self._hurried = 0
        self.filling = False

    def hurry(self, number: int) -> None:
        """Nothing up to this number waits for others to share a request."""
        self._hurried = max(self._hurried, number)

    def at(self, line: Line[H], lane: Lane[H] | None) -> float:
        """Minus infinity for now, infinity for not by itself.

        Args:
            line: what is closed.
            lane: whose line it is; ``None``: that of the records without keys.
        """
        if lane is not None and self.blocked(lane):
            return _NEVER
        retry = line.next_retry()
        if retry < _NEVER and lane is not None and self._rules.ordered:
            return retry
        first = line.first()
        closed = _NEVER if first is None else self._ready_at(first, lane)
        return closed if closed == _NOW else min(retry, closed, self._open_at(line, lane))

    def head(self, line: Line[H], lane: Lane[H] | None, now: float) -> Aggregate[H] | None:
        """The next one, if it is ready now; an open one is closed for that."""
        line.wake(now)
        if self.at(line, lane) > now:
            return None
        if line.head() is None:
            oldest = self._accumulator.oldest(lane)
            assert oldest is not None  # noqa: S101 -- nothing else could be ready
            aged = oldest.opened_at + self._rules.aggregates.time_limit <= now
            self._accumulator.close(oldest, CloseReason.AGE if aged else CloseReason.MEMORY)
        return line.head()

    def blocked(self, lane: Lane[H]) -> bool:
        """Whether order keeps it: something of it is in flight, or others have to end before."""
        if not self._rules.ordered:
            return False
        lane.after = [one for one in lane.after if not one.ended]
        return bool(lane.after) or lane.busy

    def is_free(self, lane: Lane[H]) -> bool:
        """Whether its shard may be given what has no keys: in order, not before its retries."""
        return not self.blocked(lane) and not (
            self._rules.ordered and lane.line.next_retry() < _NEVER
        )

    def _ready_at(self, first: Aggregate[H], lane: Lane[H] | None) -> float:
        starved = self._memory.starved or (lane is not None and lane.starved)
        hurried = self.filling or first.number <= self._hurried
        if starved or hurried or self._load.fills(self._rules.requests):
            return _NOW
        patience = self._rules.patience(in_flight=self._in_flight())
        return first.opened_at + patience if patience else _NOW

    def _open_at(self, line: Line[H], lane: Lane[H] | None) -> float:
        oldest = self._accumulator.oldest(lane)
        if oldest is None:
            return _NEVER
        grown = self._rules.ordered and oldest.size >= self._rules.aggregates.size_limit
        if grown or self._starves(line, lane):
            return _NOW
        return oldest.opened_at + self._rules.aggregates.time_limit

    def _starves(self, line: Line[H], lane: Lane[H] | None) -> bool:
        """Whether callers wait for room, and there is none because nothing goes."""
        if line:
            return False
        if lane is not None and lane.starved and not lane.busy:
            return True
        return self._memory.starved and not self._load.count and not self._in_flight()
