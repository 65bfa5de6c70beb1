"""The same as `measuring`, for libraries that live in an event loop."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import TYPE_CHECKING, Any, Protocol

from benchmarks.peers import measuring
from benchmarks.peers.job import Job, built, records

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable
    from contextlib import AbstractAsyncContextManager


class AsyncPeer(Protocol):
    """A library that is connected."""

    async def warm(self, record: Any) -> None:
        """Connect, by a record that is answered when this returns."""

    async def put(self, records: Iterable[Any]) -> None:
        """Put them all; each is answered when this returns."""

    async def put_paced(self, records: AsyncIterator[Any]) -> None:
        """The same, with pauses between them."""


def main(
    connect: Callable[[Job], AbstractAsyncContextManager[AsyncPeer]],
    *packages: str,
    convert: Callable[[bytes], Any] = bytes,
) -> None:
    """As `measuring.main`."""
    job = Job(**json.loads(sys.argv[1]))
    given = _given(job, convert)
    taken = asyncio.run(_run(job, connect, convert, given))
    print(json.dumps({**taken, **measuring.about(job, given, convert, packages)}))


async def _run(
    job: Job,
    connect: Callable[[Job], AbstractAsyncContextManager[AsyncPeer]],
    convert: Callable[[bytes], Any],
    given: Iterable[Any],
) -> dict[str, float]:
    async with connect(job) as peer:
        await peer.warm(convert(records(job.load, 1)[0]))
        measuring.reset(job)
        usage = measuring.Usage.now()
        if job.mode == "latency":
            await peer.put_paced(_paced(job, convert))
        else:
            await peer.put(given)
        return usage.until_now()


def _given(job: Job, convert: Callable[[bytes], Any]) -> Iterable[Any]:
    if job.mode == "loop":
        return map(convert, built(job.fields, job.count))
    if job.mode == "latency":
        return []
    return list(map(convert, records(job.load, job.count)))


async def _paced(job: Job, convert: Callable[[bytes], Any]) -> AsyncIterator[Any]:
    for due, record in measuring.arrivals(job):
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        yield convert(record())
