"""Where entries landed, held against the map by which they were sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic

from kinesis_producer.core.aggregate import Aggregate, H
from kinesis_producer.core.pieces import WRONG_SHARD
from kinesis_producer.records import Accepted

if TYPE_CHECKING:
    from kinesis_producer.core.lane import Lane
    from kinesis_producer.core.lane_map import LaneMap
    from kinesis_producer.core.put_records import Result


class Landings(Generic[H]):
    """Evidence that the shards have changed, or were never as they are listed.

    Args:
        lanes: of the shards as they are known.

    Attributes:
        stale: something landed where it was not expected, so that the shards have changed.
        hits: entries that landed where they were expected, since the shards were looked at.
        misses: those that did not.
    """

    def __init__(self, lanes: LaneMap[H]) -> None:
        self._lanes = lanes
        self._looked_at = float("-inf")
        self.stale = False
        self.hits = 0
        self.misses = 0

    def note(
        self, aggregate: Aggregate[H], lane: Lane[H], result: Result, *, sent_at: float
    ) -> None:
        """What was sent before the shards were looked at tells nothing of them as they are known.

        What comes from the lane of a closed shard, or in pieces, lands in any that is open.
        """
        landed = result.shard_id if isinstance(result, Accepted) else ""
        if sent_at < self._looked_at or (not landed and result is not WRONG_SHARD):
            return
        if aggregate.pieces or not self._lanes.has(lane):
            self.stale = self.stale or not self._lanes.knows(landed)
            return
        missed = landed != lane.shard_id
        self.hits += not missed
        self.misses += missed
        self.stale = self.stale or missed

    def forget(self, now: float) -> None:
        """The shards were looked at, and may be as they were."""
        self._looked_at = now
        self.stale = False
        self.hits = self.misses = 0
