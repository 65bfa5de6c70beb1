"""The table of a demo."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kinesis_producer.cli.feeding import Watch
from kinesis_producer.limits import PUT_PAYLOAD_UNIT, RANDOM_KEY_SIZE
from kinesis_producer.metrics import Summary

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinesis_producer.metrics import AggregateMetrics
    from kinesis_producer.records import Totals


class Times(Watch):
    """A watch that keeps how long each aggregate was buffered."""

    def __init__(self) -> None:
        super().__init__()
        self.buffered: list[float] = []

    def aggregate(self, metrics: AggregateMetrics) -> None:
        """Note one aggregate."""
        super().aggregate(metrics)
        if metrics.buffering_time is not None:
            self.buffered.append(metrics.buffering_time)


@dataclass(frozen=True, slots=True)
class Results:
    """What was sent, what came back, and what happened between.

    Attributes:
        seconds: from the first send to the last outcome.
        refused: records that can never be written.
        sent: records accepted, by digest.
        received: records read back, by digest.
        sizes: records sent, by size.
        written: size of each Kinesis record in the stream.
    """

    totals: Totals
    times: Times
    seconds: float
    refused: int
    sent: Counter[bytes]
    sizes: Counter[int]
    received: Counter[bytes]
    written: Sequence[int]

    @property
    def good(self) -> bool:
        """Whether every record was accepted and delivered, and came back."""
        complete = not self.refused and self.totals.delivered == self.sent.total()
        return complete and not self.lost

    @property
    def lost(self) -> int:
        """Records sent that did not come back."""
        return (self.sent - self.received).total()

    @property
    def duplicates(self) -> int:
        """Records that came back more often than they were sent."""
        return (self.received - self.sent).total()

    def table(self) -> str:
        """Names and numbers in two columns."""
        rows = [*self._sent_rows(), *self._answer_rows(), *self._result_rows()]
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)

    def _sent_rows(self) -> list[tuple[str, str]]:
        size = sum(size * count for size, count in self.sizes.items())
        written = self._number("KinesisRecordsPut")
        requests = self._summary("RequestTime").count
        per_record = self.totals.delivered / written if written else 0.0
        rate = size / self.seconds / 1e6
        stored = sum(self.written)
        return [
            ("records", f"{self.sent.total():,}"),
            ("Kinesis records", f"{written:,}"),
            ("requests", f"{requests:,}"),
            ("records per aggregate", f"{per_record:,.1f}"),
            ("bytes", f"{size:,} in {self.seconds:.1f} s ({rate:.2f} MB/s)"),
            ("bytes in the stream", f"{stored:,} ({stored / size if size else 1:.0%})"),
        ]

    def _answer_rows(self) -> list[tuple[str, str]]:
        errors = self.times.snapshot()["ErrorsByCode"]
        throttled = Counter(errors if isinstance(errors, dict) else {})
        throttled_entries = throttled["ProvisionedThroughputExceededException"]
        entries = int(self._summary("KinesisRecordsPerPutRecordsRequest").sum)
        retried = entries - self._number("KinesisRecordsPut")
        buffered = sorted(self.times.buffered)
        return [
            ("throttled, retried", f"{throttled_entries:,}, {retried:,} of {entries:,} entries"),
            ("time in buffer", f"p50 {_at(buffered, 0.5):.3f} s, p99 {_at(buffered, 0.99):.3f} s"),
        ]

    def _result_rows(self) -> list[tuple[str, str]]:
        alone = sum(units(size + RANDOM_KEY_SIZE) * count for size, count in self.sizes.items())
        together = sum(map(units, self.written))
        saved = alone / together if together else 0.0
        compared = f"{together:,}; each record alone: {alone:,} ({saved:.0f} times)"
        return [
            ("PUT payload units", compared),
            *([("refused", f"{self.refused:,}")] if self.refused else []),
            ("lost", f"{self.lost:,}"),
            ("duplicates", f"{self.duplicates:,}"),
        ]

    def _number(self, name: str) -> int:
        value = self.times.snapshot().get(name, 0)
        return value if isinstance(value, int) else 0

    def _summary(self, name: str) -> Summary:
        value = self.times.snapshot().get(name)
        return value if isinstance(value, Summary) else Summary()


def units(size: int) -> int:
    """PUT payload units of a Kinesis record of this size."""
    return -(-size // PUT_PAYLOAD_UNIT)


def _at(ordered: list[float], share: float) -> float:
    """The value below which this share of the values lies."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
