"""Formats without a layout of their own: delimiter and none.

The delimiter ends each record (it does not separate them), so that an empty record, and an
aggregate of empty records, come back as they were sent.
"""

from __future__ import annotations

from itertools import repeat
from operator import contains
from typing import TYPE_CHECKING

from kinesis_producer.core.formats.slices import Slices, cut, stride
from kinesis_producer.limits import RANDOM_KEY_SIZE
from kinesis_producer.records import NO_KEYS, Keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from kinesis_producer.core.formats import Data


class Transparent:
    """What a format does that keeps no keys, and in which every record comes back."""

    framing = 0
    single = False
    mixes = False
    filtered = False

    def own_keys(self, keys: Keys, key_size: int, *, new: bool) -> int:
        """Nothing: none are kept."""
        return 0

    def encode(self, records: Sequence[bytes], keys: Keys, partition_key: str) -> bytes:
        """The record itself, where there is one to an aggregate."""
        return records[0]

    def pour(self, records: Sequence[bytes], keys: Keys, partition_key: str) -> Data:
        """As a whole."""
        return self.encode(records, keys, partition_key)

    def each(self, records: Sequence[bytes]) -> Iterable[bytes]:
        """Each by itself, when it is asked for."""
        return (self.encode((record,), NO_KEYS, "") for record in records)

    def encode_mixed(
        self, records: Sequence[bytes], pairs: Sequence[Keys], partition_key: str
    ) -> bytes:
        """As others: no keys are kept."""
        return self.encode(records, pairs[0], partition_key)

    def envelope(self, keys: Keys, key_size: int, count: int, size: int) -> int:
        """Nothing."""
        return 0

    def lone(self, record: bytes, keys: Keys, key_size: int) -> int:
        """As in an aggregate of one."""
        return self.framing + self.envelope(keys, key_size, 1, len(record) + self.framing)

    def container(self, records: Sequence[bytes], keys: Keys, partition_key: str) -> Keys:
        """The user records' own."""
        return Keys(partition_key, keys.explicit_hash_key)

    def breaks(self, record: bytes) -> bool:
        """Never."""
        return False

    def count_broken(self, data: Data, records: Sequence[bytes]) -> int:
        """None."""
        return 0


class DelimiterFormat(Transparent):
    """Each record followed by the delimiter."""

    def __init__(self, delimiter: bytes) -> None:
        self._delimiter = delimiter
        self.framing = len(delimiter)
        self._overlaps = any(
            delimiter[:size] == delimiter[-size:] for size in range(1, len(delimiter))
        )

    def encode(self, records: Sequence[bytes], keys: Keys, partition_key: str) -> bytes:
        """Join the records; one copy of the bytes."""
        return self._delimiter.join((*records, b""))

    def pour(self, records: Sequence[bytes], keys: Keys, partition_key: str) -> Data:
        """Join some at a time."""
        if len(records) <= stride(records):
            return self.encode(records, keys, partition_key)
        return _Joined(self, records)

    def breaks(self, record: bytes) -> bool:
        """Whether the record holds the delimiter, or its end makes one match early."""
        return (record + self._delimiter).find(self._delimiter) != len(record)

    def count_broken(self, data: Data, records: Sequence[bytes]) -> int:
        """Count by one scan of the data, except where a delimiter can overlap itself.

        Whether a byte is in a record takes a tenth of what counting it in a KB does (CPython 3.11).
        """
        if isinstance(data, _Joined):
            return data.broken
        if self._overlaps:
            return sum(map(self.breaks, records))
        if self.framing == 1 and not any(map(contains, records, repeat(self._delimiter[0]))):
            return 0
        return bytes(data).count(self._delimiter) - len(records)


class _Joined(Slices):
    """Records, each followed by the delimiter.

    Attributes:
        broken: delimiters within records, of those that have been made.
    """

    def __init__(self, form: DelimiterFormat, records: Sequence[bytes]) -> None:
        super().__init__()
        self._form = form
        self._records = records
        self.broken = 0

    def _make(self) -> Iterator[bytes]:
        """Delimiters are counted while a slice is in the cache."""
        self.broken = 0
        for some in cut(self._records):
            piece = self._form.encode(some, NO_KEYS, "")
            self.broken += self._form.count_broken(piece, some)
            yield piece


class NoFormat(Transparent):
    """Each record goes as it is: an aggregate is as many Kinesis records as it has records.

    Args:
        shared: several may share one.
    """

    single = True

    def __init__(self, *, shared: bool = False) -> None:
        self.mixes = shared

    def own_keys(self, keys: Keys, key_size: int, *, new: bool) -> int:
        """A partition key goes with each record: its own, or a random one."""
        if not self.mixes:
            return 0
        return RANDOM_KEY_SIZE if keys.partition_key is None else key_size

    def each(self, records: Sequence[bytes]) -> Iterable[bytes]:
        """They themselves."""
        return records

    def envelope(self, keys: Keys, key_size: int, count: int, size: int) -> int:
        """The partition keys of all but one, which is counted elsewhere."""
        return (count - 1) * key_size
