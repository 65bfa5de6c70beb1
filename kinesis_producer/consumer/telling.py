"""Telling a listener, whose errors must end no thread."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, TypeVar

from kinesis_producer import log
from kinesis_producer.consumer_metrics import LeaseMetrics, PageMetrics
from kinesis_producer.core.leasing.news import Happened
from kinesis_producer.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.consumer_metrics import ConsumerListener
    from kinesis_producer.core.leasing.worker import Worker
    from kinesis_producer.core.reading.pages import Page

M = TypeVar("M")


class Telling:
    """One listener, or none. Any thread.

    Raises:
        ConfigError: it lacks a method.
    """

    def __init__(self, listener: ConsumerListener | None) -> None:
        for name in ("page", "leases") if listener is not None else ():
            if not callable(getattr(listener, name, None)):
                raise ConfigError(f"metrics: has no method {name!r}; derive from ConsumerListener")
        self._listener: Final = listener
        self._failed = False

    def page(self, shard_id: str, page: Page) -> None:
        """A page was read."""
        if self._listener is not None:
            metrics = PageMetrics(shard_id, len(page.records), page.size, page.millis_behind)
            self._tell(self._listener.page, metrics)

    def leases(self, metrics: LeaseMetrics) -> None:
        """Leases were looked after."""
        if self._listener is not None:
            self._tell(self._listener.leases, metrics)

    def _tell(self, method: Callable[[M], None], metrics: M) -> None:
        try:
            method(metrics)
        except Exception:  # noqa: BLE001 -- somebody else's
            if not self._failed:
                self._failed = True
                log.exception("the listener of metrics failed; said once")


def seen_by(worker: Worker) -> LeaseMetrics:
    """What a worker knows; the lock of its room is held."""
    live = [one for one in worker.leases.values() if not one.is_finished]
    counts = Counter(worker.held.news.counts)
    return LeaseMetrics(
        held=len(worker.held),
        total=len(live),
        workers=len({one.owner for one in live if one.owner is not None}),
        taken=counts[Happened.TAKEN],
        expired=counts[Happened.EXPIRED],
        lost=counts[Happened.LOST],
        handed_over=counts[Happened.HANDED_OVER],
    )
