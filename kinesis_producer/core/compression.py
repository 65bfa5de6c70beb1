"""gzip and zstd, with an upper bound for what comes out of a decompressor."""

from __future__ import annotations

import contextlib
import gzip
import importlib
import zlib
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from kinesis_producer.errors import ConfigError, CorruptAggregate

if TYPE_CHECKING:
    from collections.abc import Callable

GZIP: Final = "gzip"
ZSTD: Final = "zstd"

#: The levels there are. Both default to 1: it is 3 to 10 times as fast as what is usual, for about
#: a fifth more bytes (measured on logs of JSON).
LEVELS: Final = {GZIP: range(1, 10), ZSTD: range(1, 23)}
DEFAULT_LEVEL: Final = 1

#: For zlib: a header and a trailer as gzip writes them.
_GZIP_WINDOW: Final = 31

#: A window of 16 MiB, the logarithm: larger ones take memory before a byte has come out, and serve
#: no record that there can be.
_ZSTD_WINDOW: Final = 24


#: Members of gzip, or frames of zstd, one behind the other: each further one is a copy of the rest.
_MOST_PIECES: Final = 100


class Compression(Protocol):
    """One way to make bytes fewer."""

    def compress(self, data: bytes | memoryview) -> bytes:
        """The data, compressed; the same each time."""
        ...

    def decompress(self, data: bytes, most: int) -> bytes:
        """What was compressed, also in several pieces.

        Raises:
            CorruptAggregate: that is not what it is, or more than ``most`` bytes come out.
        """
        ...

    def growth(self, size: int) -> int:
        """Bytes by which so many can become more, at the most."""
        ...


class Gzip:
    """As in RFC 1952, without name and time."""

    def __init__(self, level: int = DEFAULT_LEVEL) -> None:
        self._level = level

    def compress(self, data: bytes | memoryview) -> bytes:
        """One member; of noise, of which zlib-ng makes too much, it is one of stored blocks."""
        compressed = gzip.compress(data, self._level, mtime=0)
        if len(compressed) <= len(data) + self.growth(len(data)):
            return compressed
        return gzip.compress(data, 0, mtime=0)

    def decompress(self, data: bytes, most: int) -> bytes:
        """All members."""
        return _decompressed(partial(zlib.decompressobj, _GZIP_WINDOW), zlib.error, data, most)

    def growth(self, size: int) -> int:
        """As zlib's compressBound has it, with header and trailer."""
        return (size >> 12) + (size >> 14) + (size >> 25) + 13 + 18


class Zstd:
    """As in RFC 8878.

    Args:
        module: ``compression.zstd`` of the standard library, or one with the same names.
    """

    def __init__(self, module: Any, level: int = DEFAULT_LEVEL) -> None:
        self._module = module
        self._level = level
        options = {module.DecompressionParameter.window_log_max: _ZSTD_WINDOW}
        self._new = partial(module.ZstdDecompressor, options=options)

    def compress(self, data: bytes | memoryview) -> bytes:
        """One frame, which states its size."""
        compressed: bytes = self._module.compress(data, self._level)
        return compressed

    def decompress(self, data: bytes, most: int) -> bytes:
        """All frames. The size that a frame states is not relied on."""
        return _decompressed(self._new, self._module.ZstdError, data, most)

    def growth(self, size: int) -> int:
        """As ZSTD_compressBound has it, with room to spare for small data."""
        return (size >> 8) + 64


class _Decompressor(Protocol):
    """What zlib and zstd have in common."""

    @property
    def eof(self) -> bool:
        """Whether the end of the compressed data was reached."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What follows it."""
        ...

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """So many bytes at the most."""
        ...


def _decompressed(
    new: Callable[[], _Decompressor], error: type[Exception], data: bytes, most: int
) -> bytes:
    pieces: list[bytes] = []
    left = most
    while data or not pieces:
        one = new()
        try:
            pieces.append(one.decompress(data, left + 1))
        except error as cause:
            raise CorruptAggregate("the data cannot be decompressed") from cause
        left -= len(pieces[-1])
        if left < 0:
            raise CorruptAggregate(f"more than {most} bytes come out of {len(data)} compressed")
        if not one.eof or len(pieces) > _MOST_PIECES:
            raise CorruptAggregate("the compressed data has no end")
        data = one.unused_data
    return b"".join(pieces)


def compression_of(name: str, level: int | None = None) -> Compression:
    """The compression of that name.

    Raises:
        ConfigError: there is none, or it is not installed.
    """
    level = DEFAULT_LEVEL if level is None else level
    if name == GZIP:
        return Gzip(level)
    if name == ZSTD:
        return Zstd(_zstd(), level)
    raise ConfigError(f"compression: must be {GZIP!r} or {ZSTD!r}, not {name!r}")


def _zstd() -> Any:
    for module in ("compression.zstd", "backports.zstd"):
        with contextlib.suppress(ImportError):
            return importlib.import_module(module)
    raise ConfigError("zstd needs Python 3.14, or: pip install 'kinesis_producer[zstd]'")
