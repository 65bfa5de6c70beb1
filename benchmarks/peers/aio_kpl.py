"""aiokpl, with its limits per shard lifted, aggregates of a megabyte, and one key for all.

``way``: ``buffered_ms``.
"""

from __future__ import annotations

import os
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from aiokpl import Config, Producer

from benchmarks.peers import measuring_async

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from benchmarks.peers.job import Job

NO_LIMIT = 1e12
#: Half of what may be outstanding: outcomes are looked at in time, and none is kept for long.
OUTCOMES = 50_000


class AioKpl:
    """A producer, whose outcomes are all looked at."""

    def __init__(self, producer: Producer) -> None:
        self._producer = producer
        self._outcomes: deque[Any] = deque()

    async def warm(self, record: bytes) -> None:
        """One record, and the stream's shards."""
        await self.put([record])

    async def put(self, records: Iterable[bytes]) -> None:
        """It sends while it is put to."""
        for record in records:
            await self._put(record)
        await self._look()

    async def put_paced(self, records: AsyncIterator[bytes]) -> None:
        """The same."""
        async for record in records:
            await self._put(record)
        await self._look()

    async def _put(self, record: bytes) -> None:
        put = self._producer.put_record(stream="orders", partition_key="orders", data=record)
        self._outcomes.append(await put)
        if len(self._outcomes) > OUTCOMES:
            self._check(await self._outcomes.popleft().wait())

    async def _look(self) -> None:
        await self._producer.flush()
        while self._outcomes:
            self._check(await self._outcomes.popleft().wait())

    def _check(self, result: Any) -> None:
        if not result.success:
            raise RuntimeError(f"not written: {result.attempts[-1].error_code}")


@asynccontextmanager
async def connect(job: Job) -> AsyncIterator[AioKpl]:
    """A producer."""
    config = Config(
        region="us-east-1",
        endpoint_url=job.endpoint,
        aggregation_max_size=1_000_000,
        record_max_buffered_time_ms=job.way.get("buffered_ms", 1000.0),
        record_ttl_ms=300_000.0,
        # it passes this on to botocore, which takes a path: "True" would hide AWS_CA_BUNDLE
        verify_ssl=os.environ["AWS_CA_BUNDLE"],
        rate_limit_records_per_sec_per_shard=NO_LIMIT,
        rate_limit_bytes_per_sec_per_shard=NO_LIMIT,
    )
    async with Producer(config) as producer:
        yield AioKpl(producer)


if __name__ == "__main__":
    measuring_async.main(connect, "aiokpl", "aiobotocore", "botocore")
