"""A stream and a lease table which the KCL and this library share."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kinesis_producer import KinesisConsumer
from kinesis_producer.stores.dynamodb import DynamoDBStore
from tests.kcl import daemon, leases, recorder, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.core.positions import Position
    from kinesis_producer.stores import LeaseTable
    from tests.kcl.writing import Places

#: Seconds after which a worker that was not heard of loses its leases, of either kind.
FAILOVER: Final = 3.0

#: The name of the KCL in the table.
JAVA: Final = "java"

_POLL: Final = 0.1
_SETTINGS: Final = {
    "workerId": JAVA,
    "failoverTimeMillis": str(round(FAILOVER * 1000)),
    "parentShardPollIntervalMillis": "500",
    "shutdownGraceMillis": "5000",
}


@dataclass(frozen=True, slots=True)
class Scene:
    """One application, and its stream.

    Attributes:
        kinesis: a client.
        dynamodb: a client.
        stream: its name, and that of the application.
        directory: where the KCL runs.
    """

    kinesis: Any
    dynamodb: Any
    stream: str
    directory: Path

    @property
    def table(self) -> LeaseTable:
        """The leases, as this library sees them."""
        stream = writing.stream_id(self.kinesis, self.stream)
        return DynamoDBStore(client=self.dynamodb).table(self.stream, stream)

    def leases(self) -> dict[str, Lease]:
        """They, by shard."""
        return {one.shard_id: one for one in self.table.leases()}

    def checkpoints(self) -> dict[str, Position]:
        """How far the shards were dealt with."""
        return {shard: lease.checkpoint for shard, lease in self.leases().items()}

    def rows(self) -> list[dict[str, Any]]:
        """The leases, as DynamoDB has them."""
        found: list[dict[str, Any]] = self.dynamodb.scan(TableName=self.stream)["Items"]
        return found

    def write(self, start: int, stop: int, *, aggregates: int = 4) -> Places:
        """Write records with these numbers, each shard's in so many aggregates."""
        every = -(-(stop - start) // aggregates)
        places: Places = {}
        for first in range(start, stop, every):
            numbers = range(first, min(first + every, stop))
            places |= writing.written_places(self.kinesis, self.stream, numbers)
        return places

    def shards(self) -> list[dict[str, Any]]:
        """What ListShards says."""
        listed: list[dict[str, Any]] = self.kinesis.list_shards(StreamName=self.stream)["Shards"]
        return listed

    def open_shards(self) -> set[str]:
        """Those that take records."""
        ended = "EndingSequenceNumber"
        listed = self.shards()
        return {one["ShardId"] for one in listed if ended not in one["SequenceNumberRange"]}

    def begin(self) -> None:
        """Make the first leases, lest the KCL wait before it does."""
        leases.add(self.dynamodb, self.stream, self.shards())

    def split(self, shard: str) -> None:
        """Split a shard."""
        writing.split(self.kinesis, self.stream, shard)

    def merge(self, shard: str, adjacent: str) -> None:
        """Merge a shard with the one after it."""
        writing.merge(self.kinesis, self.stream, shard, adjacent)

    def children(self, shard: str) -> set[str]:
        """What it was split into."""
        return {one["ShardId"] for one in self.shards() if one.get("ParentShardId") == shard}

    @contextmanager
    def kcl(self, mode: str = recorder.CHECKPOINT, **settings: str) -> Iterator[daemon.Daemon]:
        """The KCL, reading the stream."""
        own = {
            **_SETTINGS,
            "executableName": f"{daemon.RECORDER} {mode}",
            "applicationName": self.stream,
            "streamName": self.stream,
            "kinesisEndpoint": self.kinesis.meta.endpoint_url,
            "dynamoDBEndpoint": self.dynamodb.meta.endpoint_url,
            **settings,
        }
        home = self.directory / f"kcl-{len([*self.directory.glob('kcl-*')])}"
        home.mkdir()
        with daemon.running(home, own) as running:
            yield running

    def consumer(self, **config: Any) -> KinesisConsumer:
        """A consumer of this library."""
        return KinesisConsumer(
            {
                "stream_name": self.stream,
                "application_name": self.stream,
                "failover_time": FAILOVER,
                "idle_time": 0.1,
                **config,
            },
            checkpoints=DynamoDBStore(client=self.dynamodb),
            client=self.kinesis,
        )


def after(places: Places, checkpoints: dict[str, Position]) -> set[bytes]:
    """The data of user records after these positions of their shards."""
    return {data for data, (shard, at) in places.items() if at > checkpoints[shard]}


def ends(places: Places) -> dict[str, Position]:
    """The position of the last user record of each shard."""
    last: dict[str, Position] = {}
    for shard, at in places.values():
        last[shard] = max(at, last.get(shard, at))
    return last


def wait_until(reached: Callable[[], bool], *, seconds: float, failure: Callable[[], str]) -> float:
    """Wait until something is so; how long that took."""
    began = time.monotonic()
    while not reached():
        if time.monotonic() - began > seconds:
            raise TimeoutError(f"not within {seconds} seconds: {failure()}")
        time.sleep(_POLL)
    return time.monotonic() - began
