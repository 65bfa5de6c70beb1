"""``python -m benchmarks.instructions``: what ``send()`` is made of, counted by callgrind.

Each program runs twice in valgrind, with different numbers of records: the difference is what the
records cost, whatever the start took. Counts do not depend on what else the machine does; they do
on the build of Python. The cost of the loop is taken off.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from itertools import repeat
from queue import Queue
from typing import TYPE_CHECKING, Final

from benchmarks.silence import RECORD, silent_producer

if TYPE_CHECKING:
    from collections.abc import Callable

FEW, MANY = 20_000, 60_000
_COUNTED: Final = re.compile(r"Collected : (\d+)")


def loop(count: int) -> None:
    """Nothing."""
    for _ in repeat(RECORD, count):
        pass


def call(count: int) -> None:
    """A method that does nothing, with the arguments of ``send``."""
    empty = _Empty()
    for record in repeat(RECORD, count):
        empty.send(record)


def queue(count: int) -> None:
    """Put and get."""
    fifo: Queue[bytes] = Queue()
    for record in repeat(RECORD, count):
        fifo.put(record)
    for _ in repeat(RECORD, count):
        fifo.get()


def send(count: int, **config: int) -> None:
    """With aggregates of the default size, unless told otherwise."""
    with silent_producer(**config) as producer:
        for record in repeat(RECORD, count):
            producer.send(record)
        _leave()


def send_large(count: int) -> None:
    """With aggregates of 1 MB."""
    send(count, buffer_size_limit=1_000_000)


def send_many(count: int, **config: int) -> None:
    """All at once."""
    with silent_producer(**config) as producer:
        producer.send_many([RECORD] * count)
        _leave()


def send_many_large(count: int) -> None:
    """With aggregates of 1 MB."""
    send_many(count, buffer_size_limit=1_000_000)


class _Empty:
    def send(
        self,
        record: bytes,
        partition_key: str | None = None,
        explicit_hash_key: str | None = None,
        max_block: float | None = None,
    ) -> None:
        """Nothing."""


def _leave() -> None:
    """Without an end that takes longer with more records."""
    os._exit(0)


PROGRAMS: Final[dict[str, Callable[[int], None]]] = {
    "empty loop": loop,
    "empty call": call,
    "queue.Queue put + get": queue,
    "send()": send,
    "send(), 1 MB": send_large,
    "send_many()": send_many,
    "send_many(), 1 MB": send_many_large,
}


def per_record(name: str) -> float:
    """Instructions that a record takes, with the loop."""
    return (_counted(name, MANY) - _counted(name, FEW)) / (MANY - FEW)


def _counted(name: str, count: int) -> int:
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable]
    command += ["-m", "benchmarks.instructions", name, str(count)]
    every = {**os.environ, "PYTHONHASHSEED": "0"}
    done = subprocess.run(command, env=every, check=True, capture_output=True, text=True)
    found = _COUNTED.search(done.stderr)
    if found is None:
        raise RuntimeError(f"valgrind said nothing of instructions: {done.stderr[-500:]}")
    return int(found[1])


def main() -> None:
    """Print a table; or run one program, as it is counted."""
    if len(sys.argv) > 1:
        PROGRAMS[sys.argv[1]](int(sys.argv[2]))
    elif shutil.which("valgrind") is None:
        print("valgrind is not installed: instructions are not counted")
    else:
        empty = per_record("empty loop")
        for name in PROGRAMS:
            print(f"{name:<28}{per_record(name) - empty:>10,.0f} instructions", flush=True)


if __name__ == "__main__":
    main()
