"""``python -m benchmarks.memory``: bytes that a buffered record takes, and a request in flight.

Each figure is of a process of its own. What is buffered is the growth of its resident memory; what
a request takes is how far that rises above what it was before, at the highest (Linux says so).
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import os
import re
import tracemalloc
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.late import late_service
from benchmarks.rounds import ENVIRONMENT
from benchmarks.silence import silent_producer
from kinesis_producer import KinesisProducer
from kinesis_producer.limits import MIB

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

RECORDS: Final = 300_000
#: Bytes of data in the one record of the one request that is looked at. That is more than most
#: streams take: what a request takes whatever its size should not count.
PAYLOAD: Final = 4_000_000
_AWAY: Final = 0.3


def buffered(size: int) -> float:
    """Bytes per record, of so many bytes of data each."""
    with silent_producer() as producer:
        _fill(producer, size, 1000)
        before = _memory("VmRSS")
        _fill(producer, size, RECORDS)
        return (_memory("VmRSS") - before) / RECORDS


def allocated(size: int) -> float:
    """The same, as Python counts what it asks for: without what its allocator rounds up."""
    with silent_producer() as producer:
        tracemalloc.start()
        _fill(producer, size, 1000)
        before, _ = tracemalloc.get_traced_memory()
        _fill(producer, size, RECORDS)
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return (after - before) / RECORDS


def in_flight(wire_format: str, size: int, endpoint: str) -> float:
    """What one request takes beside its records, as a multiple of their data."""
    given = {} if wire_format == "json" else {"wire_format": wire_format}
    if size == PAYLOAD:
        given["aggregation"] = "none"
    limits = {"buffer_size_limit": PAYLOAD * 2, "max_record_size": 10 * MIB}
    quiet = {"kinesis_concurrency": 1, "ordering": "none", "buffer_time_limit": 100.0}
    config = {"stream_name": "orders", "endpoint_url": endpoint, "max_request_size": 10 * MIB}
    with KinesisProducer({**config, **limits, **quiet, **given}) as producer:
        producer.send(b"connected, and everything imported")
        producer.flush()
        producer.send(b"the sender waits for the answer to this")
        with suppress(TimeoutError):
            producer.flush(_AWAY)
        _fill(producer, size, PAYLOAD // size)
        gc.collect()
        before = _memory("VmRSS")
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # VmHWM begins anew
        producer.flush()
        return (_memory("VmHWM") - before) / PAYLOAD


def alone(measure: Callable[[], float]) -> float:
    """The figure, of a process of its own."""
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=_tell, args=(theirs, measure))
    process.start()
    theirs.close()
    with suppress(EOFError):
        figure = float(ours.recv())
        process.join()
        return figure
    raise RuntimeError("a measurement has failed")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--wire-format", default="json", help="of the requests: json, cbor")
    options = parser.parse_args()
    os.environ.update(ENVIRONMENT)
    for size in (100, 1000):
        resident, asked = alone(partial(buffered, size)), alone(partial(allocated, size))
        print(f"a buffered record of {size:,} bytes: {asked:,.0f} bytes, {resident:,.0f} resident")
    with late_service() as endpoint:
        for size in (100, PAYLOAD):
            measure = partial(in_flight, options.wire_format, size, endpoint)
            figure = alone(measure)
            print(f"a request of {size:,}-byte records, {options.wire_format}: {figure:.1f} times")


def _tell(pipe: Connection, measure: Callable[[], float]) -> None:
    pipe.send(measure())


def _fill(producer: KinesisProducer, size: int, count: int) -> None:
    """Each record is an object of its own, as those of a program are."""
    for number in range(count):
        producer.send(b"%0*d" % (size, number))


def _memory(what: str) -> int:
    """Bytes, as the kernel counts them."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    found = re.search(rf"^{what}:\s+(\d+) kB", status, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"this kernel does not tell {what}")
    return int(found[1]) * 1024


if __name__ == "__main__":
    main()
