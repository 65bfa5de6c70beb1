"""As much of protobuf's wire format as a reader of KPL aggregates needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kinesis_producer.errors import CorruptAggregate

if TYPE_CHECKING:
    from collections.abc import Iterator

#: A number of 64 bits, seven in a byte.
_LONGEST: Final = 10
_64_BITS: Final = 2**64 - 1

#: A tag has the number of its field, from 1 on, above three bits, and 32 bits in all.
_FIRST_TAG: Final = 1 << 3
_LAST_TAG: Final = 2**32 - 1

# How a field's value is written, in the lowest three bits of its tag.
_NUMBER, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5


class Malformed(Exception):
    """These bytes are no message. Where they end too soon, an `IndexError` says it."""


def varint(number: int) -> bytes:
    """A number: seven bits in a byte, the lowest first."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def read_varint(data: bytes, position: int) -> tuple[int, int]:
    """The number that stands there, and the position behind it.

    Raises:
        Malformed: no number of 64 bits stands there.
        IndexError: the data ends within it.
    """
    number = data[position]
    if number <= 0x7F:
        return number, position + 1
    number = 0
    for place in range(_LONGEST):
        byte = data[position + place]
        number |= (byte & 0x7F) << 7 * place
        if byte <= 0x7F:
            return number & _64_BITS, position + place + 1
    raise Malformed


class Fields:
    """Goes through the fields of messages; through so many of them at the most.

    Args:
        data: holds the messages.
        most: fields, all messages together.

    Attributes:
        left: how many more there may be.
    """

    def __init__(self, data: bytes, most: int) -> None:
        self._data = data
        self.left = most

    def of(self, position: int, stop: int) -> Iterator[tuple[int, int, int]]:
        """All fields of the message that stands there, each as `one` gives it, and with its errors.

        A message ends where its last field does.
        """
        while position < stop:
            tag, value, position = self.one(position, stop)
            yield tag, value, position

    def one(self, position: int, stop: int) -> tuple[int, int, int]:
        """The field that stands there: tag, value, and the position behind it.

        The value of one with a length is where it begins. Groups, which protobuf gave up long ago,
        are malformed here.

        Raises:
            Malformed, IndexError: no field stands there.
            CorruptAggregate: it is one too many.
        """
        data = self._data
        tag = data[position]
        position += 1
        if tag > 0x7F:
            tag, position = read_varint(data, position - 1)
        value, position = self._value(tag, position)
        if position > stop or not _FIRST_TAG <= tag <= _LAST_TAG:
            raise Malformed
        self.left -= 1
        if self.left < 0:
            raise CorruptAggregate("a KPL aggregate of more fields than its limits allow")
        return tag, value, position

    def _value(self, tag: int, position: int) -> tuple[int, int]:
        kind = tag & 7
        if kind == _BYTES:
            size, position = read_varint(self._data, position)
            return position, position + size
        if kind == _NUMBER:
            return read_varint(self._data, position)
        if kind == _EIGHT_BYTES:
            return position, position + 8
        if kind == _FOUR_BYTES:
            return position, position + 4
        raise Malformed
