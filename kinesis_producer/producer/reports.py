"""Outcomes on their way to those who asked: deliveries at once, callbacks by the reporter."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple

from kinesis_producer.errors import UndeliveredRecords
from kinesis_producer.metrics import AggregateMetrics, RequestMetrics
from kinesis_producer.producer.delivery import failed
from kinesis_producer.records import Outcome
from kinesis_producer.waiting import Waiter

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.core.aggregate import Aggregate
    from kinesis_producer.producer.delivery import Delivery
    from kinesis_producer.records import Settlement, Totals

#: How many errors of deliveries that nobody looked at are kept for `UndeliveredRecords`.
_SAMPLES: Final = 10

#: How many metrics may wait for a listener that does not keep up: some megabytes.
_MOST_METRICS: Final = 10_000


class Notice(NamedTuple):
    """One aggregate has its outcome.

    Attributes:
        aggregate: with its records, which are charged for until it is reported; ``None`` unless
            there is an ``on_delivery`` to see them, or a done callback.
    """

    delivery: Delivery
    settlement: Settlement
    metrics: AggregateMetrics
    aggregate: Aggregate[Delivery] | None

    @property
    def unheard(self) -> int:
        """Records given up that ``on_delivery`` is still to be told of."""
        waits = self.aggregate is not None and not self.delivery.told
        given_up = self.settlement.outcome is not Outcome.DELIVERED
        return self.settlement.records if waits and given_up else 0


class Reports:
    """What was settled, and who knows of it. Guarded by the lock of the room.

    Args:
        told: somebody is told of every outcome (``on_delivery``).
        measuring: somebody hears of every aggregate and request (``metrics``).

    Attributes:
        reporter: wakes the reporter thread.
        untold: records given up of which nobody was told.
        unsaid: those of them that no `undelivered` has counted either.
        waiting: what the reporter has not fetched yet.
        metrics_lost: metrics for which there was no room any more.
    """

    def __init__(self, *, told: bool, measuring: bool) -> None:
        self.reporter = Waiter()
        self.untold = 0
        self.unsaid = 0
        self.metrics_lost = 0
        self.waiting: deque[Notice | RequestMetrics] = deque()
        self._told = told
        self._measuring = measuring
        self._reporting = True
        self._handed_out: list[Notice | RequestMetrics] = []
        self._samples: list[Delivery] = []

    @property
    def idle(self) -> bool:
        """Whether the reporter has seen to everything."""
        return not self.count

    @property
    def count(self) -> int:
        """What it has not seen to, or not said so."""
        return len(self.waiting) + len(self._handed_out)

    def keeps(self, delivery: Delivery) -> bool:
        """Whether its aggregate stays charged until its callbacks have been called."""
        return self._told or (self._reporting and bool(delivery.callbacks))

    def add(self, metrics: RequestMetrics) -> None:
        """Have a request reported."""
        if self._measuring:
            self._add_metrics(metrics)

    def announce(self, aggregate: Aggregate[Delivery]) -> None:
        """Set the outcome of a delivery, wake who waits for it, and have it reported."""
        delivery, settlement = aggregate.handle, aggregate.settlement
        if delivery.settlement is not None or settlement is None:
            return
        kept = aggregate if self.keeps(delivery) else None
        self._hand_in(Notice(delivery, settlement, _measure(aggregate, settlement), kept))
        if not self._told:
            self.missed(delivery, settlement)
        delivery.settlement = settlement  # last: what Ctrl-C breaks off is announced once more
        for waiter in delivery.waiters:
            waiter.wake()

    def tell(self, delivery: Delivery) -> None:
        """Somebody has asked what became of it."""
        if not delivery.told:
            self._uncount(delivery)
            delivery.told = True

    def answered(self, delivery: Delivery, *, told: bool) -> None:
        """One who asked goes: with the answer, or, when time ran out, without one."""
        delivery.asking -= 1
        if told:
            self.tell(delivery)
        elif delivery.settlement is not None and not self._told:
            self.missed(delivery, delivery.settlement)

    def missed(self, delivery: Delivery, settlement: Settlement) -> None:
        """Nobody was told of it: there is no ``on_delivery``, or it raised."""
        known = delivery.told or delivery.missed or delivery.asking
        if known or settlement.outcome is Outcome.DELIVERED:
            return
        self.untold += settlement.records
        self.unsaid += settlement.records
        delivery.missed = True
        if len(self._samples) < _SAMPLES:
            self._samples.append(delivery)

    def call_back(self, delivery: Delivery, callback: Callable[[Delivery], object]) -> bool:
        """Whether the reporter will call; otherwise it is settled already."""
        if delivery.settlement is not None:
            return False
        delivery.callbacks.append(callback)
        return True

    def hand_out(self) -> list[Notice | RequestMetrics]:
        """All that is waiting, for the reporter."""
        self._handed_out = list(self.waiting)
        self.waiting.clear()
        return self._handed_out

    def seen(self) -> list[Aggregate[Delivery]]:
        """The aggregates whose records were kept for the last lot, which has been reported now."""
        lot, self._handed_out = self._handed_out, []
        notices = [one for one in lot if isinstance(one, Notice)]
        return [one.aggregate for one in notices if one.aggregate is not None]

    def unheard(self) -> int:
        """Records given up whose reports wait behind a callback that has not returned."""
        everything = (*self._handed_out, *self.waiting)
        return sum(one.unheard for one in everything if isinstance(one, Notice))

    def abandon(self) -> None:
        """There is no reporter any more: nobody will be told by callback."""
        for one in (*self._handed_out, *self.waiting):
            if isinstance(one, Notice) and one.unheard:
                self.missed(one.delivery, one.settlement)
        self._told = self._measuring = self._reporting = False
        self._handed_out = []
        self.waiting.clear()

    def undelivered(self, totals: Totals) -> UndeliveredRecords | None:
        """The error that tells of them, if there are any."""
        self.unsaid = 0
        if not self.untold:
            return None
        settlements = [one.settlement for one in self._samples if not one.told]
        errors = [failed(one) for one in settlements if one is not None]
        samples = [error for error in errors if error is not None]
        cause = f"; one of them: {samples[0]}" if samples else ""
        return UndeliveredRecords(
            f"{self.untold} of {totals.received} records were not delivered{cause}",
            totals=totals,
            samples=samples,
        )

    def _uncount(self, delivery: Delivery) -> None:
        if delivery.missed and delivery.settlement is not None:
            delivery.missed = False
            self.untold -= delivery.settlement.records
            self.unsaid = min(self.unsaid, self.untold)

    def _hand_in(self, notice: Notice) -> None:
        last = self.waiting[-1] if self.waiting else None
        if isinstance(last, Notice) and last.delivery is notice.delivery:
            return  # an interruption came just behind it
        if self._told or notice.delivery.callbacks:
            self.waiting.append(notice)
        elif self._measuring:
            self._add_metrics(notice)

    def _add_metrics(self, metrics: Notice | RequestMetrics) -> None:
        if len(self.waiting) < _MOST_METRICS:
            self.waiting.append(metrics)
        else:
            self.metrics_lost += 1


def _measure(aggregate: Aggregate[Delivery], settlement: Settlement) -> AggregateMetrics:
    taken_at = aggregate.taken_at
    whole = aggregate.rest is None and not aggregate.pieces
    sent_size = aggregate.sent_size if whole else 0  # that of the last attempt alone
    return AggregateMetrics(
        settlement=settlement,
        reason="" if aggregate.reason is None else aggregate.reason.value,
        size=sent_size or aggregate.wire_size,
        data_size=aggregate.data_size,
        buffering_time=None if taken_at is None else taken_at - aggregate.opened_at,
        kinesis_records=len(aggregate.pieces) or aggregate.singles,
    )
