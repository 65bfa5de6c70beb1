"""The memory bound: bytes charged for everything pending."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kinesis_producer.core.aggregate import Aggregate, H


class Memory:
    """What is charged, against what bound.

    The bytes of an aggregate stay charged while anything still holds them: until it is settled,
    until a request that outlived its deadline has returned, until its report was delivered.

    Args:
        limit: bytes; charged for data, key and overhead of each pending record.

    Attributes:
        charged: bytes charged now.
        starved: a caller asked for more than there was, and nothing was freed since.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.charged = 0
        self.starved = False
        self._settled = 0
        self._owed = 0

    def ask(self, size: int) -> bool:
        """Whether so many bytes fit."""
        fits = self.charged + size <= self.limit
        self.starved = self.starved or not fits
        return fits

    def charge(self, aggregate: Aggregate[H], size: int) -> None:
        """Charge so much for it, instead of what was charged before."""
        self.charged += size - aggregate.charge
        if aggregate.lane is not None:
            aggregate.lane.charged += size - aggregate.charge
        aggregate.charge = size

    @property
    def free(self) -> int:
        """Bytes that are not charged."""
        return max(0, self.limit - self.charged)

    @property
    def owes_too_much(self) -> bool:
        """Whether reports of dropped records take more than an eighth of the limit on top of it.

        Dropping frees room at once, also where ``on_delivery`` still has to be shown the records;
        a callback that does not keep up must not turn that into memory without a bound.
        """
        return self._owed > self.limit // 8

    def settle(self, aggregate: Aggregate[H], *, holds: int, dropped: bool) -> None:
        """It is settled; so many others still hold its bytes."""
        aggregate.holds = holds
        if dropped:
            self._uncharge(aggregate)
            self._owed += aggregate.charge
        else:
            self._settled += aggregate.charge
        if not holds:
            self._free(aggregate)

    def release(self, aggregate: Aggregate[H]) -> None:
        """One of those has let go."""
        aggregate.holds -= 1
        if not aggregate.holds:
            self._free(aggregate)

    def recount(self, unsettled: Iterable[Aggregate[H]]) -> None:
        """Count again, after an interruption left a sum half done."""
        unsettled = list(unsettled)
        self.charged = self._settled + sum(aggregate.charge for aggregate in unsettled)
        for aggregate in unsettled:
            if aggregate.lane is not None:
                aggregate.lane.charged += aggregate.charge

    def _free(self, aggregate: Aggregate[H]) -> None:
        if aggregate.settlement is not None and aggregate.settlement.dropped:
            self._owed -= aggregate.charge
        else:
            self._settled -= aggregate.charge
            self._uncharge(aggregate)
        aggregate.records = []
        self.starved = False
        if aggregate.lane is not None:
            aggregate.lane.starved = False

    def _uncharge(self, aggregate: Aggregate[H]) -> None:
        self.charged -= aggregate.charge
        if aggregate.lane is not None:  # which may have been counted again since
            aggregate.lane.charged = max(0, aggregate.lane.charged - aggregate.charge)
