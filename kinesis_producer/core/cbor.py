"""CBOR (RFC 8949), read: as much of it as the service may speak, and nothing that is malformed.

Tags are passed over: what they are on is given as it stands. Undefined is read as null.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    #: Given data, position and levels left: the value that begins there, and where it ends.
    Reader = Callable[[bytes, int, int], tuple[Any, int]]

#: Own: values within values. Those of the service's answers have five levels.
DEEPEST: Final = 32

# What the five lowest bits of a value's first byte say instead of a number below 24.
_ONE_BYTE, _EIGHT_BYTES, _UNSAID = 24, 27, 31

#: Ends what does not say how long it is.
_BREAK: Final = 0xFF


class MalformedCbor(ValueError):
    """These bytes are no CBOR, or of a kind that is not read here."""


def loads(data: bytes) -> object:
    """The one value that the data holds: maps as dicts, arrays as lists.

    Raises:
        MalformedCbor: there is none, or more than one, or it is deeper than `DEEPEST`.
    """
    try:
        value, end = _READERS[data[0]](data, 0, DEEPEST)
    except IndexError:
        raise MalformedCbor("the data ends within a value") from None
    except UnicodeDecodeError:
        raise MalformedCbor("a text is not UTF-8") from None
    if end != len(data):
        raise MalformedCbor("something follows the value")
    return value


# Each reads one kind of value. Where the data ends too soon, it raises IndexError.


def _number(data: bytes, position: int, _: int) -> tuple[int, int]:
    """Also of the head of other values: a length, say, or -1 where it is not said."""
    info = data[position] & 0x1F
    start = position + 1
    if info < _ONE_BYTE:
        return info, start
    if info == _UNSAID:
        return -1, start
    stop = start + (1 << info - _ONE_BYTE)
    if stop > len(data):
        raise IndexError
    return int.from_bytes(data[start:stop]), stop


def _negative(data: bytes, position: int, _: int) -> tuple[int, int]:
    number, position = _number(data, position, 0)
    return -1 - number, position


def _bytes(data: bytes, position: int, _: int) -> tuple[bytes, int]:
    size, start = _number(data, position, 0)
    return _cut(data, start, start + size), start + size


def _text(data: bytes, position: int, _: int) -> tuple[str, int]:
    size, start = _number(data, position, 0)
    return _cut(data, start, start + size).decode(), start + size


def _common_text(data: bytes, position: int, _: int) -> tuple[str, int]:
    """One of 24 to 255 bytes: a sequence number, say. As `_text`, and faster."""
    start = position + 2
    stop = start + data[position + 1]
    return _cut(data, start, stop).decode(), stop


def _cut(data: bytes, start: int, stop: int) -> bytes:
    if stop > len(data):
        raise IndexError
    return data[start:stop]


def _byte_pieces(data: bytes, position: int, _: int) -> tuple[bytes, int]:
    pieces, position = _pieces(data, position)
    return b"".join(pieces), position


def _text_pieces(data: bytes, position: int, _: int) -> tuple[str, int]:
    pieces, position = _pieces(data, position)
    return "".join(pieces), position


def _pieces(data: bytes, position: int) -> tuple[list[Any], int]:
    """All of the type of the whole, and of lengths that they say."""
    whole = data[position]
    position += 1
    pieces: list[Any] = []
    while data[position] != _BREAK:
        first = data[position]
        if first >> 5 != whole >> 5 or first == whole:
            raise MalformedCbor("a piece of bytes or of text is something else")
        piece, position = _READERS[first](data, position, 0)
        pieces.append(piece)
    return pieces, position + 1


def _array(data: bytes, position: int, depth: int) -> tuple[list[Any], int]:
    left, position = _number(data, position, 0)
    below = _below(depth)
    items: list[Any] = []
    while left:  # of an unsaid length, it never comes to 0
        if left < 0 and data[position] == _BREAK:
            return items, position + 1
        item, position = _READERS[data[position]](data, position, below)
        items.append(item)
        left -= 1
    return items, position


def _map(data: bytes, position: int, depth: int) -> tuple[dict[Any, Any], int]:
    left, position = _number(data, position, 0)
    below, readers, names = _below(depth), _READERS, _NAMES
    found: dict[Any, Any] = {}
    while left:
        first = data[position]
        if left < 0 and first == _BREAK:
            return found, position + 1
        after = position + 1 + (first & 0x1F)
        key = names[data[position:after]]
        if key is None:
            key, after = readers[first](data, position, below)
        if key.__class__ not in _KEYS or key in found:
            raise MalformedCbor("a key stands twice in a map, or is none")
        found[key], position = readers[data[after]](data, after, below)
        left -= 1
    return found, position


class _Names(dict[bytes, "str | None"]):
    """Short texts, by their bytes, head included: maps of one kind have the same keys."""

    def __missing__(self, raw: bytes) -> str | None:
        if not _SHORT_TEXT <= raw[0] < _SHORT_TEXT + _ONE_BYTE:
            return None
        name, _ = _text(raw, 0, 0)
        if len(self) < _MOST_NAMES:
            self[raw] = name
        return name


def _tag(data: bytes, position: int, depth: int) -> tuple[Any, int]:
    _, position = _number(data, position, 0)
    return _READERS[data[position]](data, position, _below(depth))


def _below(depth: int) -> int:
    if not depth:
        raise MalformedCbor(f"deeper than {DEEPEST} levels")
    return depth - 1


def _float(data: bytes, position: int, _: int) -> tuple[float, int]:
    kind = _FLOATS[data[position]]
    stop = position + 1 + kind.size
    (number,) = kind.unpack(_cut(data, position + 1, stop))
    return number, stop


def _constant(data: bytes, position: int, _: int) -> tuple[bool | None, int]:
    return _CONSTANTS[data[position]], position + 1


def _nothing(data: bytes, position: int, _: int) -> tuple[Any, int]:
    raise MalformedCbor(f"0x{data[position]:02x} begins no value that is read here")


#: What may be a key of a map. A bool would be the same as a number.
_KEYS: Final = frozenset((str, int, bytes))

_CONSTANTS: Final = {0xF4: False, 0xF5: True, 0xF6: None, 0xF7: None}
_FLOATS: Final = {
    0xF9: struct.Struct(">e"),
    0xFA: struct.Struct(">f"),
    0xFB: struct.Struct(">d"),
}

#: What begins a text of less than 24 bytes, its length added.
_SHORT_TEXT: Final = 0x60

_MOST_NAMES: Final = 256  # those of the service's answers are fewer
_NAMES: Final = _Names()

#: By the first byte of a value: major type in the three highest bits, number or length in the rest.
_READERS: Final[list[Reader]] = [_nothing] * 256
for _major, _reader in enumerate((_number, _negative, _bytes, _text, _array, _map, _tag)):
    for _info in range(_EIGHT_BYTES + 1):
        _READERS[_major << 5 | _info] = _reader
_READERS[_SHORT_TEXT + _ONE_BYTE] = _common_text
for _table, _reader in ((_CONSTANTS, _constant), (_FLOATS, _float)):
    for _first in _table:
        _READERS[_first] = _reader
_READERS[0x5F], _READERS[0x7F] = _byte_pieces, _text_pieces
_READERS[0x9F], _READERS[0xBF] = _array, _map
