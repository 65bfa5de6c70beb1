"""From the data of a Kinesis record back to the user records in it, whoever wrote it.

KPL aggregates are told by magic number, MD5 and grammar, our own by magic number and checksum.
Delimiters and compression are taken off only where that is asked for: a user's own gzip payload
comes back as it was sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING, Final

from kinesis_producer import checks
from kinesis_producer.core.compression import LEVELS, compression_of
from kinesis_producer.core.formats import (
    AGGREGATIONS,
    DELIMITER,
    KPL,
    MSGPACK,
    kpl_reading,
    packed_reading,
)
from kinesis_producer.core.hash_keys import hash_key
from kinesis_producer.errors import ConfigError, CorruptAggregate
from kinesis_producer.limits import MAX_DECODED_SIZE, MAX_RECORDS_PER_AGGREGATE
from kinesis_producer.records import NO_KEYS, Columns, Keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinesis_producer.core.compression import Compression
    from kinesis_producer.core.hash_keys import HashRange
    from kinesis_producer.records import UserRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLimits:
    """How much one Kinesis record may turn into; more is a `CorruptAggregate`.

    The defaults let everything pass that this library writes by default, and bound what is made of
    a record that somebody wrote to do harm.

    Attributes:
        records: user records; as many keys, and as many tags.
        size: bytes that come out of a decompressor.
        ratio: times by which they may exceed what was compressed; ``None`` for no limit, since a
            log of equal lines honestly reaches 10,000.
    """

    records: int = MAX_RECORDS_PER_AGGREGATE
    size: int = MAX_DECODED_SIZE
    ratio: int | None = None

    def __post_init__(self) -> None:
        for name, check in _LIMITS.items():
            fault = check(getattr(self, name))
            if fault is not None:
                raise ConfigError(f"{name}: {fault}")


_LIMITS: Final = {
    "records": checks.whole(1, 2**31),
    "size": checks.whole(0, 2**31),
    "ratio": checks.optional(checks.whole(1, 2**31)),
}


@dataclass(slots=True, kw_only=True)
class Deaggregator:
    """Reads Kinesis records of one stream. Pure; one thread at a time, for its counter.

    Attributes:
        delimiter: what ends each record; ``None`` where none does.
        compression: of Kinesis records as a whole; ``None`` for none.
        limits: how much one may turn into.
        kcl_range_check: a KPL aggregate with a record that belongs to another shard is left out as
            a whole, as the KCL does.
        misplaced: KPL aggregates with such a record, whether left out or not.
    """

    delimiter: bytes | None = None
    compression: Compression | None = None
    limits: ReadLimits = field(default_factory=ReadLimits)
    kcl_range_check: bool = False
    misplaced: int = 0

    def read(
        self, data: bytes, keys: Keys = NO_KEYS, shard: HashRange | None = None
    ) -> Sequence[UserRecord]:
        """The user records in the data of a Kinesis record. As `columns`."""
        return self.columns(data, keys, shard).user_records()

    def columns(self, data: bytes, keys: Keys, shard: HashRange | None) -> Columns:
        """The user records in the data of a Kinesis record, by columns.

        Args:
            data: of any bytes.
            keys: of the Kinesis record; records in formats that keep no keys are given them.
            shard: where it lies; needed to tell whether a record belongs to another.

        Raises:
            CorruptAggregate: it is not what it says, or was said, to be; nothing else is raised.
        """
        found = kpl_reading.read(data, most=self.limits.records)
        if found is not None:
            return self._placed(found, shard)
        found = packed_reading.read(
            data, records=self.limits.records, decompress=self._decompressed_by_name
        )
        return self._plain(data, keys) if found is None else found

    def _placed(self, found: Columns, shard: HashRange | None) -> Columns:
        if shard is None or all(key in shard for key in _hash_keys(found)):
            return found
        self.misplaced += 1
        return _keyed((), NO_KEYS) if self.kcl_range_check else found

    def _plain(self, data: bytes, keys: Keys) -> Columns:
        if self.compression is not None:
            data = self._decompressed(data, self.compression)
        if self.delimiter is None:
            return _keyed((data,), keys)
        return self._split(data, self.delimiter, keys)

    def _split(self, data: bytes, delimiter: bytes, keys: Keys) -> Columns:
        """Cut behind each delimiter; what follows the last one, if anything, is a record too."""
        most = self.limits.records
        parts = data.split(delimiter, most)
        if not parts[-1]:
            parts.pop()
        if len(parts) > most:
            raise CorruptAggregate(f"more than {most} records")
        return _keyed(parts, keys)

    def _decompressed_by_name(self, data: bytes, name: str) -> bytes:
        try:
            compression = compression_of(name)
        except ConfigError as error:
            raise CorruptAggregate(f"it cannot be read here: {error}") from error
        return self._decompressed(data, compression)

    def _decompressed(self, data: bytes, compression: Compression) -> bytes:
        most = self.limits.size
        if self.limits.ratio is not None:
            most = min(most, self.limits.ratio * len(data))
        return compression.decompress(data, most)


def deaggregate(  # noqa: PLR0913 -- each is a fact about the data
    data: bytes | bytearray | memoryview,
    *,
    partition_key: str | None = None,
    explicit_hash_key: str | None = None,
    aggregation: str | None = None,
    record_delimiter: bytes | str = b"\n",
    compression: str | None = None,
    limits: ReadLimits | None = None,
) -> Sequence[UserRecord]:
    """The user records in the data of a Kinesis record. Pure; from any thread.

    KPL and msgpack aggregates are found out by themselves, whatever is said of the data. All else
    is one record, unless told otherwise.

    Args:
        data: of the Kinesis record.
        partition_key: of the Kinesis record; records in formats that keep no keys are given it.
        explicit_hash_key: likewise.
        aggregation: as the producer's; ``"delimiter"`` has the data cut behind each delimiter.
        record_delimiter: as the producer's.
        compression: as the producer's, of data that does not say so itself.
        limits: how much may become of it.

    Raises:
        CorruptAggregate: it is not what it says, or was said, to be, or exceeds a limit.
        ConfigError: an argument other than ``data`` cannot be.
        TypeError: ``data`` is not bytes-like.
    """
    reader = deaggregator_of(aggregation, record_delimiter, compression)
    reader.limits = reader.limits if limits is None else limits
    return reader.read(as_bytes(data), Keys(partition_key, explicit_hash_key))


def as_bytes(data: bytes | bytearray | memoryview) -> bytes:
    """What is bytes-like. Raises TypeError for anything else."""
    return data if type(data) is bytes else memoryview(data).tobytes()


def deaggregator_of(
    aggregation: str | None, record_delimiter: bytes | str, compression: str | None
) -> Deaggregator:
    """What reads a stream that is written so. Arguments and errors are those of `deaggregate`."""
    found = {
        "aggregation": checks.optional(checks.one_of(*AGGREGATIONS))(aggregation),
        "record_delimiter": checks.delimiter(record_delimiter),
        "compression": checks.optional(checks.one_of(*LEVELS))(compression),
    }
    for name, fault in found.items():
        if fault is not None:
            raise ConfigError(f"{name}: {fault}")
    if aggregation == KPL and compression is not None:
        raise ConfigError("compression: must be None with aggregation 'kpl', which is never so")
    delimiter = record_delimiter.encode() if isinstance(record_delimiter, str) else record_delimiter
    whole = compression if aggregation != MSGPACK else None
    return Deaggregator(
        delimiter=delimiter if aggregation == DELIMITER else None,
        compression=None if whole is None else compression_of(whole),
    )


def _keyed(data: Sequence[bytes], keys: Keys) -> Columns:
    return Columns(data, repeat(keys.partition_key), repeat(keys.explicit_hash_key))


def _hash_keys(found: Columns) -> set[int]:
    pairs = set(zip(found.partition_keys, found.explicit_hash_keys, strict=False))
    return {hash_key(key or "", explicit) for key, explicit in pairs}
