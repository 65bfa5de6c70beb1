"""Our own aggregates, read: what is none is told apart by its magic number and its checksum."""

from __future__ import annotations

import re
from itertools import islice, repeat
from typing import TYPE_CHECKING, Any, Final

import msgpack

from kinesis_producer.core.formats import packed
from kinesis_producer.errors import CorruptAggregate
from kinesis_producer.limits import MAX_HASH_KEY
from kinesis_producer.records import Columns, Keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_NAMES: Final = {number: name for name, number in packed.COMPRESSIONS.items()}
_HASH_KEY: Final = re.compile(r"0|[1-9][0-9]{0,38}", re.ASCII)


def read(data: bytes, *, records: int, decompress: Callable[[bytes, str], bytes]) -> Columns | None:
    """The user records of one of our aggregates; ``None`` if it is none.

    Args:
        data: of a Kinesis record.
        records: that there may be.
        decompress: given compressed bytes and the name of the compression.

    Raises:
        CorruptAggregate: it is one, and cannot be read, or exceeds a limit.
    """
    if not data.startswith(packed.MAGIC) or len(data) < packed.HEAD.size:
        return None
    _, version, number, checksum = packed.HEAD.unpack_from(data)
    row = data[packed.HEAD.size :]
    if packed.checksum(version, number, row) != checksum:
        return None
    if version != packed.VERSION:
        raise CorruptAggregate(f"an aggregate of version {version}, which is newer than this")
    if number != packed.PLAIN:
        row = decompress(row, _name(number))
    try:
        return _Row(row, records).columns()
    except (ValueError, msgpack.UnpackException) as error:
        if isinstance(error, CorruptAggregate):
            raise
        raise CorruptAggregate("an aggregate that is no row of msgpack objects") from error


def _name(number: int) -> str:
    if number not in _NAMES:
        raise CorruptAggregate(f"an aggregate that is compressed in a way ({number}) not known")
    return _NAMES[number]


class _Row:
    """The msgpack objects of an aggregate, one behind the other.

    Nothing may be nested: arrays and maps that have anything in them are refused before it is made.

    Args:
        row: their bytes.
        most: records that there may be.
    """

    def __init__(self, row: bytes, most: int) -> None:
        self._size = len(row)
        self._most = most
        self._objects = msgpack.Unpacker(
            max_buffer_size=max(len(row), 1), max_array_len=0, max_map_len=0, max_ext_len=0
        )
        self._objects.feed(row)

    def columns(self) -> Columns:
        """All of it, in the order in which it stands there."""
        count = self._count(self._most, "records")
        pairs = self._pairs(self._count(count, "pairs of keys"))
        partition_keys, hash_keys = self._keys(pairs, count)
        data = self._take(count, bytes)
        if self._objects.tell() != self._size:
            raise CorruptAggregate("an aggregate with more in it than it says")
        return Columns(data, partition_keys, hash_keys)

    def _count(self, most: int, what: str) -> int:
        count: int = self._take(1, int)[0]
        if not 1 <= count <= most:
            raise CorruptAggregate(f"an aggregate of {count} {what}; there may be {most}")
        return count

    def _pairs(self, count: int) -> list[Keys]:
        texts = self._take(2 * count, str, type(None))
        pairs = [Keys(*texts[place : place + 2]) for place in range(0, 2 * count, 2)]
        if not all(map(_is_hash_key, {pair.explicit_hash_key for pair in pairs})):
            raise CorruptAggregate("an aggregate with an explicit hash key that is no number")
        return pairs

    def _keys(self, pairs: Sequence[Keys], count: int) -> Iterable[Iterable[str | None]]:
        """The column of partition keys, and that of explicit hash keys."""
        if len(pairs) == 1:
            return map(repeat, pairs[0])
        indexes = self._take(count, int)
        if min(indexes) < 0 or max(indexes) >= len(pairs):
            raise CorruptAggregate("an aggregate with a record whose keys are missing")
        return zip(*map(pairs.__getitem__, indexes), strict=True)

    def _take(self, count: int, *kinds: type) -> list[Any]:
        """So many objects, all of these kinds."""
        objects = list(islice(self._objects, count))
        if len(objects) < count or not set(map(type, objects)) <= set(kinds):
            raise CorruptAggregate("an aggregate with less in it than it says")
        return objects


def _is_hash_key(text: str | None) -> bool:
    return text is None or (bool(_HASH_KEY.fullmatch(text)) and int(text) <= MAX_HASH_KEY)
