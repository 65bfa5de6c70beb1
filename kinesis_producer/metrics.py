"""What a producer tells of itself: a listener to override, and counters under the KPL's names."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kinesis_producer.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kinesis_producer.records import Settlement, Totals


@dataclass(frozen=True, slots=True)
class RequestMetrics:
    """One PutRecords request has come back.

    Attributes:
        kinesis_records: entries in it.
        user_records: records in these.
        size: bytes, partition keys included.
        time: seconds until its answer, or until it was clear that there is none.
        errors: how many entries met which error code; a request that failed whole counts once.
        answered: whether the service, or something in its place, answered at all.
    """

    kinesis_records: int
    user_records: int
    size: int
    time: float
    errors: Mapping[str, int]
    answered: bool


@dataclass(frozen=True, slots=True)
class AggregateMetrics:
    """One aggregate has its outcome.

    Attributes:
        settlement: the outcome.
        reason: why it closed.
        size: bytes of data and partition key, as sent.
        data_size: bytes of the user records in it.
        buffering_time: seconds from its first record to its first request; ``None`` without one.
        kinesis_records: as how many it went.
    """

    settlement: Settlement
    reason: str
    size: int
    data_size: int
    buffering_time: float | None
    kinesis_records: int = 1


class MetricsListener:
    """Override what you want to hear. Called by the reporter thread, one call at a time.

    An exception is logged once and counted; a call that blocks delays outcomes that are waited for
    by callback, and nothing else. Of what it could not be told meanwhile, 10,000 calls are kept;
    further ones are left out, and counted in ``KinesisProducer.metrics_lost``.
    """

    def request(self, metrics: RequestMetrics) -> None:
        """A request has come back."""

    def aggregate(self, metrics: AggregateMetrics) -> None:
        """An aggregate has its outcome."""


@dataclass(slots=True)
class Summary:
    """Of numbers: how many, their sum, the least and the greatest."""

    count: int = 0
    sum: float = 0.0
    min: float = field(default=float("inf"))
    max: float = field(default=float("-inf"))

    def add(self, value: float, times: int = 1) -> None:
        """Count a value."""
        self.count += times
        self.sum += value * times
        self.min = min(self.min, value)
        self.max = max(self.max, value)


class Counters(MetricsListener):
    """The KPL's metrics, by their names (KPL 1.0.7). Times are in seconds, not milliseconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._errors: Counter[str] = Counter()
        self._summaries: dict[str, Summary] = {}

    def request(self, metrics: RequestMetrics) -> None:
        """Count a request."""
        with self._lock:
            self._errors.update(metrics.errors)
            self._add("RequestTime", metrics.time)
            self._add("KinesisRecordsPerPutRecordsRequest", metrics.kinesis_records)
            self._add("UserRecordsPerPutRecordsRequest", metrics.user_records)

    def aggregate(self, metrics: AggregateMetrics) -> None:
        """Count an outcome."""
        settlement = metrics.settlement
        with self._lock:
            self._add("RetriesPerRecord", max(0, settlement.attempts - 1), settlement.records)
            if metrics.buffering_time is not None:
                self._add("BufferingTime", metrics.buffering_time, settlement.records)
            if settlement.outcome is Outcome.DELIVERED:
                written = metrics.kinesis_records
                self._add("UserRecordsPerKinesisRecord", settlement.records / written, written)
                self._counts["UserRecordsPut"] += settlement.records
                self._counts["UserRecordsDataPut"] += metrics.data_size
                self._counts["KinesisRecordsPut"] += written
                self._counts["KinesisRecordsDataPut"] += metrics.size

    def snapshot(self, totals: Totals | None = None) -> dict[str, int | dict[str, int] | Summary]:
        """The numbers so far, by name; from any thread.

        Args:
            totals: of the producer, for ``UserRecordsReceived`` and ``UserRecordsPending``.
        """
        with self._lock:
            summaries = {
                name: Summary(one.count, one.sum, one.min, one.max)
                for name, one in self._summaries.items()
            }
            counts = dict(self._counts)
            errors = dict(self._errors)
        if totals is not None:
            counts["UserRecordsReceived"] = totals.received
            counts["UserRecordsPending"] = totals.pending
        return {
            **counts,
            "ErrorsByCode": errors,
            "AllErrors": sum(errors.values()),
            **summaries,
        }

    def _add(self, name: str, value: float, times: int = 1) -> None:
        self._summaries.setdefault(name, Summary()).add(value, times)
