"""Kinesis records that were made to do harm, of 10 MiB at the most, and how a reader is told."""

from __future__ import annotations

import gzip
import struct
from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.core.compression import GZIP, ZSTD, compression_of
from kinesis_producer.core.formats.kpl import _sealed
from kinesis_producer.core.formats.packed import COMPRESSIONS, sealed

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE: Final = 10 * 2**20
ZEROS: Final = 2**30

#: What can be compressed once more, to a gibibyte out of very little.
_PIECE: Final = bytes(2**20)


def _gzipped() -> bytes:
    """A gibibyte of zeros, a mebibyte of gzip."""
    whole = gzip.compress(_PIECE * 64, 9)
    return whole * 16


def _kpl(head: str, piece: str) -> Callable[[], tuple[bytes, dict[str, Any]]]:
    unit = bytes.fromhex(piece)
    return lambda: (_sealed([bytes.fromhex(head), unit * (SIZE // len(unit))]), {})


def _ours(row: bytes) -> tuple[bytes, dict[str, Any]]:
    return sealed(row, 0), {}


def _row(head: str, piece: str, tail: bytes = b"") -> Callable[[], tuple[bytes, dict[str, Any]]]:
    unit = bytes.fromhex(piece)
    return lambda: _ours(bytes.fromhex(head) + unit * (SIZE // len(unit)) + tail)


def _stated() -> bytes:
    """A frame whose header says a gibibyte, as it is."""
    return compression_of(ZSTD).compress(bytes(ZEROS))


def _wide() -> bytes:
    """A frame with an empty block that wants a window of two gibibytes."""
    return bytes.fromhex("28b52ffd 00") + bytes([21 << 3]) + bytes.fromhex("010000")


def _one_number(count: int) -> str:
    return (b"\xce" + struct.pack(">I", count)).hex()


BOMBS: Final[dict[str, Callable[[], tuple[bytes, dict[str, Any]]]]] = {
    "gzip of zeros": lambda: (_gzipped(), {"compression": GZIP}),
    "gzip of zeros in our own": lambda: (sealed(_gzipped(), COMPRESSIONS[GZIP]), {}),
    "zstd of zeros": lambda: (compression_of(ZSTD).compress(_PIECE) * 99, {"compression": ZSTD}),
    "zstd that states a gibibyte": lambda: (sealed(_stated(), COMPRESSIONS[ZSTD]), {}),
    "zstd with a window of two gibibytes": lambda: (_wide(), {"compression": ZSTD}),
    "gzip of nothing, over and over": lambda: (gzip.compress(b"") * 500_000, {"compression": GZIP}),
    "zstd of nothing, over and over": lambda: (
        compression_of(ZSTD).compress(b"") * 900_000,
        {"compression": ZSTD},
    ),
    "empty records of the KPL": _kpl("0a0161", "1a0408001a00"),
    "unusual records of the KPL": _kpl("0a0161", "1a050880001a00"),
    "records with keys of their own": _kpl("0a0161" + "120130", "1a0608001000" + "1a00"),
    "keys of the KPL": _kpl("", "0a00"),
    "tags of the KPL": lambda: (_tagged(), {}),
    "unknown fields of the KPL": _kpl("", "2800"),
    "empty records of ours": _row(_one_number(SIZE // 2) + "01c0c0", "c400"),
    "empty arrays of ours": _row(_one_number(100_000) + "01c0c0", "90"),
    "nested arrays of ours": _row("0101c0c0", "91"),
    "a long array of ours": _row("0101c0c0" + "dd00a00000", "c0"),
    "a long binary of ours": _row("0101c0c0" + "c6ffffffff", "00"),
    "keys of ours": _row("01" + _one_number(SIZE // 2), "c0c0"),
    "delimiters": lambda: (b"\n" * SIZE, {"aggregation": "delimiter"}),
}


def _tagged() -> bytes:
    """One record with millions of tags."""
    tags = bytes.fromhex("22020a00") * (SIZE // 4)
    size = len(tags) + 4
    length = bytes((size >> 7 * place & 0x7F) | 0x80 for place in range(3)) + bytes([size >> 21])
    return _sealed([bytes.fromhex("0a0161 1a"), length, bytes.fromhex("0800 1a00"), tags])
