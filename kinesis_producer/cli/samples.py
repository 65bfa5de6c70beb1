"""What ``demo`` sends: the lines of a file, or the flights that come with the package."""

from __future__ import annotations

import csv
import gzip
import json
from importlib import resources
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kinesis_producer.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

_FLIGHTS: Final = "flights-2013.csv.gz"


def records(name: str | None, count: int) -> Iterator[bytes]:
    """So many records: the lines of the file, over and over; those of a CSV file as JSON objects.

    Raises:
        OSError: the file cannot be read.
        ConfigError: it has no lines.
    """
    lines = _lines(name)
    if not lines:
        raise ConfigError(f"{name or _FLIGHTS} has no lines")
    return islice(cycle(lines), count)


def _lines(name: str | None) -> list[bytes]:
    path = Path(name) if name else resources.files("kinesis_producer") / "data" / _FLIGHTS
    kind = path.name.removesuffix(".gz")
    with path.open("rb") as raw:
        packed = gzip.GzipFile(fileobj=raw) if path.name != kind else None
        lines = [line.rstrip(b"\r\n") for line in packed or raw]
    return _json(lines) if kind.endswith(".csv") else lines


def _json(lines: list[bytes]) -> list[bytes]:
    rows = csv.DictReader(line.decode() for line in lines)
    return [json.dumps(row, separators=(",", ":")).encode() for row in rows]
