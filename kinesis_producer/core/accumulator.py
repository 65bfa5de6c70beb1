"""Open aggregates: where a record goes, and when an aggregate closes."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Generic

from kinesis_producer.core.aggregate import Aggregate, CloseReason, H, State
from kinesis_producer.limits import MAX_OPEN_AGGREGATES
from kinesis_producer.records import NO_KEYS, Keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kinesis_producer.core.live import Live
    from kinesis_producer.core.rules import AggregateRules


class Accumulator(Generic[H]):
    """Records with equal keys share the open aggregate of those keys.

    Args:
        rules: the sizes an aggregate is held to.
        live: where a new aggregate is registered.
        on_close: takes each aggregate that closes.
    """

    def __init__(
        self, rules: AggregateRules, live: Live[H], on_close: Callable[[Aggregate[H]], None]
    ) -> None:
        self._rules = rules
        self._live = live
        self._on_close = on_close
        self._open: OrderedDict[Keys, Aggregate[H]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._open)

    @property
    def keyless(self) -> Aggregate[H] | None:
        """The open aggregate of the records without keys."""
        return self._open.get(NO_KEYS)

    @property
    def pending(self) -> int:
        """Records in open aggregates."""
        return sum(len(aggregate.records) for aggregate in self._open.values())

    def append(self, record: bytes, keys: Keys, key_size: int, now: float) -> Aggregate[H]:
        """The aggregate that now holds the record."""
        aggregate = self._with_room(keys, len(record))
        if aggregate is None:
            aggregate = self._begin(record, keys, key_size, now)
        else:
            aggregate.append(record, overhead=self._rules.overhead)
        reason = self._rules.refusal(aggregate, 0)
        if reason is not None:
            self.close(aggregate, reason)
        return aggregate

    def close(self, aggregate: Aggregate[H], reason: CloseReason) -> None:
        """Close one, and pass it on."""
        aggregate.reason = reason
        aggregate.data_size = self._rules.data_size(aggregate)
        aggregate.wire_size = self._rules.framed_size(aggregate) + aggregate.wire_key_size
        self._live.close(aggregate)
        if self._open.get(aggregate.keys) is aggregate:
            del self._open[aggregate.keys]
        self._on_close(aggregate)

    def close_aged(self, now: float) -> None:
        """Close what has reached its age."""
        while self._open and self.due() <= now:
            self.close(next(iter(self._open.values())), CloseReason.AGE)

    def close_all(self, reason: CloseReason) -> None:
        """Close everything, oldest first."""
        while self._open:
            self.close(next(iter(self._open.values())), reason)

    def due(self) -> float:
        """When the oldest reaches its age; infinity if none is open."""
        for aggregate in self._open.values():
            return aggregate.opened_at + self._rules.time_limit
        return float("inf")

    def rebuild(self, aggregates: Iterable[Aggregate[H]]) -> None:
        """Start again from the register, after an interruption left the doors half open.

        Of two that are open for the same keys the older one is closed.
        """
        self._open = OrderedDict()
        for aggregate in [one for one in aggregates if one.state is State.OPEN]:
            older = self._open.pop(aggregate.keys, None)
            if older is not None:
                self.close(older, CloseReason.FLUSH)
            self._open[aggregate.keys] = aggregate

    def _with_room(self, keys: Keys, size: int) -> Aggregate[H] | None:
        aggregate = self._open.get(keys)
        if aggregate is None:
            return None
        reason = self._rules.refusal(aggregate, size)
        if reason is None:
            return aggregate
        self.close(aggregate, reason)
        return None

    def _begin(self, record: bytes, keys: Keys, key_size: int, now: float) -> Aggregate[H]:
        if len(self._open) >= MAX_OPEN_AGGREGATES:
            self.close(next(iter(self._open.values())), CloseReason.CROWD)
        aggregate = self._live.admit(record, keys, key_size, now)
        self._open[keys] = aggregate
        return aggregate
