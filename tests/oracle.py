"""After any run: what was said of each record, held against what is in the stream."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from kinesis_producer import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kinesis_producer import Report, Totals
    from kinesis_producer.testing.ledger import LedgerRecord


class Witness:
    """Remembers what was accepted and what was reported. Records must differ from each other.

    Give `hear` to a producer as its ``on_delivery``, and call `accept` after each ``send``.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.accepted: list[bytes] = []
        self.heard: dict[bytes, Report] = {}
        self.again = 0

    def accept(self, records: Iterable[bytes]) -> None:
        """These were accepted; from any thread."""
        with self._lock:
            self.accepted.extend(records)

    def hear(self, report: Report) -> None:
        """An outcome."""
        for record in report.records:
            self.again += record.data in self.heard
            self.heard[record.data] = report

    def judge(self, totals: Totals, ledger: Iterable[LedgerRecord], delimiter: bytes) -> int:
        """Hold one against the other; the copies beyond the first.

        Raises:
            AssertionError: a promise was not kept.
        """
        assert totals.pending == 0, "something is pending"
        assert len(self.accepted) == totals.received, "the count of accepted records is wrong"
        assert self.again == 0, "an outcome was reported twice"
        assert self.heard.keys() == set(self.accepted), "not every record has its outcome"
        self._judge_counts(totals)
        copies = self._read(ledger, delimiter)
        assert copies.keys() <= self.heard.keys(), "something was invented"
        for record, report in self.heard.items():
            assert record in copies or report.outcome is not Outcome.DELIVERED, "a record is lost"
            assert record not in copies or report.outcome is not Outcome.NOT_WRITTEN, "it is there"
        beyond = copies.total() - len(copies)
        assert beyond <= totals.possible_duplicates, "more copies than were declared"
        return beyond

    def _judge_counts(self, totals: Totals) -> None:
        counts = Counter(report.outcome for report in self.heard.values())
        assert totals.delivered == counts[Outcome.DELIVERED]
        assert totals.not_written == counts[Outcome.NOT_WRITTEN]
        assert totals.possibly_written == counts[Outcome.POSSIBLY_WRITTEN]

    def _read(self, ledger: Iterable[LedgerRecord], delimiter: bytes) -> Counter[bytes]:
        """Copies of each record; a delivered one has to be where its report says it is."""
        copies: Counter[bytes] = Counter()
        where: dict[tuple[str, str], list[bytes]] = {}
        for one in ledger:
            records = one.data.split(delimiter)[:-1]
            copies.update(records)
            where[one.shard_id, one.sequence_number] = records
        for report in self.heard.values():
            if report.shard_id is not None and report.sequence_number is not None:
                written = where[report.shard_id, report.sequence_number]
                assert written == [record.data for record in report.records], "not where it says"
        return copies
