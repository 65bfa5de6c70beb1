"""Aggregates whose records no longer belong together: sent in pieces, they still share one fate.

A shard was split, or the service spreads records by itself now. The KCL throws a KPL aggregate away
where one of its records belongs to another shard than it was read from; and where order is kept, a
record in the wrong shard is read out of order. Or it was sent as several Kinesis records, and some
of them were not written.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final

from kinesis_producer.core.retry import meaning
from kinesis_producer.records import Accepted, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    from kinesis_producer.core.aggregate import Aggregate, H
    from kinesis_producer.core.put_records import Result
    from kinesis_producer.core.shard_map import ShardMap
    from kinesis_producer.records import Keys

#: It was written, but not where it had to be.
WRONG_SHARD: Final = Failure("WrongShard", "it landed in another shard than its records belong to")

#: It was written as far as it was sent; the rest did not fit into the same request.
UNFINISHED: Final = Failure("Unfinished", "more of it is to be sent")


@dataclass(slots=True)
class Piece:
    """Records of an aggregate that belong together.

    Attributes:
        pairs: the keys of each.
        accepted: where it is, once it is written.
    """

    records: list[bytes]
    pairs: list[Keys]
    accepted: Accepted | None = None


def cut(aggregate: Aggregate[H], place: Callable[[Keys], Hashable]) -> None:
    """Have it sent in pieces, one for each place that its records belong to.

    What is written of it stays written. Where all belong to one place, it goes as it is.
    """
    pairs = aggregate.pairs or [aggregate.keys] * len(aggregate.records)
    left = [one for one in aggregate.pieces if one.accepted is None]
    whole = not aggregate.pieces
    sources = [(aggregate.records, pairs)] if whole else [(one.records, one.pairs) for one in left]
    found: dict[Hashable, Piece] = {}
    for records, keys in sources:
        for record, key in zip(records, keys, strict=True):
            piece = found.setdefault(place(key), Piece([], []))
            piece.records.append(record)
            piece.pairs.append(key)
    if not whole or len(found) > 1:
        written = [one for one in aggregate.pieces if one.accepted is not None]
        aggregate.pieces = [*written, *found.values()]


def crumble(aggregate: Aggregate[H]) -> None:
    """Have each of its records sent alone."""
    counter = iter(range(len(aggregate.records)))
    cut(aggregate, lambda _: next(counter))


def fold(aggregate: Aggregate[H], results: Iterator[Result], shards: ShardMap | None) -> Result:
    """What became of an aggregate, from the results of its entries; wrong shards are found out.

    Of several failures it is one after which something may have been written, if there is any.

    Args:
        aggregate: as it was sent.
        results: its own are taken.
        shards: where everything belongs; ``None`` where that does not matter.
    """
    if not aggregate.pieces:
        own = list(islice(results, aggregate.singles))
        if len(own) == 1:
            return _checked(own[0], aggregate.pairs, shards)
        if all(isinstance(one, Accepted) for one in own):
            return own[0]
        crumble(aggregate)
        aggregate.take_off()
        results = iter(own)
    failures = [one for one in _fold_pieces(aggregate.aloft, results, shards) if one is not None]
    if failures:
        return max(failures, key=lambda one: meaning(one).written)
    if any(one.accepted is None for one in aggregate.pieces):
        return UNFINISHED
    return aggregate.pieces[0].accepted or UNFINISHED


def _fold_pieces(
    pieces: Sequence[Piece], results: Iterator[Result], shards: ShardMap | None
) -> Iterator[Failure | None]:
    for piece in pieces:
        result = _checked(next(results), piece.pairs, shards)
        if isinstance(result, Accepted):
            piece.accepted = result
            yield None
        else:
            yield result


def _checked(result: Result, pairs: Sequence[Keys] | None, shards: ShardMap | None) -> Result:
    """A single key is never wrong: the service has placed it by the same rule."""
    if shards is None or not isinstance(result, Accepted) or pairs is None or not result.shard_id:
        return result
    distinct = set(pairs)
    if len(distinct) == 1 or all(shards.predict(keys) == result.shard_id for keys in distinct):
        return result
    return WRONG_SHARD
