"""The Kinesis records of a request, as they are sent."""

from __future__ import annotations

from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Final, NamedTuple

from kinesis_producer.core.hash_keys import hash_key
from kinesis_producer.records import Keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kinesis_producer.core.aggregate import Aggregate, H
    from kinesis_producer.core.formats import Data, Format


class Entry(NamedTuple):
    """A Kinesis record, as PutRecords takes it.

    Attributes:
        explicit_hash_key: in decimal.
    """

    data: Data
    partition_key: str
    explicit_hash_key: str | None

    def named(self) -> dict[str, object]:
        """As boto3 takes it."""
        names: dict[str, object] = {"Data": bytes(self.data), "PartitionKey": self.partition_key}
        hashed = self.explicit_hash_key
        return names if hashed is None else {**names, "ExplicitHashKey": hashed}


class Lot(NamedTuple):
    """User records that go into one Kinesis record.

    Attributes:
        keys: of all of them; of the first, where they differ.
        pairs: of each, where they differ.
        steered: the explicit hash key under which they go, if they have no keys.
    """

    records: Sequence[bytes]
    keys: Keys
    pairs: Sequence[Keys] | None
    steered: int | None


_new: Final = partial(tuple.__new__, Entry)


def size_of(entries: Iterable[Entry]) -> int:
    """Data and partition keys, in bytes, as the service counts."""
    data, keys, _ = zip(*entries, strict=True)
    joined = "".join(keys)
    return sum(map(len, data)) + len(joined if joined.isascii() else joined.encode())


def entries(form: Format, aggregate: Aggregate[H], partition_key: str) -> list[Entry]:
    """The Kinesis records that it is sent as, one at least.

    Args:
        form: how records lie in them.
        aggregate: on its way.
        partition_key: of the aggregate; for records without one.
    """
    if aggregate.singles > 1:
        return list(_singles(form, aggregate, partition_key))
    return [entry(form, lot, partition_key) for lot in lots(aggregate)]


def lots(aggregate: Aggregate[H]) -> list[Lot]:
    """One, or one for each record or piece of it that is sent by itself."""
    if aggregate.singles > 1:
        records, pairs = _left(aggregate)
        rows = zip(records, pairs or repeat(aggregate.keys), strict=False)
        return [Lot([record], keys, None, aggregate.hash_key) for record, keys in rows]
    if aggregate.pieces:
        return [_lot(one.records, one.pairs) for one in aggregate.aloft]
    if aggregate.pairs is not None:
        return [_lot(aggregate.records, aggregate.pairs)]
    return [Lot(aggregate.records, aggregate.keys, None, aggregate.hash_key)]


def entry(form: Format, lot: Lot, partition_key: str) -> Entry:
    """The Kinesis record of these user records; the key is that of the aggregate."""
    keys = lot.keys
    if lot.steered is not None and form.filtered:
        keys = Keys(None, str(lot.steered))  # readers compare the records' own with the shard
    key = keys.partition_key or partition_key
    data = (
        form.pour(lot.records, keys, key)
        if lot.pairs is None
        else form.encode_mixed(lot.records, lot.pairs, partition_key)
    )
    outer = form.container(lot.records, keys, key)
    if len(lot.records) > 1 and _size(outer.partition_key) > _size(partition_key):
        # a piece has no room for a longer key than the whole; its hash key routes it alike
        outer = Keys(partition_key, str(hash_key(key, keys.explicit_hash_key)))
    hashed = outer.explicit_hash_key if lot.steered is None else str(lot.steered)
    return Entry(data, outer.partition_key or partition_key, hashed)


def _singles(form: Format, aggregate: Aggregate[H], partition_key: str) -> Iterator[Entry]:
    """The same for one of each record, for less: there may be hundreds."""
    records, pairs = _left(aggregate)
    data = form.each(records)
    if pairs is not None:
        keys, hashes = zip(*pairs, strict=True)
        return map(_new, zip(data, [key or partition_key for key in keys], hashes, strict=True))
    key, hashed = aggregate.keys
    if aggregate.hash_key is not None:
        hashed = str(aggregate.hash_key)
    return map(_new, zip(data, repeat(key or partition_key), repeat(hashed), strict=False))


def _left(aggregate: Aggregate[H]) -> tuple[Sequence[bytes], Sequence[Keys] | None]:
    """The records that are not written yet; and their keys, where they differ."""
    records, pairs, rest = aggregate.records, aggregate.pairs, aggregate.rest
    if rest is None:
        return records, pairs
    return [records[place] for place in rest], pairs and [pairs[place] for place in rest]


def _size(partition_key: str | None) -> int:
    return len((partition_key or "").encode())


def _lot(records: Sequence[bytes], pairs: Sequence[Keys]) -> Lot:
    alike = len(set(pairs)) == 1
    return Lot(records, pairs[0], None if alike else pairs, None)
