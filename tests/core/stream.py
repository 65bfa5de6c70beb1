"""A stream of shards, for the tests of what goes where: its maps, its keys, and its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kinesis_producer.core.entries import lots
from kinesis_producer.core.hash_keys import HashRange, uniform_ranges
from kinesis_producer.core.shard_map import ShardMap, StreamFacts
from kinesis_producer.core.shards import Shard
from kinesis_producer.records import NO_KEYS, Accepted, Keys

if TYPE_CHECKING:
    from kinesis_producer.core.aggregate import Aggregate
    from kinesis_producer.core.backlog import Backlog
    from kinesis_producer.core.put_records import Batch, Result

#: Two shards, and what becomes of the first and of both.
S0, S1 = uniform_ranges(2)
A, B = HashRange(0, S0.middle - 1), HashRange(S0.middle, S0.last)


def spans(**ranges: HashRange) -> ShardMap:
    """Open shards of these ranges."""
    return ShardMap(Shard(name, hash_range=span) for name, span in ranges.items())


def even(count: int) -> ShardMap:
    """Equal open shards: s0, s1, ..."""
    return spans(**{f"s{number}": span for number, span in enumerate(uniform_ranges(count))})


TWO = even(2)
SPLIT = spans(a=A, b=B, s1=S1)
MERGED = spans(m=HashRange(0, S1.last))


def facts(shards: ShardMap | None = TWO, **told: bool) -> StreamFacts:
    """What a scout brings."""
    return StreamFacts(shards, **told)


def key_to(span: HashRange, name: str = "k", *, plus: int = 1) -> Keys:
    """Keys that lead into a range."""
    return Keys(name, str(span.first + plus))


def put(box: Backlog[int], record: bytes, keys: Keys = NO_KEYS, now: float = 0.0) -> int:
    """Send a record; its handle."""
    return box.append(record, keys, len((keys.partition_key or "").encode()), now)


def lanes_of(box: Backlog[int]) -> Any:
    """Those of the open shards."""
    queue: Any = box._traffic.queue
    return queue._map


def sent(box: Backlog[int], now: float = 0.0) -> Any:
    """The next request; there has to be one. Tests look into what may be ``None`` elsewhere."""
    batch = box.take(now)
    assert batch is not None
    return batch


def data(batch: Batch[int]) -> list[bytes]:
    """The records of a request."""
    return [record for one in batch.aggregates for record in one.records]


def landed(aggregate: Aggregate[int], shards: ShardMap) -> list[Result]:
    """As a stream answers that takes everything: an answer for each Kinesis record."""
    found: list[Result] = []
    for lot in lots(aggregate):
        place = shards.predict(lot.keys) if lot.steered is None else shards.at(lot.steered)
        found.append(Accepted(place or "anywhere", f"{aggregate.number}"))
    return found


def accept(
    box: Backlog[int], batch: Batch[int], shards: ShardMap = TWO, *, now: float = 0.0
) -> None:
    """All of it is written, where it belongs as the shards are in truth."""
    results = [result for one in batch.aggregates for result in landed(one, shards)]
    box.settle(batch, results, now=now, spread=1.0)


def answer(box: Backlog[int], batch: Batch[int], *results: Result, now: float = 0.0) -> None:
    """These results, one for each Kinesis record."""
    box.settle(batch, list(results), now=now, spread=1.0)
