"""CBOR (RFC 8949), written: values as JSON has them, and bytes."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# Major types: they begin the first byte of a value.
UNSIGNED, NEGATIVE, BYTES, TEXT, ARRAY, MAP = range(6)

_CONSTANTS: Final = {False: b"\xf4", True: b"\xf5", None: b"\xf6"}
_DOUBLE: Final = struct.Struct(">Bd")


def dumps(value: object) -> bytes:
    """A value in CBOR: of None, bool, int, float, bytes, str, and lists and mappings of these.

    Raises:
        TypeError: of anything else.
        OverflowError: an int of more than 64 bits.
    """
    parts: list[bytes] = []
    _write(value, parts.append)
    return b"".join(parts)


def head(major: int, number: int) -> bytes:
    """What a value begins with.

    Args:
        major: its type.
        number: of 64 bits at the most: its length, in bytes, items or pairs; or itself.

    Raises:
        OverflowError: it has more.
    """
    if number < 24:
        return bytes((major << 5 | number,))
    power = next((power for power in range(3) if number < 1 << (8 << power)), 3)
    return bytes((major << 5 | 24 + power,)) + number.to_bytes(1 << power)


def _write(value: object, write: Callable[[bytes], object]) -> None:
    match value:
        case None | bool():
            write(_CONSTANTS[value])
        case int():
            write(head(UNSIGNED, value) if value >= 0 else head(NEGATIVE, -1 - value))
        case float():
            write(_DOUBLE.pack(0xFB, value))
        case bytes():
            write(head(BYTES, len(value)))
            write(value)
        case str():
            text = value.encode()
            write(head(TEXT, len(text)) + text)
        case list() | tuple():
            write(head(ARRAY, len(value)))
            _write_all(value, write)
        case Mapping():
            write(head(MAP, len(value)))
            _write_all((one for pair in value.items() for one in pair), write)
        case _:
            raise TypeError(f"{type(value).__name__} cannot be said in CBOR here")


def _write_all(values: Iterable[object], write: Callable[[bytes], object]) -> None:
    for value in values:
        _write(value, write)
