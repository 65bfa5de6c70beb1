"""The limits of one shard, as token buckets. Time is an argument: monotonic seconds."""

from __future__ import annotations

from typing import Final

from kinesis_producer.limits import MIB, SHARD_BYTES_PER_SECOND, SHARD_RECORDS_PER_SECOND

#: GetRecords calls that one shard answers in a second (API reference, GetRecords).
READS_PER_SECOND: Final = 5

#: Bytes that one shard gives to its readers in a second (API reference, GetRecords: 2 MiB).
READ_BYTES_PER_SECOND: Final = 2 * MIB

#: Refilling in small steps rounds; a bucket this close to enough has enough.
_ROUNDING: Final = 1e-6


class TokenBucket:
    """Holds at most ``depth`` tokens, gains ``rate`` of them a second, and begins full.

    A clock that goes back gives nothing and takes nothing.
    """

    __slots__ = ("_level", "_seen", "depth", "rate")

    def __init__(self, *, rate: float, depth: float, now: float) -> None:
        self.rate = rate
        self.depth = depth
        self._level = depth
        self._seen = now

    def level(self, now: float) -> float:
        """The tokens there are at ``now``."""
        if now > self._seen:
            self._level = min(self.depth, self._level + (now - self._seen) * self.rate)
            self._seen = now
        return min(self._level, self.depth)

    def holds(self, amount: float, *, now: float) -> bool:
        """Whether ``amount`` could be taken at ``now``."""
        return self.level(now) + _ROUNDING >= amount

    def slow(self, rate: float, *, now: float) -> None:
        """Gain ``rate`` a second from ``now`` on."""
        self.level(now)
        self.rate = rate

    def take(self, amount: float) -> None:
        """Take ``amount``: ask `holds` before, in the same moment."""
        self._level = min(self._level, self.depth) - amount


class WriteLimit:
    """What one shard takes: 1 MiB and 1,000 records a second (developer guide, quotas).

    The byte bucket is as deep as one second or as the largest record that the stream allows,
    whichever is more: otherwise a record of 2 MiB could never be written.
    """

    __slots__ = ("_bytes", "_records")

    def __init__(self, *, largest_record: int, now: float) -> None:
        depth = max(SHARD_BYTES_PER_SECOND, largest_record)
        self._bytes = TokenBucket(rate=SHARD_BYTES_PER_SECOND, depth=depth, now=now)
        self._records = TokenBucket(
            rate=SHARD_RECORDS_PER_SECOND, depth=SHARD_RECORDS_PER_SECOND, now=now
        )

    def deepen(self, largest_record: int) -> None:
        """Follow the stream's new record size limit. What is gained fills at the usual rate."""
        self._bytes.depth = max(SHARD_BYTES_PER_SECOND, largest_record)

    def hold(self, share: float, *, now: float) -> None:
        """Leave ``share`` of what is gained to a stranger from ``now`` on."""
        self._bytes.slow(SHARD_BYTES_PER_SECOND * (1 - share), now=now)
        self._records.slow(SHARD_RECORDS_PER_SECOND * (1 - share), now=now)

    def admit(self, size: int, *, now: float) -> bool:
        """Take a record of ``size`` bytes (data and key), or take nothing and say no."""
        if not (self._records.holds(1, now=now) and self._bytes.holds(size, now=now)):
            return False
        self._records.take(1)
        self._bytes.take(size)
        return True


class ReadLimit:
    """What one shard gives: 5 calls a second, and after N bytes a pause of N / 2 MiB seconds."""

    __slots__ = ("_calls", "_closed_until")

    def __init__(self, *, now: float) -> None:
        self._calls = TokenBucket(rate=READS_PER_SECOND, depth=READS_PER_SECOND, now=now)
        self._closed_until = now

    def admit(self, *, now: float) -> bool:
        """Take one call, or take nothing and say no."""
        if now < self._closed_until or not self._calls.holds(1, now=now):
            return False
        self._calls.take(1)
        return True

    def charge(self, size: int, *, now: float) -> None:
        """``size`` bytes were given at ``now``."""
        self._closed_until = now + size / READ_BYTES_PER_SECOND
