"""The aggregates of the Kinesis Producer Library, byte for byte; written by hand, as it is faster.

A magic number, a protobuf message, and the message's MD5. The message has a table of partition
keys, a table of explicit hash keys, and the records, which name their keys by their index::

    message AggregatedRecord {
      repeated string partition_key_table = 1;
      repeated string explicit_hash_key_table = 2;
      repeated Record records = 3;
    }
    message Record {
      required uint64 partition_key_index = 1;
      optional uint64 explicit_hash_key_index = 2;
      required bytes data = 3;
      repeated Tag tags = 4;
    }
"""

from __future__ import annotations

import hashlib
import zlib
from itertools import chain
from typing import TYPE_CHECKING, Final

from kinesis_producer.core.formats import KPL_MAGIC, MAGICS
from kinesis_producer.core.formats.plain import Transparent
from kinesis_producer.core.formats.protobuf import varint
from kinesis_producer.core.formats.slices import Slices, cut, stride
from kinesis_producer.core.hash_keys import hash_key
from kinesis_producer.records import Keys

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from kinesis_producer.core.formats import Data

MAGIC: Final = KPL_MAGIC
DIGEST_SIZE: Final = 16

# Protobuf tags: the number of a field, and whether a length follows (2) or a number (0).
PARTITION_KEY: Final = b"\x0a"
EXPLICIT_HASH_KEY: Final = b"\x12"
RECORD: Final = b"\x1a"
PARTITION_KEY_INDEX: Final = b"\x08"
EXPLICIT_HASH_KEY_INDEX: Final = b"\x10"
DATA: Final = b"\x1a"

#: What the KPL itself sends all aggregates under; and how many keys they may be spread over.
CONSTANT_KEY: Final = "a"
MOST_CONTAINER_KEYS: Final = 10_000

#: Record tag and length (1 + 2 bytes), key index (2), data tag and length (1 + 2). A record of more
#: than so many bytes has lengths of one byte more each, or two: for these the envelope leaves room.
_FRAMING: Final = 8
_HASHED: Final = 2
_LARGE: Final = 2**14 - 8
_LONGER: Final = 4

#: Magic number, digest, tag and length of a key, and what a container's key may be longer.
_ENVELOPE: Final = len(MAGIC) + DIGEST_SIZE + 1 + 2 + len(str(MOST_CONTAINER_KEYS))

#: Tag and length of a key, or 16 bytes of one that is random; and what the index of the last of
#: 100,000 keys takes beyond the one byte that the framing has, with a length that it makes longer.
_ROW: Final = 1 + 2 + 16
_INDEX: Final = 3

#: Tag, length and digits of an explicit hash key.
_HASH_KEY: Final = 2 + 39


def aggregated(records: Iterable[tuple[bytes, str, str | None]]) -> bytes:
    """An aggregate of records that are data, partition key and explicit hash key, each."""
    keys: dict[str, int] = {}
    hash_keys: dict[str, int] = {}
    heads: dict[tuple[str, str | None], _Heads] = {}
    parts: list[bytes] = []
    for data, key, given in records:
        head = heads.get((key, given))
        if head is None:
            index = keys.setdefault(key, len(keys))
            hashed = None if given is None else hash_keys.setdefault(given, len(hash_keys))
            head = heads[key, given] = _Heads(index, hashed)
        parts += (head[len(data)], data)
    return _sealed([*_table(PARTITION_KEY, keys), *_table(EXPLICIT_HASH_KEY, hash_keys), *parts])


