"""How fast one shard may be sent to: its rate while that is known, less where others write too.

The rate grows with time and is cut when the shard throttles. Since cuts come in proportion to what
one sends, and growth does not, producers that know nothing of each other come to equal shares. It
is the law that did best of nine in a simulation (November 2026); ``docs/capacity.rst`` has its
figures beside those of other policies.
"""

from __future__ import annotations

import math
from typing import Final

from kinesis_producer.limits import SHARD_BYTES_PER_SECOND, SHARD_RECORDS_PER_SECOND

#: What a shard takes in a second: bytes, where entries are at least a thousandth of it.
CAPACITY: Final = float(SHARD_BYTES_PER_SECOND)

#: An entry costs at least this much, so that one bucket holds both limits of a shard.
LEAST_COST: Final = CAPACITY / SHARD_RECORDS_PER_SECOND

#: What a cut leaves of the rate: 0.60 and 0.75 threw away more entries, or capacity, with a known
#: rate; with an unknown one that grows, 0.67 fell behind (0.95 of it used, with 0.75: 0.99).
CUT: Final = 0.67
CUT_OF_UNKNOWN: Final = 0.75

#: Never less than a fiftieth: one aggregate of 25 kB in a second.
FLOOR: Final = 0.02 * CAPACITY

#: Growth per second while throttles are recent; it doubles with each quiet second, up to 1.
GROWTH: Final = 0.05

#: Seconds of credit that may be saved up. Less delays what comes at random at half load; more
#: overflows the bucket of a shard.
MOST_CREDIT: Final = 0.2

#: Seconds of credit that a shard which was in debt waits for, so that one request serves many of
#: them. It is no grid of times: producers would keep their places on it, and who always came first
#: after a bucket had filled had more than the others (three of them, simulated: J down to 0.92).
WORTH_A_REQUEST: Final = 0.01

#: Seconds between throttles: what is taken for usual at first, and at the most.
_FIRST_GAP: Final = 5.0
_LONGEST_GAP: Final = 20.0

#: Bytes; what rounding may leave of a debt.
_ROUNDING: Final = 1.0


class Limiter:
    """Bytes per second for one shard.

    Args:
        now: monotonic time.
        known: the shard takes `CAPACITY`, no more; else what it takes is to be found out.

    Attributes:
        rate: bytes per second.
        gap: seconds between throttles, as they usually come.
    """

    __slots__ = ("_checked_at", "_credit", "_cut", "_cut_at", "_most", "gap", "rate")

    def __init__(self, now: float, *, known: bool) -> None:
        self.rate = CAPACITY
        self._most = CAPACITY if known else math.inf
        self._cut = CUT if known else CUT_OF_UNKNOWN
        self._credit = 0.0
        self._checked_at = self._cut_at = now
        self.gap = _FIRST_GAP

    def inherit(self, parents: list[Limiter]) -> None:
        """Begin as the shards were that this one came from, if it came from any."""
        if not parents:
            return
        self.rate = min(self._most, sum(one.rate for one in parents) / len(parents))
        self.gap = sum(one.gap for one in parents) / len(parents)

    @property
    def open(self) -> bool:
        """Whether an entry may go, of any size: it may run into debt."""
        return self._credit > -_ROUNDING

    @property
    def headroom(self) -> float:
        """Seconds of credit; negative in debt."""
        return self._credit / self.rate

    @property
    def credit_since(self) -> float:
        """When there was none, or will be: what passes the time does not change it by itself."""
        return self._checked_at - self._credit / self.rate

    def due(self) -> float:
        """When it is worth while to look again; minus infinity if an entry may go now."""
        if self.open:
            return -math.inf
        return self.credit_since + WORTH_A_REQUEST

    def spend(self, size: float, entries: int = 1) -> None:
        """An entry is sent, or several together of that size in all."""
        self._credit -= max(size, entries * LEAST_COST)

    def give_back(self, expected: float, size: float, entries: int = 1) -> None:
        """They turned out to be of that size, not of the expected one."""
        least = entries * LEAST_COST
        self._credit += max(expected, least) - max(size, least)

    def pass_time(self, now: float, mean: float) -> None:
        """Earn credit, and raise the rate while it is used up.

        Args:
            now: monotonic time.
            mean: rate of all shards of the stream, which helps one that was held down.
        """
        passed = now - self._checked_at
        if passed <= 0:
            return
        self._checked_at = now
        most = MOST_CREDIT * self.rate
        earned = self._credit + passed * self.rate
        self._credit = min(earned, most)
        if earned < most and self.rate < self._most:
            grown = self.rate + self._growth(now) * max(self.rate, mean) * passed
            self.rate = min(self._most, grown)

    def throttled(self, sent_at: float, now: float) -> None:
        """The shard refused an entry; those sent before the last cut tell nothing new."""
        if sent_at < self._cut_at:
            return
        self.gap += 0.25 * (min(now - self._cut_at, _LONGEST_GAP) - self.gap)
        self._cut_at = now
        self.rate = max(FLOOR, self._cut * self.rate)
        self._credit = min(self._credit, 0.0)

    def _growth(self, now: float) -> float:
        quiet = now - self._cut_at - min(max(3 * self.gap, 1.0), _LONGEST_GAP)
        return min(1.0, GROWTH * math.exp2(min(quiet, 10.0))) if quiet > 0 else GROWTH
