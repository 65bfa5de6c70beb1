"""Where records land: the open shards of a stream, by their ranges of hash keys."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kinesis_producer.core.hash_keys import hash_key
from kinesis_producer.limits import MAX_HASH_KEY

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from kinesis_producer.core.hash_keys import HashRange
    from kinesis_producer.core.shards import Shard
    from kinesis_producer.records import Keys

_KIB = 1024


class ShardMap:
    """The open shards. It never changes: a new one takes its place, in whole.

    Args:
        shards: all that are listed; closed ones are passed over, and so is one without a range.

    Attributes:
        ranges: of the open shards, by their ids, in the order of their hash keys.
    """

    def __init__(self, shards: Iterable[Shard]) -> None:
        opened = [
            (shard.hash_range, shard.shard_id)
            for shard in shards
            if shard.is_open and shard.hash_range is not None
        ]
        opened.sort(key=lambda one: one[0].first)
        self.ranges: Mapping[str, HashRange] = {shard_id: span for span, shard_id in opened}
        self._ids = [shard_id for _, shard_id in opened]
        self._firsts = [span.first for span, _ in opened]

    def __len__(self) -> int:
        return len(self._ids)

    @property
    def complete(self) -> bool:
        """Whether each hash key is in one range, and in no other.

        A listing that was made in the middle of a change may lack one, or have one twice.
        """
        spans = list(self.ranges.values())
        bounds = [0, *(span.last + 1 for span in spans)]
        return bounds == [*(span.first for span in spans), MAX_HASH_KEY + 1]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ShardMap) and self.ranges == other.ranges

    __hash__ = None  # type: ignore[assignment]

    def predict(self, keys: Keys) -> str | None:
        """The shard of a record's keys; ``None``: it has none, or no open shard has its hash key.

        The latter is a gap: a listing that was made in the middle of a change.
        """
        if keys.partition_key is None and keys.explicit_hash_key is None:
            return None
        return self.at(hash_key(keys.partition_key or "", keys.explicit_hash_key))

    def at(self, key: int) -> str | None:
        """The shard whose range holds a hash key."""
        place = bisect_right(self._firsts, key) - 1
        if place < 0:
            return None
        shard_id = self._ids[place]
        return shard_id if key in self.ranges[shard_id] else None


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """What is known of a stream beside what its answers say.

    Attributes:
        shards: ``None`` while they are not known, and where they say nothing: see ``auto``.
        auto: the service spreads records by itself, whatever their keys: none can be predicted;
            ``None``: not told.
        on_demand: it has no provisioned rate; what a shard takes has to be found out.
        record_limit: data and partition key of a Kinesis record, bytes; ``None``: not told.
    """

    shards: ShardMap | None = None
    auto: bool | None = None
    on_demand: bool = False
    record_limit: int | None = None


def read_facts(shards: Iterable[Shard] | None, summary: Mapping[str, Any] | None) -> StreamFacts:
    """From ListShards and DescribeStreamSummary; ``None`` for what could not be asked for.

    Fields that botocore or the service does not know yet are taken as not told. Only what is on
    demand can be spread by the service.
    """
    told = summary or {}
    details = told.get("StreamModeDetails")
    mode = details.get("StreamMode") if isinstance(details, Mapping) else None
    strategy = told.get("RecordDistributionStrategy")
    auto = None if strategy is None else strategy == "AUTO"
    if mode == "PROVISIONED":
        auto = False
    limit = told.get("MaxRecordSizeInKiB")
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        limit = None
    found = None if shards is None or auto else ShardMap(shards)
    return StreamFacts(
        shards=found if found is not None and found.complete else None,
        auto=auto,
        on_demand=mode == "ON_DEMAND",
        record_limit=None if limit is None else limit * _KIB,
    )
