"""Open aggregates: where a record goes, and when an aggregate closes."""

from __future__ import annotations

from collections import OrderedDict
from itertools import chain
from typing import TYPE_CHECKING, Generic

from kinesis_producer.core.aggregate import SHARED, Aggregate, CloseReason, H, State
from kinesis_producer.limits import KEYS_OVERHEAD, MAX_OPEN_AGGREGATES
from kinesis_producer.records import NO_KEYS, Keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kinesis_producer.core.lane import Lane
    from kinesis_producer.core.live import Live
    from kinesis_producer.core.rules import AggregateRules


class Accumulator(Generic[H]):
    """Records with equal keys share the open aggregate of those keys; lanes keep theirs apart.

    Where the format keeps the keys of each record, all records of a lane share one.

    Args:
        rules: the sizes an aggregate is held to.
        live: where a new aggregate is registered.
        on_close: takes each aggregate that closes.

    Attributes:
        size_limit: framed bytes at which those close that are begun from now on.
        alone: every record is an aggregate of its own for now.
    """

    def __init__(
        self, rules: AggregateRules, live: Live[H], on_close: Callable[[Aggregate[H]], None]
    ) -> None:
        self._rules = rules
        self._live = live
        self._on_close = on_close
        self._open: dict[Lane[H] | None, OrderedDict[Keys, Aggregate[H]]] = {}
        self._count = 0
        self.size_limit = rules.size_limit
        self.alone = False

    def __len__(self) -> int:
        return self._count

    @property
    def keyless(self) -> Aggregate[H] | None:
        """The open aggregate of the records without keys."""
        return self._group(None).get(NO_KEYS)

    @property
    def pending(self) -> int:
        """Records in open aggregates."""
        return sum(len(aggregate.records) for aggregate in self._all())

    def holds(self, lane: Lane[H] | None) -> bool:
        """Whether something of a lane, or of none, is open."""
        return bool(self._open.get(lane))

    def oldest(self, lane: Lane[H] | None) -> Aggregate[H] | None:
        """The one of a lane, or of none, that was opened first."""
        return next(iter(self._group(lane).values()), None)

    def append(
        self, record: bytes, keys: Keys, key_size: int, now: float, lane: Lane[H] | None = None
    ) -> Aggregate[H]:
        """The aggregate that now holds the record."""
        shared = lane is not None and self._rules.form.mixes
        slot = SHARED if shared else keys
        aggregate = self._group(lane).get(slot)
        own_size = self._rules.own_size(aggregate, keys, key_size) if shared else 0
        if aggregate is not None and not self._has_room(aggregate, len(record) + own_size):
            aggregate = None
        if aggregate is None:
            aggregate = self._begin(record, keys, key_size, now, lane, slot)
        else:
            aggregate.append(record, overhead=self._rules.overhead)
        if shared:
            keys_size = key_size + KEYS_OVERHEAD
            aggregate.note_keys(keys, own_size=own_size, keys_size=keys_size)
        reason = CloseReason.COUNT if self.alone else self._rules.refusal(aggregate, 0)
        if reason is None:
            aggregate.easy_at = self._rules.easy_at(aggregate)
        else:
            self.close(aggregate, reason)
        return aggregate

    def spot(self, keys: Keys, lane: Lane[H] | None) -> Aggregate[H] | None:
        """The open aggregate for records with these keys."""
        group = self._open.get(lane)
        if not group:
            return None
        return group.get(SHARED if lane is not None and self._rules.form.mixes else keys)

    def close(self, aggregate: Aggregate[H], reason: CloseReason) -> None:
        """Close one, and pass it on."""
        aggregate.reason = reason
        aggregate.data_size = self._rules.data_size(aggregate)
        aggregate.singles = len(aggregate.records) if self._rules.form.single else 1
        aggregate.wire_size = self._rules.framed_size(aggregate) + aggregate.wire_key_size
        self._live.close(aggregate)
        group = self._group(aggregate.lane)
        if group.get(aggregate.slot) is aggregate:
            del group[aggregate.slot]
            self._count -= 1
        self._on_close(aggregate)

    def close_aged(self, now: float) -> None:
        """Close what has reached its age, of those without a lane."""
        while self.due() <= now and (oldest := self.oldest(None)) is not None:
            self.close(oldest, CloseReason.AGE)

    def close_all(self, reason: CloseReason) -> None:
        """Close everything, oldest first."""
        for aggregate in sorted(self._all(), key=lambda one: one.number):
            self.close(aggregate, reason)

    def due(self) -> float:
        """When the oldest of those without a lane reaches its age; infinity if none is open."""
        oldest = self.oldest(None)
        return float("inf") if oldest is None else oldest.opened_at + self._rules.time_limit

    def regroup(self, lane_of: Callable[[Keys], Lane[H] | None]) -> None:
        """Other lanes have taken the place of those that there were.

        Where records with other keys share an aggregate, it was closed before.
        """
        everything = sorted(self._all(), key=lambda one: one.number)
        self._open.clear()
        for aggregate in everything:
            aggregate.move_to(lane_of(aggregate.keys))
            self._group(aggregate.lane)[aggregate.slot] = aggregate

    def close_shared(self) -> None:
        """Close what records with different keys share, or will, before they go other ways."""
        if not self._rules.form.mixes:
            return
        for aggregate in sorted(self._all(), key=lambda one: one.number):
            if aggregate.keys != NO_KEYS:
                self.close(aggregate, CloseReason.SHARDS)

    def rebuild(self, aggregates: Iterable[Aggregate[H]]) -> None:
        """Start again from the register, after an interruption left the doors half open.

        Of two that are open for the same keys the older one is closed.
        """
        self._open.clear()
        self._count = 0
        for aggregate in [one for one in aggregates if one.state is State.OPEN]:
            older = self._group(aggregate.lane).get(aggregate.slot)
            if older is not None:
                self.close(older, CloseReason.FLUSH)
            self._group(aggregate.lane)[aggregate.slot] = aggregate
            self._count += 1

    def _all(self) -> Iterable[Aggregate[H]]:
        return chain.from_iterable(group.values() for group in self._open.values())

    def _group(self, lane: Lane[H] | None) -> OrderedDict[Keys, Aggregate[H]]:
        group = self._open.get(lane)
        if group is None:
            group = self._open[lane] = OrderedDict()
        return group

    def _has_room(self, aggregate: Aggregate[H], size: int) -> bool:
        """Whether a record of that size fits; where it does not, the aggregate closes."""
        reason = self._rules.refusal(aggregate, size)
        if reason is not None:
            self.close(aggregate, reason)
        return reason is None

    def _begin(  # noqa: PLR0913, PLR0917 -- the record, and its place
        self,
        record: bytes,
        keys: Keys,
        key_size: int,
        now: float,
        lane: Lane[H] | None,
        slot: Keys,
    ) -> Aggregate[H]:
        if self._count >= MAX_OPEN_AGGREGATES:
            groups = filter(None, self._open.values())
            oldest = min((next(iter(one.values())) for one in groups), key=lambda one: one.number)
            self.close(oldest, CloseReason.CROWD)
        aggregate = self._live.admit(record, keys, key_size, now)
        aggregate.lane = lane
        aggregate.slot = slot
        aggregate.size_limit = self.size_limit
        self._group(lane)[slot] = aggregate
        self._count += 1
        return aggregate
