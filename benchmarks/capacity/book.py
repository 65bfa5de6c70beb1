"""What came of everything: one book for each producer, in bins of time."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from kinesis_producer.limits import SHARD_BYTES_PER_SECOND, SHARD_RECORDS_PER_SECOND

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Bins in a second.
BINS: Final = 4

#: Bytes of a shard's capacity that an entry takes at the least: it is limited in entries, too.
LEAST_COST: Final = SHARD_BYTES_PER_SECOND / SHARD_RECORDS_PER_SECOND


def cost(size: int) -> float:
    """What an entry takes of a shard's capacity, in bytes."""
    return max(size, LEAST_COST)


class Book:
    """What one producer sent, and what it got.

    Attributes:
        lost: entries given up.
        accepted: by shard and bin, what the accepted entries took of the capacity.
        sent: entries by bin.
        throttled: those of them that were.
    """

    def __init__(self) -> None:
        self.lost = 0
        self.accepted: defaultdict[str, Counter[int]] = defaultdict(Counter)
        self.sent: Counter[int] = Counter()
        self.throttled: Counter[int] = Counter()
        self._delivered: list[tuple[float, float]] = []

    def accept(self, size: int, shard_id: str, now: float) -> None:
        """The stream takes an entry."""
        place = int(now * BINS)
        self.sent[place] += 1
        self.accepted[shard_id][place] += cost(size)  # type: ignore[assignment]

    def throttle(self, now: float) -> None:
        """The stream does not."""
        place = int(now * BINS)
        self.sent[place] += 1
        self.throttled[place] += 1

    def deliver(self, since: float, now: float) -> None:
        """Its producer knows that an entry was written, which was ready since then."""
        self._delivered.append((now, now - since))

    def times(self, begin: float, end: float) -> Iterator[float]:
        """From ready to known, of the entries of which it became known then."""
        return (took for now, took in self._delivered if begin <= now < end)


def within(counts: Counter[int], begin: float, end: float) -> float:
    """The sum of the bins from then to then."""
    return sum(counts[place] for place in range(int(begin * BINS), int(end * BINS)))
