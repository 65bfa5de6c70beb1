"""All aggregates that are not settled yet, oldest first."""

from __future__ import annotations

from collections import OrderedDict
from itertools import count, takewhile
from typing import TYPE_CHECKING, Generic

from kinesis_producer.core.aggregate import Aggregate, H, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kinesis_producer.records import Keys


class Live(Generic[H]):
    """The one register that says which aggregates exist; every queue can be rebuilt from it.

    Args:
        new_handle: makes the handle that is given out for a new aggregate.
        overhead: as `AggregateRules.overhead`.
        delivery_timeout: from the first record of an aggregate to the end of its attempts.
        request_timeout: what a request begun before that is given on top.

    Attributes:
        closed: records in all aggregates that were ever closed.
    """

    def __init__(
        self,
        new_handle: Callable[[], H],
        *,
        overhead: int,
        delivery_timeout: float,
        request_timeout: float,
    ) -> None:
        self._new_handle = new_handle
        self._overhead = overhead
        self._delivery_timeout = delivery_timeout
        self._request_timeout = request_timeout
        self._numbers = count(1)
        self._aggregates: OrderedDict[int, Aggregate[H]] = OrderedDict()
        self.closed = 0

    def __len__(self) -> int:
        return len(self._aggregates)

    def __iter__(self) -> Iterator[Aggregate[H]]:
        return iter(self._aggregates.values())

    def admit(
        self, record: bytes, keys: Keys, key_size: int, now: float, handle: H | None = None
    ) -> Aggregate[H]:
        """A new open aggregate with its first record, and a handle of its own unless given one."""
        handle = self._new_handle() if handle is None else handle
        aggregate = Aggregate(next(self._numbers), keys, key_size, now, handle)
        aggregate.append(record, overhead=self._overhead)
        self._aggregates[aggregate.number] = aggregate
        return aggregate

    def close(self, aggregate: Aggregate[H]) -> None:
        """It takes no more records."""
        aggregate.full_at = -1
        aggregate.move(State.CLOSED)
        self.closed += len(aggregate.records)

    def remove(self, aggregate: Aggregate[H]) -> None:
        """It is settled."""
        del self._aggregates[aggregate.number]

    def deadline(self, aggregate: Aggregate[H]) -> float:
        """When its attempts end."""
        return aggregate.opened_at + self._delivery_timeout

    def overdue_at(self, aggregate: Aggregate[H]) -> float:
        """When its outcome is due: a request in flight is given its own timeout on top."""
        extra = self._request_timeout if aggregate.state is State.IN_FLIGHT else 0.0
        return self.deadline(aggregate) + extra

    def overdue(self, now: float) -> list[Aggregate[H]]:
        """Those whose outcome is due now."""
        late = takewhile(lambda aggregate: self.deadline(aggregate) <= now, self)
        return [aggregate for aggregate in late if self.overdue_at(aggregate) <= now]

    def next_overdue(self, now: float) -> float:
        """When the next outcome may be due at the earliest, also one of a record yet to come.

        Whoever waits so long, and looks again, need not be told of new records.
        """
        soonest = now + self._delivery_timeout
        for aggregate in self:
            soonest = min(soonest, self.overdue_at(aggregate))
            if aggregate.state is not State.IN_FLIGHT:
                break
        return soonest

    def oldest_closed(self) -> Aggregate[H] | None:
        """The oldest that is closed and not in flight."""
        return next((one for one in self if one.state is State.CLOSED), None)
