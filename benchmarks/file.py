"""``python -m benchmarks.file``: ``kinesis-producer put`` of a large file into a throttled stream.

Says whether the ledger of the local Kinesis has every line exactly once, how near the rate came to
what the shards take, and what the command needed. The exit code tells whether every line arrived.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.rounds import ENVIRONMENT
from kinesis_producer.limits import MIB
from kinesis_producer.testing import LocalKinesis

STREAM = "lines"


@dataclass(frozen=True)
class Run:
    """One run of the command, as the system saw it."""

    code: int
    seconds: float
    cpu: float
    peak: int


def main() -> int:
    """Write the file, put it, compare."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.file", description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--shards", type=int, default=4)
    options = parser.parse_args()
    with TemporaryDirectory() as folder, LocalKinesis(throttle=True) as kinesis:
        kinesis.create_stream(STREAM, shards=options.shards)
        file = Path(folder, "lines")
        with file.open("wb") as lines:  # one by one: a child's peak begins with its parent's size
            lines.writelines(map(_line, range(options.lines)))
        run = _put(kinesis.endpoint_url, file)
        return _report(kinesis, run, options.lines, options.shards)


def _line(number: int) -> bytes:
    return b"%099d\n" % number


def _put(endpoint: str, file: Path) -> Run:
    environment = {**os.environ, **ENVIRONMENT, "AWS_ENDPOINT_URL_KINESIS": endpoint}
    command = [sys.executable, "-m", "kinesis_producer", "put", STREAM, str(file)]
    begun = time.monotonic()
    process = os.posix_spawn(sys.executable, command, environment)
    _, status, usage = os.wait4(process, 0)
    cpu = usage.ru_utime + usage.ru_stime
    return Run(
        os.waitstatus_to_exitcode(status), time.monotonic() - begun, cpu, usage.ru_maxrss * 1024
    )


def _report(kinesis: LocalKinesis, run: Run, lines: int, shards: int) -> int:
    written = kinesis.ledger(STREAM)
    found = Counter(line for record in written for line in record.data.split(b"\n")[:-1])
    expected = Counter(_line(number).removesuffix(b"\n") for number in range(lines))
    size = sum(len(record.data) + len(record.partition_key or "") for record in written)
    arrived = written[-1].arrived_at - written[0].arrived_at
    # a shard that was idle takes one second's worth at once, before its rate counts
    capacity = shards * MIB * (arrived + 1)
    print(f"lines lost, doubled   {(expected - found).total()}, {(found - expected).total()}")
    print(f"Kinesis records       {len(written):,} in {kinesis.count('PutRecords'):,} requests")
    print(f"first to last record  {arrived:.1f} s, {size / arrived / MIB:.2f} MiB/s")
    print(f"of the shards' limit  {size / capacity:.1%}")
    print(f"the command           {run.seconds:.1f} s, {run.cpu:.1f} s of CPU, exit {run.code}")
    print(f"its peak resident set {run.peak / MIB:.0f} MiB")
    return int(run.code != 0 or found != expected)


if __name__ == "__main__":
    sys.exit(main())
