"""A format whose Kinesis records are compressed as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_producer.core.formats.plain import Transparent
from kinesis_producer.records import NO_KEYS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinesis_producer.core.compression import Compression
    from kinesis_producer.core.formats import Data, Format
    from kinesis_producer.records import Keys


class Compressed(Transparent):
    """What another format makes, compressed: readers have to be told.

    Args:
        form: the other format.
        compression: how.
    """

    def __init__(self, form: Format, compression: Compression) -> None:
        self._form = form
        self._compression = compression
        self.framing = form.framing
        self.single = form.single
        self.mixes = form.mixes

    def envelope(self, keys: Keys, key_size: int, count: int, size: int) -> int:
        """The other's, and a little more where nothing can be compressed."""
        inner = self._form.envelope(keys, key_size, count, size)
        growth = self._compression.growth
        others = (count - 1) * growth(0) if self.single else 0  # each is compressed by itself
        return inner + growth(size + inner) + others

    def own_keys(self, keys: Keys, key_size: int, *, new: bool) -> int:
        """As in the other."""
        return self._form.own_keys(keys, key_size, new=new)

    def encode(self, records: Sequence[bytes], keys: Keys, partition_key: str) -> bytes:
        """Compress what the other makes."""
        return self._compression.compress(self._form.encode(records, keys, partition_key))

    def breaks(self, record: bytes) -> bool:
        """As in the other."""
        return self._form.breaks(record)

    def count_broken(self, data: Data, records: Sequence[bytes]) -> int:
        """As in the other; nothing can be found in compressed data."""
        return self._form.count_broken(self._form.encode(records, NO_KEYS, ""), records)
