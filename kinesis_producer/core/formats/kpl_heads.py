"""The first bytes of a record in a KPL aggregate, which say all of it where nothing is unusual."""

from __future__ import annotations

from typing import Final

from kinesis_producer.core.formats import kpl
from kinesis_producer.core.formats.protobuf import varint

_RECORD: Final = kpl.RECORD[0]

#: Of the index of the key, and of the data.
_TAGS: Final = (kpl.PARTITION_KEY_INDEX[0], kpl.DATA[0])

#: Bytes before the data of a short record that has no explicit hash key.
HEAD: Final = 6

#: The last number that takes one byte.
_LAST: Final = 0x7F

#: Index of the key, what follows the head before the data begins, and the size of the data.
_Head = tuple[int, bytes, int]


class Heads(dict[bytes, "_Head | None"]):
    """What the first bytes of a record say, where it has a key and nothing unusual.

    They are the tag and the length of the record, its key's index, and its data's tag and length.
    Many records of an aggregate have the same, so that they are read once.
    """

    def __missing__(self, head: bytes) -> _Head | None:
        if len(head) == HEAD and head[0] == _RECORD:
            found = _short(head) if head[1] <= _LAST else _long(head)
            if found is not None:
                self[head] = found
            return found
        return None


def _short(head: bytes) -> _Head | None:
    """The length of the record is one byte, and so is that of its data."""
    index, size = head[3], head[5]
    plain = (head[2], head[4]) == _TAGS and max(index, size) <= _LAST
    return (index, b"", size) if plain and head[1] == size + HEAD - 2 else None


def _long(head: bytes) -> _Head | None:
    """The length of the record is two bytes; that of its data, one or two, follows the head."""
    index, length = head[4], head[1] & _LAST | head[2] << 7
    if (head[3], head[5]) != _TAGS or max(index, head[2]) > _LAST:
        return None
    for size in (length - 5, length - 4):
        rest = varint(max(size, 0))
        if size + len(rest) + 3 == length:
            return index, rest, size
    return None
