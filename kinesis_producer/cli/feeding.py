"""Lines into a producer, watched: how far it came, and whether anybody answers at all."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

from kinesis_producer.cli.options import GIVE_UP_AFTER
from kinesis_producer.errors import BufferFull, InvalidRecord, KinesisProducerError
from kinesis_producer.metrics import Counters

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kinesis_producer.cli.progress import Progress
    from kinesis_producer.metrics import RequestMetrics
    from kinesis_producer.producer import KinesisProducer

#: Seconds at a stretch that `feed` waits for room before it looks whether anybody answers.
_LOOK_AROUND: Final = 0.5

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
        refused: records that can never be written; the first few are named on stderr.
    """

    def __init__(self, producer: KinesisProducer, watch: Watch, progress: Progress) -> None:
        self._producer = producer
        self._watch = watch
        self._progress = progress
        self.refused = 0

    def feed(self, records: Iterable[bytes]) -> None:
        """Send them all; blocks while the buffer is full.

        Raises:
            NoAnswer: nobody answers.
            ProducerFailed: the service's answer ended the producer.
        """
        for number, record in enumerate(records, 1):
            if not number % _SHOW_EVERY:
                self._look()
            try:
                self._send(record)
            except InvalidRecord as error:
                self._refuse(number, error)

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
        totals = self._producer.totals
        self._progress.show(totals.delivered, f"{totals.pending:,} pending")

    def _refuse(self, number: int, error: InvalidRecord) -> None:
        self.refused += 1
        if self.refused <= _NAMED:
            print(f"kinesis-producer: line {number}: {error}", file=sys.stderr)
