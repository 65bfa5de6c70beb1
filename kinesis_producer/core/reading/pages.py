"""What is asked of the service for one shard, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinesis_producer.core.positions import Position
    from kinesis_producer.core.shards import Shard
    from kinesis_producer.records import Failure


#: Bytes that CPython takes for the objects of one record, beside data and key (measured: 360).
OVERHEAD: Final = 360


class KinesisRecord(NamedTuple):
    """One record of a shard, as it was read.

    Attributes:
        partition_key: ``None`` where it was written without one, into a stream that spreads
            records by itself.
        arrived_at: seconds since the epoch.
    """

    sequence_number: int
    data: bytes
    partition_key: str | None
    arrived_at: float

    @property
    def size(self) -> int:
        """Bytes of data and key."""
        return len(self.data) + len(self.partition_key or "")

    @property
    def footprint(self) -> int:
        """Bytes of memory, about: a small record is mostly objects."""
        return self.size + OVERHEAD


@dataclass(frozen=True, slots=True)
class Point:
    """Where in a shard to begin.

    Attributes:
        at: a position; of a record: with it, so that the rest of an aggregate is found.
        after: behind the Kinesis record of ``at`` instead.
        since: seconds since the epoch, where ``at`` is ``AT_TIMESTAMP``.
    """

    at: Position
    after: bool = False
    since: float | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """An answer of GetRecords, or an event of a subscription.

    Attributes:
        records: in the order of the shard.
        millis_behind: milliseconds from the last record to the tip of the shard.
        iterator: where it goes on; ``None`` at the end of a closed shard, and in subscriptions.
        ended: whether it is the last of a closed shard.
        children: the shards that follow, if the service told.
        continues_at: in subscriptions: the sequence number after which it goes on.
    """

    records: Sequence[KinesisRecord]
    millis_behind: int = 0
    iterator: str | None = None
    ended: bool = False
    children: Sequence[Shard] = ()
    continues_at: int | None = None
    size: int = field(init=False)

    def __post_init__(self) -> None:
        sizes = [len(data) + len(key or "") for _, data, key, _ in self.records]
        object.__setattr__(self, "size", sum(sizes))


@dataclass(frozen=True, slots=True)
class GetIterator:
    """GetShardIterator is to be called."""

    shard_id: str
    point: Point


@dataclass(frozen=True, slots=True)
class GetRecords:
    """GetRecords is to be called."""

    shard_id: str
    iterator: str
    limit: int


@dataclass(frozen=True, slots=True)
class Subscribe:
    """SubscribeToShard is to be called, and its events to be read."""

    shard_id: str
    point: Point


class ReadFailed(Exception):
    """A call failed; nothing of it was read.

    Attributes:
        failure: why.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code)
        self.failure = failure


Call = GetIterator | GetRecords | Subscribe
