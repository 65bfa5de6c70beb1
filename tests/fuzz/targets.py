"""What is fuzzed: each decoder, with the checksum put right that would keep most bytes out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kinesis_producer import CorruptAggregate, ReadLimits, UserRecord, deaggregate
from kinesis_producer.core.compression import GZIP, ZSTD
from kinesis_producer.core.formats.kpl import _sealed as sealed_kpl
from kinesis_producer.core.formats.packed import COMPRESSIONS, PLAIN, sealed

if TYPE_CHECKING:
    from collections.abc import Callable

#: Small, so that what a decoder makes too much of shows.
LIMITS: Final = ReadLimits(records=1000, size=2**20)


def look(data: bytes, **told: Any) -> None:
    """Read it.

    Raises:
        AssertionError: what comes out cannot be.
    """
    try:
        found = deaggregate(data, limits=LIMITS, **told)
    except CorruptAggregate:
        return
    assert len(found) <= LIMITS.records
    for place, record in enumerate(found):
        assert type(record) is UserRecord
        assert type(record.data) is bytes
        assert record.sub_sequence_number == place
        assert record.explicit_hash_key is None or record.explicit_hash_key.isdecimal()
    assert list(found) == list(deaggregate(data, limits=LIMITS, **told))


def _delimiter(data: bytes) -> None:
    """The first byte says how long the delimiter is that follows it."""
    size = data[0] % 4 + 1 if data else 1
    delimiter = data[1 : 1 + size] or b"\n"
    look(data[1 + size :], aggregation="delimiter", record_delimiter=delimiter)


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "any": look,
    "kpl": lambda data: look(sealed_kpl([data])),
    "msgpack": lambda data: look(sealed(data, PLAIN)),
    "gzip": lambda data: look(data, compression=GZIP),
    "zstd": lambda data: look(data, compression=ZSTD),
    "msgpack-gzip": lambda data: look(sealed(data, COMPRESSIONS[GZIP])),
    "msgpack-zstd": lambda data: look(sealed(data, COMPRESSIONS[ZSTD])),
    "delimiter": _delimiter,
}
