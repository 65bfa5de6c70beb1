"""What happened to leases, for the log and the metrics."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass, field


class Happened(enum.Enum):
    """What may happen to the lease of a shard."""

    TAKEN = "taken"
    EXPIRED = "taken from a worker that did not renew it"
    LOST = "lost to another worker"
    HANDED_OVER = "handed to a worker with fewer"
    FINISHED = "finished: the shard was read to its end"
    UNREAD = "finished: the shard is gone, and what was left of it unread"


@dataclass(slots=True)
class News:
    """What happened since somebody asked, and how often each has happened at all."""

    counts: Counter[Happened] = field(default_factory=Counter)
    _latest: list[tuple[Happened, str]] = field(default_factory=list)

    def add(self, happened: Happened, shard_id: str) -> None:
        """Something has happened to a lease."""
        self.counts[happened] += 1
        self._latest.append((happened, shard_id))

    def latest(self) -> list[tuple[Happened, str]]:
        """What happened since the last call, with the shard."""
        latest, self._latest = self._latest, []
        return latest
