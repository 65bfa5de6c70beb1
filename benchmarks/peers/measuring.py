"""What a driver does around the library: connect, measure, print."""

from __future__ import annotations

import http.client
import json
import sys
import time
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from benchmarks.peers.job import Job, built, records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager

_STATUS = Path("/proc/self/status")

#: Records of the loop without a library: enough for a figure, whatever the library takes.
ALONE = 100_000


class Peer(Protocol):
    """A library that is connected."""

    def warm(self, record: Any) -> None:
        """Connect, by a record that is answered when this returns."""

    def put(self, records: Iterable[Any]) -> None:
        """Put them all; each is answered when this returns. Once, after the other."""


def main(
    connect: Callable[[Job], AbstractContextManager[Peer]],
    *packages: str,
    convert: Callable[[bytes], object] | None = None,
) -> None:
    """Do the job that the command line tells, and print what it took, as JSON.

    Args:
        connect: makes the library's clients.
        packages: whose versions are told.
        convert: makes of bytes what the library takes, before anything is measured.
    """
    job = Job(**json.loads(sys.argv[1]))
    with connect(job) as peer:
        peer.warm(_converted(_warming(job), convert))
        given = _given(job, convert)
        reset(job)
        usage = Usage.now()
        peer.put(given)
        taken = usage.until_now()
    print(json.dumps({**taken, **about(job, given, convert, packages)}))


@dataclass(frozen=True, slots=True)
class Usage:
    """What the process had taken at one moment."""

    cpu: float
    wall: float
    resident: int

    @classmethod
    def now(cls) -> Usage:
        """And let the peak begin anew."""
        Path("/proc/self/clear_refs").write_text("5")
        return cls(time.process_time(), time.perf_counter(), _memory("VmRSS"))

    def until_now(self) -> dict[str, float]:
        """CPU and wall seconds since then; and bytes: the peak, and that above what was then."""
        cpu, wall = time.process_time() - self.cpu, time.perf_counter() - self.wall
        peak = _memory("VmHWM")
        return {"cpu": cpu, "wall": wall, "peak": peak, "added": peak - self.resident}


def reset(job: Job) -> None:
    """Let the sink count from here."""
    path = "/reset-times" if job.mode == "latency" else "/reset"
    connection = http.client.HTTPConnection(job.control.removeprefix("http://"), timeout=30)
    connection.request("POST", path, b"")
    connection.getresponse().read()
    connection.close()


def arrived(job: Job) -> int:
    """How many records the sink has, for libraries that do not tell when they are through."""
    connection = http.client.HTTPConnection(job.control.removeprefix("http://"), timeout=30)
    connection.request("POST", "/stats", b"")
    stats = json.load(connection.getresponse())
    connection.close()
    return int(stats["records"])


def about(
    job: Job,
    given: Iterable[Any],
    convert: Callable[[bytes], object] | None,
    packages: Iterable[str],
) -> dict[str, Any]:
    """What else is told of a run: bytes of its records, the loop alone, versions."""
    size = sum(map(len, given)) if isinstance(given, list) else 0
    return {"size": size, **alone(job, convert), "versions": versions(packages)}


def alone(job: Job, convert: Callable[[bytes], object] | None) -> dict[str, float]:
    """CPU seconds per record of the loop without the library, where there is a loop."""
    if job.mode != "loop":
        return {}
    begun = time.process_time()
    for _ in _building(replace(job, count=ALONE), convert):
        pass
    return {"alone": (time.process_time() - begun) / ALONE}


def arrivals(job: Job) -> Iterator[tuple[float, Callable[[], bytes]]]:
    """When each record is due, and what makes it then: it begins with its time."""
    letters = b" %s" % (b"x" * 79)
    begun = time.perf_counter()
    for number in range(job.count):
        yield begun + number / job.rate, lambda: b"%d" % time.monotonic_ns() + letters


def versions(packages: Iterable[str]) -> dict[str, str]:
    """Of Python and of these."""
    found = {package: metadata.version(package) for package in packages}
    return {"Python": ".".join(map(str, sys.version_info[:3])), **found}


def _given(job: Job, convert: Callable[[bytes], object] | None) -> Iterable[object]:
    if job.mode == "latency":
        return _paced(job, convert)
    if job.mode == "loop":
        return _building(job, convert)
    found = records(job.load, job.count)
    return found if convert is None else list(map(convert, found))


def _building(job: Job, convert: Callable[[bytes], object] | None) -> Iterable[object]:
    found = built(job.fields, job.count)
    return found if convert is None else map(convert, found)


def _paced(job: Job, convert: Callable[[bytes], object] | None) -> Iterator[object]:
    for due, record in arrivals(job):
        time.sleep(max(0.0, due - time.perf_counter()))
        yield _converted(record(), convert)


def _warming(job: Job) -> bytes:
    return records(job.load, 1)[0]


def _converted(record: bytes, convert: Callable[[bytes], object] | None) -> object:
    return record if convert is None else convert(record)


def _memory(name: str) -> int:
    for line in _STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"{_STATUS} has no {name}")
