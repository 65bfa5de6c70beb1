"""Aggregates whose records no longer belong together: sent in pieces, they still share one fate.

A shard was split, or the service spreads records by itself now. The KCL throws a KPL aggregate away
where one of its records belongs to another shard than it was read from; and where order is kept, a
record in the wrong shard is read out of order.

Others are sent as several Kinesis records from the beginning: those that are not written go again.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from kinesis_producer.core.retry import Action, meaning
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


class Told(NamedTuple):
    """What the answer to a request tells of an aggregate.

    Attributes:
        fate: of all of it.
        each: of its entries, one at least.
    """

    fate: Result
    each: Sequence[Result]


def fold(aggregate: Aggregate[H], results: Iterator[Result], shards: ShardMap | None) -> Told:
    """What became of an aggregate, from the results of its entries; wrong shards are found out.

    Args:
        aggregate: as it was sent.
        results: its own are taken.
        shards: where everything belongs; ``None`` where that does not matter.
    """
    if aggregate.singles > 1:
        return _fold_singles(aggregate, list(islice(results, aggregate.entries)))
    if not aggregate.pieces:
        result = _checked(next(results), aggregate.pairs, shards)
        return Told(result, [result])
    each = [_checked(next(results), piece.pairs, shards) for piece in aggregate.aloft]
    for piece, result in zip(aggregate.aloft, each, strict=True):
        piece.accepted = result if isinstance(result, Accepted) else None
    left = any(piece.accepted is None for piece in aggregate.pieces)
    written = UNFINISHED if left else aggregate.pieces[0].accepted
    return Told(_worst(each) or written or UNFINISHED, each)


def _fold_singles(aggregate: Aggregate[H], each: Sequence[Result]) -> Told:
    """Those that are written do not go again."""
    places = range(aggregate.singles) if aggregate.rest is None else aggregate.rest
    written = [one for one in each if isinstance(one, Accepted)]
    if written:
        aggregate.accepted = aggregate.accepted or written[0]
    if len(written) == len(places):
        return Told(aggregate.accepted or written[0], each)
    if written:
        rows = zip(places, each, strict=True)
        aggregate.rest = [place for place, one in rows if not isinstance(one, Accepted)]
    return Told(_worst(each) or UNFINISHED, each)


def _worst(results: Sequence[Result]) -> Failure | None:
    """The failure that says what to do: try again, if that is it for any.

    Of those, one after which something may have been written, if there is any.
    """
    failures = [one for one in results if isinstance(one, Failure)]
    return max(failures, key=_weight, default=None)


def _weight(failure: Failure) -> tuple[bool, bool, bool]:
    what = meaning(failure)
    return what.action is Action.RETRY, what.action is Action.PROBE, what.written


def _checked(result: Result, pairs: Sequence[Keys] | None, shards: ShardMap | None) -> Result:
    """A single key is never wrong: the service has placed it by the same rule."""
    if shards is None or not isinstance(result, Accepted) or pairs is None or not result.shard_id:
        return result
    distinct = set(pairs)
    if len(distinct) == 1 or all(shards.predict(keys) == result.shard_id for keys in distinct):
        return result
    return WRONG_SHARD
