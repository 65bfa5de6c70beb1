"""The Kinesis records of a request, as they are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kinesis_producer.core.hash_keys import hash_key
from kinesis_producer.records import Keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinesis_producer.core.aggregate import Aggregate, H
    from kinesis_producer.core.formats import Format


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


def lots(aggregate: Aggregate[H]) -> list[Lot]:
    """One, or one for each piece of it that is in the request."""
    if aggregate.pieces:
        return [_lot(one.records, one.pairs) for one in aggregate.aloft]
    if aggregate.pairs is not None:
        return [_lot(aggregate.records, aggregate.pairs)]
    return [Lot(aggregate.records, aggregate.keys, None, aggregate.hash_key)]


def entry(form: Format, lot: Lot, partition_key: str) -> dict[str, object]:
    """As PutRecords takes it.

    Args:
        form: how records lie in it.
        lot: the records.
        partition_key: of the aggregate; for records without one.
    """
    keys = lot.keys
    if lot.steered is not None and form.filtered:
        keys = Keys(None, str(lot.steered))  # readers compare the records' own with the shard
    key = keys.partition_key or partition_key
    data = (
        form.encode(lot.records, keys, key)
        if lot.pairs is None
        else form.encode_mixed(lot.records, lot.pairs, partition_key)
    )
    outer = form.container(lot.records, keys, key)
    if len(lot.records) > 1 and _size(outer.partition_key) > _size(partition_key):
        # a piece has no room for a longer key than the whole; its hash key routes it alike
        outer = Keys(partition_key, str(hash_key(key, keys.explicit_hash_key)))
    made: dict[str, object] = {"Data": data, "PartitionKey": outer.partition_key}
    hashed = lot.steered if lot.steered is not None else outer.explicit_hash_key
    if hashed is not None:
        made["ExplicitHashKey"] = str(hashed)
    return made


def _size(partition_key: str | None) -> int:
    return len((partition_key or "").encode())


def _lot(records: Sequence[bytes], pairs: Sequence[Keys]) -> Lot:
    alike = len(set(pairs)) == 1
    return Lot(records, pairs[0], None if alike else pairs, None)
