"""What ``demo`` sends: the lines of a file, or the flights that come with the package."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from importlib import resources
from itertools import cycle, islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, cast

from kinesis_producer.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_FLIGHTS: Final = "flights-2013.csv.gz"

#: What a file raises that is cut off, altered, or has a name that promises something else.
_BROKEN: Final = (EOFError, zlib.error, gzip.BadGzipFile, UnicodeDecodeError, csv.Error)


def records(name: str | None, count: int) -> Iterator[bytes]:
    """So many records: the lines of the file, over and over; those of a CSV file as JSON objects.

    Raises:
        OSError: the file cannot be read.
        ConfigError: it has no lines, or is not what its name says.
    """
    try:
        found = _lines(name)
    except _BROKEN as error:
        raise ConfigError(f"{name} cannot be read as what its name says: {error}") from error
    if not found:
        raise ConfigError(f"{name or _FLIGHTS} has no lines")
    return islice(cycle(found), count)


def _lines(name: str | None) -> list[bytes]:
    path = Path(name) if name else resources.files("kinesis_producer") / "data" / _FLIGHTS
    kind = path.name.removesuffix(".gz")
    with path.open("rb") as raw, _unpacked(raw, packed=path.name != kind) as file:
        if kind.endswith(".csv"):
            with io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text:
                return _json(text)
        return [line.removesuffix(b"\n").removesuffix(b"\r") for line in file]


def _unpacked(file: IO[bytes], *, packed: bool) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(fileobj=file)) if packed else file


def _json(lines: Iterable[str]) -> list[bytes]:
    return [json.dumps(row, separators=(",", ":")).encode() for row in csv.DictReader(lines)]
