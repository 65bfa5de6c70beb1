"""A lane: what is to go to one shard, how fast, and when again where the shard takes nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Generic

from kinesis_producer.core.aggregate import Aggregate, H, State
from kinesis_producer.core.line import Line, Load
from kinesis_producer.core.retry import wait

if TYPE_CHECKING:
    from kinesis_producer.core.hash_keys import HashRange
    from kinesis_producer.core.limiter import Limiter

_NOW = float("-inf")
_NEVER = float("inf")


class Lane(Generic[H]):
    """Equal only to itself: another shard map may have another lane for the same shard.

    Args:
        shard_id: where it leads.
        span: the hash keys of that shard.
        limiter: how fast it may be sent to.
        load: of all lanes.

    Attributes:
        line: the closed aggregates with keys that belong to the shard.
        aboard: by number, those that went there in requests that have not returned.
        charged: bytes charged against the memory bound for records with keys.
        quota: the most that this may be, as long as there is anything.
        starved: a caller was refused for its quota, and nothing was freed since.
        after: lanes that have to be empty before this one begins: those of the shards that its
            shard came from, where order is kept.
        not_before: when the shard is tried again, after it took nothing at all for a while.
    """

    def __init__(self, shard_id: str, span: HashRange, limiter: Limiter, load: Load) -> None:
        self.shard_id = shard_id
        self.span = span
        self.limiter = limiter
        self.line: Line[H] = Line(load)
        self.aboard: dict[int, Aggregate[H]] = {}
        self.charged = 0
        self.quota = sys.maxsize
        self.starved = False
        self.after: list[Lane[H]] = []
        self.not_before = _NOW
        self._silent = 0
        self._counted_at = _NOW

    @property
    def busy(self) -> bool:
        """Whether something of it is in flight, or waits to go again as a half; not given up."""
        return any(one.state is not State.SETTLED for one in self.aboard.values())

    @property
    def ended(self) -> bool:
        """Whether nothing is left in it."""
        return not self.busy and self.line.head() is None and self.line.next_retry() == _NEVER

    @property
    def credit_since(self) -> float:
        """As the limiter's, but not before the shard is tried again."""
        return max(self.limiter.credit_since, self.not_before)

    def may_send(self, now: float) -> bool:
        """Whether the shard may be sent an entry."""
        return self.limiter.open and self.not_before <= now

    def due(self) -> float:
        """When it may be."""
        return max(self.limiter.due(), self.not_before)

    def accepted(self) -> None:
        """The shard took an entry."""
        self._silent = 0
        self.not_before = _NOW

    def refused(self, *, sent_at: float, now: float, spread: float, longest: float) -> None:
        """The shard throttled, and took nothing of the same request.

        Where it takes nothing between one throttle and the next, the limiter says too little:
        the pause doubles from there on. Requests that were on their way are of the same round.

        Args:
            sent_at: when the request was taken.
            now: monotonic time.
            spread: jitter.
            longest: seconds of a pause at the most, before the jitter.
        """
        if sent_at < self._counted_at:
            return
        self._counted_at = now
        if self._silent:
            self.not_before = now + min(wait(self._silent - 1, 1.0), longest) * spread
        self._silent += 1