class KplFormat(Transparent):
    """One that is alone goes as it is.

    Args:
        container_key: makes the key of an aggregate from that of its records; ``None`` keeps it.
    """

    framing = _FRAMING
    mixes = True
    filtered = True

    def __init__(self, container_key: Callable[[str], str] | None = None) -> None:
        self._container_key = container_key

    def envelope(self, keys: Keys, key_size: int, count: int, size: int) -> int:
        """Magic number and digest, tables of one key, and longer lengths of large records.

        What has no keys at all may be given an explicit hash key, of a shard that has room.
        """
        plain = keys.explicit_hash_key is None and keys.partition_key is not None
        hashed = 0 if plain else _HASH_KEY + _HASHED * count
        return _ENVELOPE + key_size + hashed + _LONGER * (size // _LARGE + 1)

    def own_keys(self, keys: Keys, key_size: int, *, new: bool) -> int:
        """Longer indexes; and rows in the tables, for new ones."""
        hashed = keys.explicit_hash_key is not None
        rows = _ROW + key_size + hashed * _HASH_KEY if new else 0
        return rows + _INDEX + hashed * (_HASHED + _INDEX)

    def lone(self, record: bytes, keys: Keys, key_size: int) -> int:
        """Nothing, but for a record that would be read as an aggregate if it went as it is."""
        if not record.startswith(MAGICS):
            return 0
        return super().lone(record, keys, key_size)

    def encode(self, records: Sequence[bytes], keys: Keys, partition_key: str) -> bytes:
        """An aggregate, or the record itself."""
        return records[0] if _goes_raw(records) else bytes(_Alike(records, keys, partition_key))

    def pour(self, records: Sequence[bytes], keys: Keys, partition_key: str) -> Data:
        """The same, some records at a time."""
        if len(records) <= stride(records):
            return self.encode(records, keys, partition_key)
        return _Alike(records, keys, partition_key)

    def encode_mixed(
        self, records: Sequence[bytes], pairs: Sequence[Keys], partition_key: str
    ) -> bytes:
        """An aggregate with tables of all their keys."""
        return aggregated(
            (record, keys.partition_key or partition_key, keys.explicit_hash_key)
            for record, keys in zip(records, pairs, strict=True)
        )

    def container(self, records: Sequence[bytes], keys: Keys, partition_key: str) -> Keys:
        """The records' own, or another partition key that an explicit hash key routes alike."""
        if self._container_key is None or _goes_raw(records):
            return Keys(partition_key, keys.explicit_hash_key)
        hashed = keys.explicit_hash_key or str(hash_key(partition_key))
        return Keys(self._container_key(partition_key), hashed)


def constant(_: str) -> str:
    """The key that the KPL sends all aggregates under."""
    return CONSTANT_KEY


def spread(number: int) -> Callable[[str], str]:
    """So many keys: equal records' keys get equal ones."""
    return lambda key: str(zlib.crc32(key.encode()) % number)


class _Alike(Slices):
    """An aggregate of records that all have the same keys."""

    def __init__(self, records: Sequence[bytes], keys: Keys, partition_key: str) -> None:
        super().__init__()
        hash_keys = () if keys.explicit_hash_key is None else (keys.explicit_hash_key,)
        self._records = records
        self._heads = _Heads(0, 0 if hash_keys else None)
        keyed = _table(PARTITION_KEY, (partition_key,))
        self._tables = b"".join((*keyed, *_table(EXPLICIT_HASH_KEY, hash_keys)))

    def _make(self) -> Iterator[bytes]:
        digest = hashlib.md5(self._tables, usedforsecurity=False)
        yield MAGIC + self._tables
        for some in cut(self._records):
            heads = map(self._heads.__getitem__, map(len, some))
            piece = b"".join(chain.from_iterable(zip(heads, some, strict=True)))
            digest.update(piece)
            yield piece
        yield digest.digest()


class _Heads(dict[int, bytes]):
    """What stands before the data of a record, by its size."""

    def __init__(self, index: int, hashed: int | None) -> None:
        super().__init__()
        self._keys = PARTITION_KEY_INDEX + varint(index)
        if hashed is not None:
            self._keys += EXPLICIT_HASH_KEY_INDEX + varint(hashed)

    def __missing__(self, size: int) -> bytes:
        inner = self._keys + DATA + varint(size)
        head = self[size] = RECORD + varint(len(inner) + size) + inner
        return head


def _goes_raw(records: Sequence[bytes]) -> bool:
    return len(records) == 1 and not records[0].startswith(MAGICS)


def _table(tag: bytes, keys: Iterable[str]) -> list[bytes]:
    rows = [key.encode() for key in keys]
    return [part for row in rows for part in (tag, varint(len(row)), row)]


def _sealed(parts: Iterable[bytes]) -> bytes:
    message = b"".join(parts)
    digest = hashlib.md5(message, usedforsecurity=False).digest()
    return b"".join((MAGIC, message, digest))
