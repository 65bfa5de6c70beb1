"""Lines into a producer, watched: how far it came, and whether anybody answers at all."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Final

from kinesis_producer.cli.options import GIVE_UP_AFTER
from kinesis_producer.cli.stderr import say
from kinesis_producer.errors import (
    BufferFull,
    InvalidRecord,
    KinesisProducerError,
    UndeliveredRecords,
)
from kinesis_producer.metrics import Counters

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kinesis_producer.cli.progress import Progress
    from kinesis_producer.metrics import RequestMetrics
    from kinesis_producer.producer import KinesisProducer

#: Seconds at a stretch that `feed` waits for room before it looks whether anybody answers.
_LOOK_AROUND: Final = 0.5

#: Seconds that `stop` waits for what was settled to be noted.
_LAST_WORDS: Final = 5.0

#: Records between two looks at the progress.
_SHOW_EVERY: Final = 1000

#: Lines that cannot be sent and are named one by one.
_NAMED: Final = 5


class NoAnswer(KinesisProducerError):
    """For a while every request has failed without any answer."""


class Watch(Counters):
    """Counters that also know since when nobody answers."""

    def __init__(self) -> None:
        super().__init__()
        self._silent_since: float | None = None

    def request(self, metrics: RequestMetrics) -> None:
        """Note whether anybody answered."""
        super().request(metrics)
        if metrics.answered:
            self._silent_since = None
        elif self._silent_since is None:
            self._silent_since = time.monotonic() - metrics.time

    def check(self) -> None:
        """Give up when there has been no answer for too long.

        Raises:
            NoAnswer: that is so.
        """
        since = self._silent_since
        if since is not None and time.monotonic() - since >= GIVE_UP_AFTER:
            raise NoAnswer(f"no answer for {GIVE_UP_AFTER:.0f} s; given up")


class Feeder:
    """Sends records from an iterable.

    Args:
        producer: with ``watch`` as its metrics.
        watch: knows whether anybody answers.
        progress: shown as records are delivered.

    Attributes:
        read: records so far.
        refused: those that can never be written; the first few are named on stderr.
    """

    def __init__(self, producer: KinesisProducer, watch: Watch, progress: Progress) -> None:
        self._producer = producer
        self._watch = watch
        self._progress = progress
        self._begun = time.monotonic()
        self.read = 0
        self.refused = 0

    def feed(self, records: Iterable[bytes | InvalidRecord | None]) -> None:
        """Send them all; blocks while the buffer is full.

        Args:
            records: among them errors, in the place of what could not be read as a record, and
                ``None`` for a look around.

        Raises:
            NoAnswer: nobody answers.
            ProducerFailed: the service's answer ended the producer.
        """
        for record in records:
            if record is None:
                self._look()
            else:
                self.read += 1
                self._accept(record)

    def stop(self) -> str:
        """Settle now what is not settled yet; the summary, which tells of it."""
        self._producer.abort()
        with contextlib.suppress(UndeliveredRecords, TimeoutError):
            self._producer.join(_LAST_WORDS)
        return self._summary()

    def _summary(self) -> str:
        """One line: what was delivered and what was not."""
        totals = self._producer.totals
        parts = [f"{totals.delivered:,} of {totals.received + self.refused:,} records delivered"]
        counts = {
            "not written": totals.not_written,
            "possibly written": totals.possibly_written,
            "refused": self.refused,
            "possible duplicates": totals.possible_duplicates,
            "pending": totals.pending,
        }
        parts += [f"{count:,} {name}" for name, count in counts.items() if count]
        return ", ".join(parts) + f" in {time.monotonic() - self._begun:.1f} s"

    def finish(self) -> None:
        """Wait until all outcomes are known.

        Raises:
            NoAnswer: nobody answers.
        """
        self._producer.close()
        while True:
            try:
                self._producer.join(_LOOK_AROUND)
            except TimeoutError:
                self._look()
            else:
                return

    def _accept(self, record: bytes | InvalidRecord) -> None:
        if not self.read % _SHOW_EVERY:
            self._look()
        try:
            if isinstance(record, InvalidRecord):
                raise record
            self._send(record)
        except InvalidRecord as error:
            self._refuse(error)

    def _send(self, record: bytes) -> None:
        while True:
            try:
                self._producer.send(record, max_block=_LOOK_AROUND)
            except BufferFull:
                self._look()
            else:
                return

    def _look(self) -> None:
        self._watch.check()
        if self._producer.failure is not None:
            raise self._producer.failure
        totals = self._producer.totals
        self._progress.show(totals.delivered, f"{totals.pending:,} pending")

    def _refuse(self, error: InvalidRecord) -> None:
        self.refused += 1
        if self.refused <= _NAMED:
            say(f"kinesis-producer: line {self.read}: {error}")
