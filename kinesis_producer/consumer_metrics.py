"""What a consumer tells of itself: a listener to override, and counters under the KCL's names."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageMetrics:
    """One page of a shard was read, or one event of a subscription.

    Attributes:
        shard_id: of the shard.
        kinesis_records: records in it.
        size: bytes, partition keys included.
        millis_behind: milliseconds from there to the tip of the shard.
    """

    shard_id: str
    kinesis_records: int
    size: int
    millis_behind: int


@dataclass(frozen=True, slots=True)
class LeaseMetrics:
    """A worker has looked after its leases.

    Attributes:
        held: leases that it has.
        total: leases of shards that are not finished.
        workers: owners of these.
        taken: leases that it took, since it was made.
        expired: those of them that their owners did not renew.
        lost: leases that others took from it.
        handed_over: leases that it gave to others who asked.
    """

    held: int
    total: int
    workers: int
    taken: int
    expired: int
    lost: int
    handed_over: int


class ConsumerListener:
    """Override what you want to hear.

    `page` is called by the threads that read, several at once; `leases` by the one that keeps
    leases. An exception is logged once and ignored; a call that blocks delays what its thread does,
    and after the failover time that is the leases.
    """

    def page(self, metrics: PageMetrics) -> None:
        """A page was read."""

    def leases(self, metrics: LeaseMetrics) -> None:
        """Leases were looked after."""


class ConsumerCounters(ConsumerListener):
    """The KCL's metrics, by their names (KCL 3.5.1). Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._behind: dict[str, int] = {}
        self._leases: dict[str, int] = {}

    def page(self, metrics: PageMetrics) -> None:
        """Count a page."""
        with self._lock:
            self._counts["RecordsProcessed"] += metrics.kinesis_records
            self._counts["DataBytesProcessed"] += metrics.size
            self._behind[metrics.shard_id] = metrics.millis_behind

    def leases(self, metrics: LeaseMetrics) -> None:
        """Keep what was seen."""
        with self._lock:
            self._leases = {
                "CurrentLeases": metrics.held,
                "TotalLeases": metrics.total,
                "NumWorkers": metrics.workers,
                "TakenLeases": metrics.taken,
                "ExpiredLeases": metrics.expired,
                "LostLeases": metrics.lost,
            }

    def snapshot(self) -> dict[str, int | dict[str, int]]:
        """The numbers so far, by name; ``MillisBehindLatest`` by shard, as it was last read."""
        with self._lock:
            return {**self._counts, **self._leases, "MillisBehindLatest": dict(self._behind)}
