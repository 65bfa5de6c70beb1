"""The reporter: runs every callback, so that none can hold up a sender."""

from __future__ import annotations

from collections import Counter
from operator import methodcaller
from typing import TYPE_CHECKING, TypeVar

from kinesis_producer import log
from kinesis_producer.metrics import RequestMetrics
from kinesis_producer.producer import interruption
from kinesis_producer.producer.delivery import Report, failed
from kinesis_producer.records import UserRecord

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.core.aggregate import Aggregate
    from kinesis_producer.metrics import AggregateMetrics, MetricsListener
    from kinesis_producer.producer.delivery import Delivery
    from kinesis_producer.producer.outbox import Outbox
    from kinesis_producer.producer.reports import Notice
    from kinesis_producer.records import Settlement

T = TypeVar("T")


class Reporter:
    """The one thread that calls what the user gave.

    Args:
        outbox: where outcomes come from.
        on_delivery: called with a `Report` for each aggregate.
        metrics: told of each aggregate and each request.
    """

    def __init__(
        self,
        outbox: Outbox,
        on_delivery: Callable[[Report], object] | None,
        metrics: MetricsListener | None,
    ) -> None:
        self._outbox = outbox
        self._on_delivery = on_delivery
        self._metrics = metrics
        self._errors: Counter[str] = Counter()

    def run(self) -> None:
        """Report until the producer is closed and everything is reported."""
        interruption.serve(self._outbox)
        try:
            while (lot := self._outbox.collect()) is not None:
                for one in lot:
                    if isinstance(one, RequestMetrics):
                        self._measure("request", one)
                    else:
                        self._aggregate(one)
        except BaseException:
            self._outbox.dismiss_reporter()
            raise

    def _aggregate(self, notice: Notice) -> None:
        for callback in notice.delivery.callbacks:
            self._call("a done callback", callback, notice.delivery)
        self._measure("aggregate", notice.metrics)
        if self._on_delivery is not None and notice.aggregate is not None:
            report = _report(notice.aggregate, notice.settlement)
            well = self._call("on_delivery", self._on_delivery, report)
            self._outbox.heard(notice, well=well)

    def _measure(self, name: str, metrics: RequestMetrics | AggregateMetrics) -> None:
        if self._metrics is not None:
            self._call(f"metrics.{name}", methodcaller(name, metrics), self._metrics)

    def _call(self, name: str, call: Callable[[T], object], argument: T) -> bool:
        """Whether it came to its end; an exception is logged once for each callback and kind."""
        try:
            call(argument)
        except BaseException as error:  # noqa: BLE001 -- a user's: sys.exit() ends nothing here
            self._outbox.count_callback_error()
            kind = f"{name}: {type(error).__name__}"
            self._errors[kind] += 1
            if self._errors[kind] == 1:
                log.exception("%s raised; further ones are counted", name)
            return False
        return True


def _report(aggregate: Aggregate[Delivery], settlement: Settlement) -> Report:
    accepted = settlement.accepted
    pairs = aggregate.pairs or [aggregate.keys] * len(aggregate.records)
    return Report(
        records=[
            UserRecord(data, *keys, number)
            for number, (data, keys) in enumerate(zip(aggregate.records, pairs, strict=True))
        ],
        outcome=settlement.outcome,
        error=failed(settlement),
        attempts=settlement.attempts,
        shard_id=None if accepted is None else accepted.shard_id,
        sequence_number=None if accepted is None else accepted.sequence_number,
    )
