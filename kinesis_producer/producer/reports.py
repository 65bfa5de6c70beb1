"""Outcomes on their way to those who asked: deliveries at once, callbacks by the reporter."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final

from kinesis_producer.errors import UndeliveredRecords
from kinesis_producer.metrics import RequestMetrics
from kinesis_producer.producer.delivery import failed
from kinesis_producer.producer.waiting import Waiter
from kinesis_producer.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.core.aggregate import Aggregate
    from kinesis_producer.producer.delivery import Delivery
    from kinesis_producer.records import Totals

#: How many errors of deliveries that nobody looked at are kept for `UndeliveredRecords`.
_SAMPLES: Final = 10


class Reports:
    """What was settled, and who knows of it. Guarded by the lock of the room.

    Args:
        told: somebody is told of every outcome (``on_delivery``).
        listening: the reporter wants every aggregate.

    Attributes:
        reporter: wakes the reporter thread.
        untold: records given up of which nobody was told.
        unsaid: those of them that no `undelivered` has counted either.
        waiting: what the reporter has not fetched yet.
    """

    def __init__(self, *, told: bool, listening: bool) -> None:
        self.reporter = Waiter()
        self.untold = 0
        self.unsaid = 0
        self.waiting: deque[Aggregate[Delivery] | RequestMetrics] = deque()
        self._told = told
        self._listening = listening
        self._handed_out: list[Aggregate[Delivery] | RequestMetrics] = []
        self._samples: list[Delivery] = []
        self._thread: int | None = None

    @property
    def idle(self) -> bool:
        """Whether the reporter has seen to everything."""
        return not self.waiting and not self._handed_out

    def begin(self) -> None:
        """The calling thread is the reporter from now on."""
        self._thread = threading.get_ident()

    def on_reporter(self) -> bool:
        """Whether the calling thread is the reporter: a callback of somebody's is running."""
        return threading.get_ident() == self._thread

    def add(self, metrics: RequestMetrics) -> None:
        """Have a request reported."""
        self.waiting.append(metrics)

    def announce(self, aggregate: Aggregate[Delivery]) -> None:
        """Set the outcome of a delivery, wake who waits for it, and have it reported."""
        delivery = aggregate.handle
        if delivery.settlement is not None or aggregate.settlement is None:
            return
        if self._listening or delivery.callbacks:
            self.waiting.append(aggregate)
        delivery.settlement = aggregate.settlement
        if not self._told:
            self.missed(delivery)
        for waiter in delivery.waiters:
            waiter.wake()

    def tell(self, delivery: Delivery) -> None:
        """Somebody has asked what became of it."""
        if not delivery.told:
            self._uncount(delivery)
            delivery.told = True

    def missed(self, delivery: Delivery) -> None:
        """Nobody was told of it: there is no ``on_delivery``, or it raised."""
        settlement = delivery.settlement
        if delivery.told or settlement is None or settlement.outcome is Outcome.DELIVERED:
            return
        delivery.missed = True
        self.untold += settlement.records
        self.unsaid += settlement.records
        if len(self._samples) < _SAMPLES:
            self._samples.append(delivery)

    def call_back(self, delivery: Delivery, callback: Callable[[Delivery], object]) -> bool:
        """Whether the reporter will call; otherwise it is settled already."""
        if delivery.settlement is not None:
            return False
        delivery.callbacks.append(callback)
        return True

    def hand_out(self) -> list[Aggregate[Delivery] | RequestMetrics]:
        """All that is waiting, for the reporter."""
        self._handed_out = list(self.waiting)
        self.waiting.clear()
        return self._handed_out

    def seen(self) -> list[Aggregate[Delivery]]:
        """The aggregates whose records were kept for the last lot, which has been reported now."""
        lot, self._handed_out = self._handed_out, []
        return [one for one in lot if not isinstance(one, RequestMetrics)] if self._told else []

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
