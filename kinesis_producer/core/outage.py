"""Requests that fail as a whole, one after the other: everybody waits before the next one.

Each aggregate has a backoff of its own, which does not keep a program that goes on sending from
asking a service that is down with every new aggregate: 400 requests a second were measured.
"""

from __future__ import annotations

from typing import Final

from kinesis_producer.core.retry import FIRST_WAIT

#: Seconds, times a random factor: how soon it is noticed that an outage is over.
LONGEST_PAUSE: Final = 3.2

#: Of ``delivery_timeout``: a record that comes during a pause still has time for attempts.
SHARE: Final = 0.1


class Outage:
    """The pause doubles with each round of requests that failed, from the second one on.

    Args:
        delivery_timeout: of records.

    Attributes:
        not_before: when the next request may go.
    """

    def __init__(self, delivery_timeout: float) -> None:
        self._longest = min(LONGEST_PAUSE, delivery_timeout * SHARE)
        self._rounds = 0
        self._counted_at = float("-inf")
        self.not_before = float("-inf")

    def failed(self, *, taken_at: float, now: float, spread: float) -> None:
        """A request got no answer, or one that refuses all of it for now.

        Those that were on their way when the last one was counted are of the same round.
        """
        if taken_at < self._counted_at:
            return
        self._counted_at = now
        pause = FIRST_WAIT * 2 ** min(self._rounds - 1, 32) if self._rounds else 0.0
        self._rounds += 1
        self.not_before = now + min(pause, self._longest) * spread

    def over(self) -> None:
        """A request got through."""
        self._rounds = 0
        self.not_before = float("-inf")
