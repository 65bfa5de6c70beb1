"""What a driver is to do, and its records.

It runs in every library's environment: nothing but the standard library is imported here.
"""

from __future__ import annotations

import csv
import gzip
import json
import random
import string
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

FLIGHTS = Path(__file__).resolve().parents[2] / "kinesis_producer/data/flights-2013.csv.gz"

#: Loads of one size; the other one is a log.
SIZES = {"100 B": 100, "1 KB": 1000}
LOG = "JSON log"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a driver is told.

    Attributes:
        endpoint: of the sink, where records go.
        control: of the sink, where it is told to begin to count.
        mode: "throughput", "latency" or "loop".
        load: which records.
        count: how many.
        rate: records per second, for "latency".
        fields: of each dict that becomes a record, for "loop".
        way: what the driver does with them; each knows its own.
    """

    endpoint: str
    control: str
    mode: str = "throughput"
    load: str = "100 B"
    count: int
    rate: float = 1000.0
    fields: int = 8
    way: dict[str, Any]


def records(load: str, count: int) -> list[bytes]:
    """All different; the first number in each is its own, from 0, by which the sink knows it."""
    return list(_log(count) if load == LOG else _lines(SIZES[load], count))


def _lines(size: int, count: int) -> Iterator[bytes]:
    chance = random.Random(0)
    letters = "".join(chance.choices(string.ascii_letters + string.digits, k=size - 9)).encode()
    return (b"%08d " % number + letters for number in range(count))


def _log(count: int) -> Iterator[bytes]:
    """Departures, as an application would log them."""
    with gzip.open(FLIGHTS, "rt", newline="") as file:
        rows = [json.dumps(row).encode()[1:] for row in csv.DictReader(file)]
    return (b'{"id": %d, ' % number + row for number, row in enumerate(islice(cycle(rows), count)))


def built(fields: int, count: int) -> Iterator[bytes]:
    """Records that cost something: each is built when it is asked for."""
    rest = {f"field_{number}": number * 1.5 for number in range(fields)}
    for number in range(count):
        yield json.dumps({"id": number, **rest}).encode()
