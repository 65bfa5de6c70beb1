"""Outcomes: each aggregate gets one, it is counted once, and it waits here to be announced."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic

from kinesis_producer.core.aggregate import Aggregate, H, State
from kinesis_producer.records import Accepted, Failure, Outcome, Settlement, Totals

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.core.live import Live
    from kinesis_producer.core.memory import Memory


class Settled(Generic[H]):
    """What has its outcome.

    Args:
        live: the register an aggregate leaves when it is settled.
        memory: what its bytes are charged against.
        kept: whether an aggregate with this handle stays charged until it is `reported`.

    Attributes:
        unannounced: aggregates settled and not announced; who announces one takes it out.
        count: aggregates.
        late: aggregates whose answer came after they were settled.
    """

    def __init__(self, live: Live[H], memory: Memory, kept: Callable[[H], bool]) -> None:
        self._live = live
        self._memory = memory
        self._kept = kept
        self.unannounced: deque[Aggregate[H]] = deque()
        self._counts = dict.fromkeys(Outcome, 0)
        self._dropped = 0
        self._duplicates = 0
        self.count = 0
        self.late = 0

    def deliver(self, aggregate: Aggregate[H], accepted: Accepted) -> None:
        """The service confirmed it."""
        self._settle(aggregate, Outcome.DELIVERED, accepted=accepted)

    def fail(self, aggregate: Aggregate[H], failure: Failure, *, dropped: bool = False) -> None:
        """Give it up: possibly written if any attempt may have done so, else not written.

        Where it is in a request that has not returned, that attempt may have done so too. What was
        written in part counts as possibly written: beside each attempt in doubt, as a copy more.
        """
        if aggregate.aboard or aggregate.partly_written:
            aggregate.doubts += 1
        outcome = Outcome.POSSIBLY_WRITTEN if aggregate.doubts else Outcome.NOT_WRITTEN
        self._settle(aggregate, outcome, failure=failure, dropped=dropped)

    def return_late(self, aggregate: Aggregate[H]) -> None:
        """The request of an aggregate that is settled has returned after all."""
        self.late += 1
        self._memory.release(aggregate)

    def reported(self, aggregate: Aggregate[H]) -> None:
        """Whoever was to be shown its records has seen them."""
        self._memory.release(aggregate)

    def totals(self, *, received: int) -> Totals:
        """The counts now, given how many records were received."""
        return Totals(
            received=received,
            delivered=self._counts[Outcome.DELIVERED],
            not_written=self._counts[Outcome.NOT_WRITTEN],
            possibly_written=self._counts[Outcome.POSSIBLY_WRITTEN],
            dropped=self._dropped,
            possible_duplicates=self._duplicates,
        )

    def finish(self) -> None:
        """Announce what an interruption kept from it; the counts may then lack that aggregate."""
        for aggregate in list(self._live):
            if aggregate.state is State.SETTLED:
                if aggregate not in self.unannounced:
                    self.unannounced.append(aggregate)
                self._live.remove(aggregate)

    def _settle(
        self,
        aggregate: Aggregate[H],
        outcome: Outcome,
        *,
        accepted: Accepted | None = None,
        failure: Failure | None = None,
        dropped: bool = False,
    ) -> None:
        settlement = Settlement(
            outcome, len(aggregate.records), aggregate.attempts, accepted, failure, dropped
        )
        aggregate.settlement = settlement
        aggregate.move(State.SETTLED)
        self.count += 1
        self.unannounced.append(aggregate)
        self._count(settlement, aggregate.doubts)
        holds = aggregate.aboard + self._kept(aggregate.handle)
        self._memory.settle(aggregate, holds=holds, dropped=dropped)
        self._live.remove(aggregate)

    def _count(self, settlement: Settlement, doubts: int) -> None:
        """Count an outcome.

        Each doubtful attempt may have written a copy. Beside a confirmed copy each of them is one
        too many; without a confirmed one, the first is not.
        """
        self._counts[settlement.outcome] += settlement.records
        self._dropped += settlement.records if settlement.dropped else 0
        surplus = doubts - (settlement.outcome is Outcome.POSSIBLY_WRITTEN)
        self._duplicates += settlement.records * surplus
