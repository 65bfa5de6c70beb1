"""KPL aggregates, read: what is none is told apart by its magic number, its MD5 and its grammar."""

from __future__ import annotations

import hashlib
import re
from itertools import repeat
from typing import TYPE_CHECKING, Final

from kinesis_producer.core.formats import kpl
from kinesis_producer.core.formats.kpl_heads import HEAD, Heads
from kinesis_producer.core.formats.protobuf import Fields, Malformed
from kinesis_producer.errors import CorruptAggregate
from kinesis_producer.records import Columns, Tags

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_RECORD: Final = kpl.RECORD[0]
_PARTITION_KEY: Final = kpl.PARTITION_KEY[0]
_EXPLICIT_HASH_KEY: Final = kpl.EXPLICIT_HASH_KEY[0]
_PARTITION_KEY_INDEX: Final = kpl.PARTITION_KEY_INDEX[0]
_EXPLICIT_HASH_KEY_INDEX: Final = kpl.EXPLICIT_HASH_KEY_INDEX[0]
_DATA: Final = kpl.DATA[0]
_TAG: Final = 0x22
_TAG_KEY: Final = 0x0A
_TAG_VALUE: Final = 0x12

#: Fields for each record that there may be: two keys in the tables, and a tag, of three fields. And
#: for each record that there is: itself, its two indexes, its data, and another.
_FIELDS: Final = 5
_FIELDS_OF_ONE: Final = 5

#: Bytes of a message that are read before its records are counted.
_STRETCH: Final = 2**16

_HASH_KEY: Final = re.compile(r"[0-9]{1,39}", re.ASCII)


def read(data: bytes, *, most: int) -> Columns | None:
    """The user records of a KPL aggregate; ``None`` if it is none, as the KCL sees it.

    Args:
        data: of a Kinesis record.
        most: user records, keys and tags, each.

    Raises:
        CorruptAggregate: it is one, and has more than that, or keys that cannot be.
    """
    if not data.startswith(kpl.MAGIC) or len(data) <= len(kpl.MAGIC) + kpl.DIGEST_SIZE:
        return None
    message = data[len(kpl.MAGIC) : -kpl.DIGEST_SIZE]
    if hashlib.md5(message, usedforsecurity=False).digest() != data[-kpl.DIGEST_SIZE :]:
        return None
    try:
        return _Message(message, most).columns()
    except (Malformed, IndexError):
        return None


class _Message:
    """The columns of an AggregatedRecord.

    Args:
        message: its bytes.
        most: of records, keys and tags, each.

    Raises:
        Malformed, IndexError: the message is none.
        CorruptAggregate: there are more.
    """

    def __init__(self, message: bytes, most: int) -> None:
        self._message = message
        self._most = most
        self._fields = Fields(message, _FIELDS * (most + 1))
        self._keys: list[bytes] = []
        self._hash_keys: list[bytes] = []
        self._heads = Heads()
        self._data: list[bytes] = []
        self._indexes: list[int] = []
        self._hashed: dict[int, int] = {}
        self._tags: dict[int, Tags] = {}
        position = 0
        while position < len(message):
            position = self._read(position, min(position + _STRETCH, len(message)))
            if len(self._data) > most:
                raise CorruptAggregate(f"a KPL aggregate of more than {most} records")
        if position != len(message):
            raise Malformed

    def columns(self) -> Columns:
        """Of all records."""
        keys, hash_keys = _texts(self._keys), _texts(self._hash_keys)
        if not all(map(_HASH_KEY.fullmatch, hash_keys)):
            raise CorruptAggregate("a KPL aggregate with an explicit hash key that is no number")
        tags: Iterable[Tags] = repeat(())
        if self._tags:
            tags = [self._tags.get(number, ()) for number in range(len(self._data))]
        try:
            partition_keys = [keys[index] for index in self._indexes]
            return Columns(self._data, partition_keys, self._hashed_by(hash_keys), tags)
        except IndexError:
            raise CorruptAggregate("a KPL aggregate with a record whose key is missing") from None

    def _hashed_by(self, hash_keys: Sequence[str]) -> Iterable[str | None]:
        if not self._hashed:
            return repeat(None)
        chosen = map(self._hashed.get, range(len(self._data)))
        return [None if index is None else hash_keys[index] for index in chosen]

    def _read(self, position: int, stop: int) -> int:
        """Read what begins before the stop: a record that is short and has one key by its head."""
        message, heads, end = self._message, self._heads, len(self._message)
        add, add_index = self._data.append, self._indexes.append
        while position < stop:
            start = position + HEAD
            plain = heads[message[position:start]]
            if plain is None or (plain[1] and not message.startswith(plain[1], start)):
                position = self._read_field(position, end)
            else:
                index, rest, size = plain
                start += len(rest)
                position = start + size
                add(message[start:position])
                add_index(index)
        return position

    def _read_field(self, position: int, stop: int) -> int:
        tag, value, end = self._fields.one(position, stop)
        if tag == _RECORD:
            self._read_record(value, end)
        elif tag == _PARTITION_KEY:
            self._keys.append(self._message[value:end])
        elif tag == _EXPLICIT_HASH_KEY:
            self._hash_keys.append(self._message[value:end])
        return end

    def _read_record(self, position: int, stop: int) -> None:
        found: dict[int, int] = {}
        data, tags = None, []
        for tag, value, end in self._fields.of(position, stop):
            if tag == _DATA:
                data = self._message[value:end]
            elif tag == _TAG:
                tags.append(self._tag(value, end))
            else:
                found[tag] = value
        if data is None or _PARTITION_KEY_INDEX not in found:
            raise Malformed
        self._fields.left += _FIELDS_OF_ONE
        if _EXPLICIT_HASH_KEY_INDEX in found:
            self._hashed[len(self._data)] = found[_EXPLICIT_HASH_KEY_INDEX]
        if tags:
            self._tags[len(self._data)] = tuple(tags)
        self._indexes.append(found[_PARTITION_KEY_INDEX])
        self._data.append(data)

    def _tag(self, position: int, stop: int) -> tuple[str, str | None]:
        parts = {
            tag: self._message[value:end] for tag, value, end in self._fields.of(position, stop)
        }
        if _TAG_KEY not in parts:
            raise Malformed
        (key,) = _texts([parts[_TAG_KEY]])
        values = _texts([parts[_TAG_VALUE]] if _TAG_VALUE in parts else [])
        return key, values[0] if values else None


def _texts(given: Iterable[bytes]) -> list[str]:
    try:
        return [text.decode() for text in given]
    except UnicodeDecodeError:
        raise CorruptAggregate("a KPL aggregate with a key or tag that is not UTF-8") from None
