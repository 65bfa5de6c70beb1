"""The stream: shards, each with its buckets."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from kinesis_producer.core.hash_keys import WHOLE_RANGE, HashRange, uniform_ranges
from kinesis_producer.core.shard_map import ShardMap, StreamFacts
from kinesis_producer.core.shards import Shard
from kinesis_producer.limits import SHARD_BYTES_PER_SECOND, SHARD_RECORDS_PER_SECOND
from kinesis_producer.records import Accepted, Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.capacity.book import Book
    from benchmarks.capacity.clock import Clock
    from benchmarks.capacity.policy import Entry
    from kinesis_producer.core.put_records import Result

#: What one shard takes in a second, as cost.
CAPACITY: Final = SHARD_BYTES_PER_SECOND

THROTTLED: Final = Failure("ProvisionedThroughputExceededException", "Rate exceeded")


class Bucket:
    """What a shard may take now, in bytes and in entries; it is made full.

    Attributes:
        share: of a shard's rate, at which it fills.
        depth: seconds of a shard's whole rate that it holds.
    """

    def __init__(self, now: float, share: float = 1.0, depth: float = 1.0) -> None:
        self.share = share
        self.depth = depth
        self._then = now
        self._bytes = depth * SHARD_BYTES_PER_SECOND
        self._entries = depth * SHARD_RECORDS_PER_SECOND

    def take(self, size: int, now: float) -> bool:
        """Whether the entry is taken; one that is not takes nothing."""
        self.fill(now)
        if self._bytes < size or self._entries < 1:
            return False
        self._bytes -= size
        self._entries -= 1
        return True

    def fill(self, now: float) -> None:
        """For the time that went by."""
        earned = (now - self._then) * self.share
        self._then = now
        self._bytes = min(self._bytes + earned * SHARD_BYTES_PER_SECOND, self._most_bytes)
        self._entries = min(
            self._entries + earned * SHARD_RECORDS_PER_SECOND, self.depth * SHARD_RECORDS_PER_SECOND
        )

    @property
    def _most_bytes(self) -> float:
        return self.depth * SHARD_BYTES_PER_SECOND


class OpenShard:
    """A shard that takes entries."""

    def __init__(self, shard: Shard, bucket: Bucket) -> None:
        self.shard = shard
        self.bucket = bucket
        self.accepted = Accepted(shard.shard_id, "1")


class Stream:
    """Its shards, and what becomes of entries.

    Args:
        clock: of the simulation.
        shards: how many it begins with.
        share: of a shard's rate, that each of them takes.
        on_demand: no rate is promised.

    Attributes:
        open: the open shards, in the order of their hash keys.
    """

    def __init__(
        self, clock: Clock, shards: int = 8, *, share: float = 1.0, on_demand: bool = False
    ) -> None:
        self._clock = clock
        self._on_demand = on_demand
        self._made = 0
        self._closed: list[Shard] = []
        self.open = [self._make(span, (), share) for span in uniform_ranges(shards)]
        self._changes: list[tuple[float, float]] = []
        self._index()

    def write(self, entries: Sequence[Entry], book: Book) -> list[Result]:
        """A request arrives."""
        return [self._judge(entry, book) for entry in entries]

    def _judge(self, entry: Entry, book: Book) -> Result:
        now = self._clock.now
        found = self.open[bisect_right(self._firsts, entry.hash_key) - 1]
        if not found.bucket.take(entry.size, now):
            book.throttle(now)
            return THROTTLED
        book.accept(entry.size, found.shard.shard_id, now)
        return found.accepted

    def facts(self) -> StreamFacts:
        """What ListShards and DescribeStreamSummary would tell."""
        shards = [*self._closed, *(one.shard for one in self.open)]
        return StreamFacts(shards=ShardMap(shards), auto=False, on_demand=self._on_demand)

    def ids(self) -> list[str]:
        """Of the open shards."""
        return [one.shard.shard_id for one in self.open]

    # What happens to it

    def split(self) -> None:
        """Split every shard in the middle."""
        for place in range(len(self.open)):
            self.split_one(2 * place)

    def split_one(self, place: int) -> None:
        """Split that one in the middle."""
        parent = self.open[place].shard
        span = parent.hash_range or WHOLE_RANGE
        spans = (HashRange(span.first, span.middle - 1), HashRange(span.middle, span.last))
        self._replace(place, [parent], spans)

    def merge(self, place: int) -> None:
        """Make one of that shard and the next."""
        parents = [one.shard for one in self.open[place : place + 2]]
        spans = [parent.hash_range or WHOLE_RANGE for parent in parents]
        self._replace(place, parents, [HashRange(spans[0].first, spans[-1].last)])

    def _replace(self, place: int, parents: list[Shard], spans: Sequence[HashRange]) -> None:
        self._closed += [replace(one, is_open=False) for one in parents]
        ids = tuple(one.shard_id for one in parents)
        children = [self._make(span, ids, 1.0) for span in spans]
        self.open[place : place + len(parents)] = children
        self._index()

    def hold(self, place: int, share: float) -> None:
        """From now on that shard takes this share of what it should."""
        bucket = self.open[place].bucket
        bucket.fill(self._clock.now)
        bucket.share = share
        self._note()

    def grow(self, share: float) -> None:
        """From now on each shard takes this share of what a provisioned one does."""
        for one in self.open:
            one.bucket.fill(self._clock.now)
            one.bucket.share = one.bucket.depth = share
        self._note()

    def capacity(self, begin: float, end: float) -> float:
        """Bytes that it could take from then to then, beside what its buckets held."""
        times = [*(when for when, _ in self._changes[1:]), float("inf")]
        return sum(
            rate * max(0.0, min(after, end) - max(when, begin))
            for (when, rate), after in zip(self._changes, times, strict=True)
        )

    def _make(self, span: HashRange, parents: tuple[str, ...], share: float) -> OpenShard:
        shard = Shard(f"shardId-{self._made:012}", parents, span)
        self._made += 1
        return OpenShard(shard, Bucket(self._clock.now, share, share))

    def _index(self) -> None:
        self._firsts = [one.shard.hash_range.first for one in self.open if one.shard.hash_range]
        self._note()

    def _note(self) -> None:
        total = sum(one.bucket.share for one in self.open) * CAPACITY
        self._changes.append((self._clock.now, total))
