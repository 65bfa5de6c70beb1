"""All aggregates that are not settled yet, oldest first."""

from __future__ import annotations

from collections import OrderedDict
from itertools import chain, count, takewhile
from typing import TYPE_CHECKING, Final, Generic

from kinesis_producer.core.aggregate import Aggregate, H, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kinesis_producer.core.lane import Lane
    from kinesis_producer.records import Keys


#: Seconds. Somebody always looks when an aggregate is overdue (`Live.next_overdue`), late by what a
#: busy machine takes to wake a thread. Whoever comes later than this was stopped with the process.
FROZEN: Final = 0.5


class Live(Generic[H]):
    """The one register that says which aggregates exist; every queue can be rebuilt from it.

    It has two halves, each in the order in which its aggregates are overdue: those that were given
    a second chance by `reprieve`, and all others.

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
        self._reprieved: OrderedDict[int, Aggregate[H]] = OrderedDict()
        self.closed = 0

    def __len__(self) -> int:
        return len(self._reprieved) + len(self._aggregates)

    def __iter__(self) -> Iterator[Aggregate[H]]:
        return chain(self._reprieved.values(), self._aggregates.values())

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
        aggregate.full_at = aggregate.easy_at = -1
        closed = self.closed + len(aggregate.records)
        aggregate.move(State.CLOSED)
        self.closed = closed  # without a call in between: an interruption would leave it uncounted

    def remove(self, aggregate: Aggregate[H]) -> None:
        """It is settled."""
        self._reprieved.pop(aggregate.number, None)
        self._aggregates.pop(aggregate.number, None)

    def deadline(self, aggregate: Aggregate[H]) -> float:
        """When its retries end."""
        return aggregate.opened_at + self._delivery_timeout

    def overdue_at(self, aggregate: Aggregate[H]) -> float:
        """When its outcome is due: a request in flight is given its own timeout on top."""
        extra = self._request_timeout if aggregate.state is State.IN_FLIGHT else 0.0
        return self._last_start(aggregate) + extra

    def overdue(self, now: float) -> list[Aggregate[H]]:
        """Those whose outcome is due now."""
        late = [
            takewhile(lambda aggregate: self._last_start(aggregate) <= now, register.values())
            for register in (self._reprieved, self._aggregates)
        ]
        return [aggregate for aggregate in chain(*late) if self.overdue_at(aggregate) <= now]

    def slept_through(self, aggregate: Aggregate[H], now: float) -> bool:
        """Whether its time ran out, without an attempt, while the whole process was stopped."""
        return not aggregate.attempts and now - self._last_start(aggregate) > FROZEN

    def reprieve(self, aggregate: Aggregate[H], now: float) -> None:
        """Let one attempt begin within another ``request_timeout``; it is not retried."""
        aggregate.reprieved_until = now + self._request_timeout
        self._reprieved[aggregate.number] = aggregate
        self._reprieved.move_to_end(aggregate.number)
        self._aggregates.pop(aggregate.number, None)

    def repair(self) -> None:
        """See to it that none is here twice, after an interruption."""
        for number in self._reprieved:
            self._aggregates.pop(number, None)

    def _last_start(self, aggregate: Aggregate[H]) -> float:
        """Until when an attempt may begin."""
        return aggregate.reprieved_until or self.deadline(aggregate)

    def next_overdue(self, now: float) -> float:
        """When the next outcome may be due at the earliest, also one of a record yet to come.

        Whoever waits so long, and looks again, need not be told of new records.
        """
        soonest = now + self._delivery_timeout
        for register in (self._reprieved, self._aggregates):
            for aggregate in register.values():
                soonest = min(soonest, self.overdue_at(aggregate))
                if aggregate.state is not State.IN_FLIGHT:
                    break
        return soonest

    def oldest_closed(self, lane: Lane[H] | None) -> Aggregate[H] | None:
        """The oldest that is closed and not in flight; of a lane, if one is given."""
        closed = (one for one in self if one.state is State.CLOSED)
        return next((one for one in closed if lane is None or one.lane is lane), None)
