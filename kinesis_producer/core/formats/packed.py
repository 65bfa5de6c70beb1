"""Our own aggregates: binary-safe, with keys, and found out by themselves.

``docs/formats.rst`` describes them byte by byte. They begin with a magic number, a version, how the
rest is compressed, and a CRC-32 of all but the magic number and itself. What is compressed, or not,
is a row of msgpack objects without an array around them: how many records, how many pairs of keys,
the pairs, for each record which pair is its own (if there are several), and the records.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any, Final

import msgpack

from kinesis_producer.core.compression import GZIP, ZSTD
from kinesis_producer.core.formats import PACKED_MAGIC
from kinesis_producer.core.formats.plain import Transparent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kinesis_producer.core.compression import Compression
    from kinesis_producer.records import Keys

MAGIC: Final = PACKED_MAGIC
VERSION: Final = 1
PLAIN: Final = 0
COMPRESSIONS: Final = {GZIP: 1, ZSTD: 2}

#: Magic number, version, compression, checksum.
HEAD: Final = struct.Struct(">4sBBI")

#: Header of a binary: its tag and up to four bytes of length.
_FRAMING: Final = 5

#: Two counts, and the headers of two keys, of which one may be an explicit hash key.
_ENVELOPE: Final = HEAD.size + 5 + 1 + 3 + 2
_HASH_KEY: Final = 39

#: Headers of two keys; and a number up to 100,000.
_PAIR: Final = 3 + 2
_INDEX: Final = 5


class PackedFormat(Transparent):
    """Keys are kept as they were given.

    Args:
        compression: of what follows the head; ``None`` for none.
        name: its name.
    """

    framing = _FRAMING
    mixes = True

    def __init__(self, compression: Compression | None = None, name: str | None = None) -> None:
        self._compression = compression
        self._number = PLAIN if name is None else COMPRESSIONS[name]

    def envelope(self, keys: Keys, key_size: int, count: int, size: int) -> int:
        """Head, counts and keys. Compression is left away where it does not help."""
        return _ENVELOPE + key_size + (_HASH_KEY if keys.explicit_hash_key is not None else 0)

    def encode(self, records: Sequence[bytes], keys: Keys, partition_key: str) -> bytes:
        """An aggregate, of one record, too."""
        return self._sealed(_row([len(records), 1, *keys, *records]))

    def encode_mixed(
        self, records: Sequence[bytes], pairs: Sequence[Keys], partition_key: str
    ) -> bytes:
        """An aggregate with all their keys."""
        return self._sealed(mixed_row(records, pairs))

    def own_keys(self, keys: Keys, key_size: int, *, new: bool) -> int:
        """Which pair it has, and that pair, if it is new."""
        pair = _PAIR + key_size + (_HASH_KEY if keys.explicit_hash_key is not None else 0)
        return _INDEX + (pair if new else 0)

    def _sealed(self, row: memoryview) -> bytes:
        if self._compression is not None:
            compressed = self._compression.compress(row)
            if len(compressed) < len(row):
                return sealed(compressed, self._number)
        return sealed(row, PLAIN)


def mixed_row(
    records: Sequence[bytes], keys: Sequence[tuple[str | None, str | None]]
) -> memoryview:
    """What an aggregate holds: counts, the pairs of keys, which pair each record has, and these."""
    pairs: dict[tuple[str | None, str | None], int] = {}
    indexes = [pairs.setdefault(pair, len(pairs)) for pair in keys]
    flat = [key for pair in pairs for key in pair]
    chosen = indexes if len(pairs) > 1 else []
    return _row([len(records), len(pairs), *flat, *chosen, *records])


def packed(records: Iterable[tuple[bytes, str | None, str | None]]) -> bytes:
    """An aggregate of records that are data, partition key and explicit hash key, each."""
    rows = list(records)
    data, keys = [row[0] for row in rows], [(row[1], row[2]) for row in rows]
    return sealed(mixed_row(data, keys), PLAIN)


def sealed(row: bytes | memoryview, compression: int) -> bytes:
    """With the head before it; a copy."""
    head = HEAD.pack(MAGIC, VERSION, compression, checksum(VERSION, compression, row))
    return b"".join((head, row))


def checksum(version: int, compression: int, row: bytes | memoryview) -> int:
    """Over everything behind the magic number, but itself."""
    return zlib.crc32(row, zlib.crc32(bytes((version, compression))))


def _row(objects: list[Any]) -> memoryview:
    """The objects, one behind the other: as an array, without the header that counts them."""
    return memoryview(msgpack.packb(objects, use_bin_type=True))[_array_header(len(objects)) :]


def _array_header(size: int) -> int:
    return 1 if size < 16 else 3 if size < 2**16 else 5
