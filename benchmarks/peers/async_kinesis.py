"""async-kinesis, with its limits per shard lifted: else it would be them that are measured.

``way``: ``processor``: "JsonProcessor" (the default: no aggregates), "JsonLineProcessor",
"TextLineProcessor" (ours: its parts, without JSON) or "KPLStringProcessor"; ``buffer_time``.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from kinesis import Producer, processors
from kinesis.aggregators import NewlineAggregator
from kinesis.serializers import StringSerializer

from benchmarks.peers import measuring_async

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from benchmarks.peers.job import Job

NO_LIMIT = 10**9


class TextLineProcessor(processors.Processor, NewlineAggregator, StringSerializer):  # type: ignore[misc]
    """Lines that are not put in JSON again."""


class AsyncKinesis:
    """A producer."""

    def __init__(self, producer: Any) -> None:
        self._producer = producer

    async def warm(self, record: str) -> None:
        """One record."""
        await self.put([record])

    async def put(self, records: Iterable[str]) -> None:
        """It sends while it is put to."""
        for record in records:
            await self._producer.put(record)
        await self._producer.flush()

    async def put_paced(self, records: AsyncIterator[str]) -> None:
        """The same."""
        async for record in records:
            await self._producer.put(record)
        await self._producer.flush()


@asynccontextmanager
async def connect(job: Job) -> AsyncIterator[AsyncKinesis]:
    """A producer."""
    name = job.way.get("processor", "JsonProcessor")
    kind = TextLineProcessor if name == "TextLineProcessor" else getattr(processors, name)
    async with Producer(
        stream_name="orders",
        endpoint_url=job.endpoint,
        region_name="us-east-1",
        processor=kind(),
        buffer_time=job.way.get("buffer_time", 0.5),
        put_rate_limit_per_shard=NO_LIMIT,
        put_bandwidth_limit_per_shard=NO_LIMIT,
    ) as producer:
        yield AsyncKinesis(producer)


if __name__ == "__main__":
    packages = "async-kinesis", "aiobotocore", "botocore", "aws-kinesis-agg"
    measuring_async.main(connect, *packages, convert=bytes.decode)
