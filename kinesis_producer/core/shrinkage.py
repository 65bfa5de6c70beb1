"""How much smaller aggregates are when sent than they can be at the most."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic

from kinesis_producer.core.aggregate import Aggregate, H

if TYPE_CHECKING:
    from kinesis_producer.core.lane import Lane

#: How much one aggregate counts among those before it.
_WEIGHT: Final = 0.1


class Shrinkage(Generic[H]):
    """What a limiter is charged: the size that is to be expected, corrected when it is known.

    Compression makes an eighth of 100,000 bytes: who charges what it might have been leaves the
    shards idle.
    """

    def __init__(self) -> None:
        self._ratio = 1.0

    def charge(self, aggregate: Aggregate[H], lane: Lane[H]) -> None:
        """It is being sent by that lane."""
        aggregate.cost = aggregate.next_size * self._ratio
        aggregate.toll = aggregate.entries
        lane.limiter.spend(aggregate.cost, aggregate.toll)

    def correct(self, aggregate: Aggregate[H], lane: Lane[H]) -> None:
        """Its request has returned; where it was never built, its size is not known."""
        if aggregate.sent_size:
            lane.limiter.give_back(aggregate.cost, aggregate.sent_size, aggregate.toll)
            if aggregate.rest is None:
                ratio = aggregate.sent_size / aggregate.wire_size
                self._ratio += _WEIGHT * (ratio - self._ratio)
