"""One of the servers that must behave alike, and how a check asks it."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from botocore.exceptions import ClientError

from tests.contract.differences import DIFFERENCES

if TYPE_CHECKING:
    from collections.abc import Callable

Observed = TypeVar("Observed")

ACCEPTED: Final = "accepted"

#: Seconds until a stream must have left a passing state.
STATE_TIMEOUT: Final = 30.0

_POLL: Final = 0.02


@dataclass(frozen=True, slots=True)
class Service:
    """A running server and a boto3 client of it, which asks once and checks nothing itself."""

    name: str
    endpoint_url: str
    client: Any
    _names: Counter[str] = field(default_factory=Counter)

    def expected(self, check: str, aws: Observed) -> Observed:
        """What ``check`` must observe here: ``aws``, unless the table of differences says other."""
        difference = DIFFERENCES.get((check, self.name))
        if difference is None:
            return aws
        assert difference.observed != aws, f"{check} on {self.name}: the table lists no difference"
        return difference.observed  # type: ignore[return-value]

    def differs(self, check: str) -> bool:
        """Whether the table of differences has ``check`` for this server."""
        return (check, self.name) in DIFFERENCES

    def fresh_name(self, purpose: str = "stream") -> str:
        """A name that no stream has."""
        self._names[purpose] += 1
        return f"{purpose}-{self._names[purpose]}"

    def new_stream(self, shards: int = 1) -> str:
        """The name of a new stream that is ACTIVE."""
        name = self.fresh_name()
        self.client.create_stream(StreamName=name, ShardCount=shards)
        self.settle(name)
        return name

    def settle(self, name: str) -> None:
        """Wait until the stream is ACTIVE."""
        self._until(lambda: self.status(name) == "ACTIVE", f"{name} does not become ACTIVE")

    def settle_or_go(self, name: str) -> None:
        """Wait until the stream is ACTIVE or gone."""
        self._until(lambda: self.status(name) in {"ACTIVE", None}, f"{name} does not settle")

    def status(self, name: str) -> str | None:
        """StreamStatus; None of a stream that is not there."""
        try:
            summary = self.client.describe_stream_summary(StreamName=name)
        except self.client.exceptions.ResourceNotFoundException:
            return None
        return str(summary["StreamDescriptionSummary"]["StreamStatus"])

    def arn(self, name: str) -> str:
        """The stream's ARN."""
        summary = self.client.describe_stream_summary(StreamName=name)
        return str(summary["StreamDescriptionSummary"]["StreamARN"])

    def shards(self, name: str) -> list[dict[str, Any]]:
        """Every shard of the stream, as ListShards writes them."""
        shards: list[dict[str, Any]] = self.client.list_shards(StreamName=name)["Shards"]
        return shards

    def put(self, name: str, data: bytes = b"x", key: str = "k", **more: str) -> dict[str, Any]:
        """Put one record."""
        answer: dict[str, Any] = self.client.put_record(
            StreamName=name, Data=data, PartitionKey=key, **more
        )
        return answer

    def iterator(self, name: str, shard_id: str, kind: str = "TRIM_HORIZON", **more: Any) -> str:
        """A shard iterator."""
        answer = self.client.get_shard_iterator(
            StreamName=name, ShardId=shard_id, ShardIteratorType=kind, **more
        )
        return str(answer["ShardIterator"])

    def drain(self, name: str, shard_id: str) -> list[dict[str, Any]]:
        """Every record of a shard, read until a page is empty or the shard ends."""
        iterator: str | None = self.iterator(name, shard_id)
        records: list[dict[str, Any]] = []
        while iterator:
            page = self.client.get_records(ShardIterator=iterator)
            records.extend(page["Records"])
            iterator = page.get("NextShardIterator") if page["Records"] else None
        return records

    def split(self, name: str, shard_id: str = "shardId-000000000000", at: str = "1000") -> None:
        """Split a shard at a hash key, and wait."""
        self.client.split_shard(StreamName=name, ShardToSplit=shard_id, NewStartingHashKey=at)
        self.settle(name)

    def merge(self, name: str, shard_id: str, adjacent: str) -> None:
        """Merge two shards, and wait."""
        self.client.merge_shards(
            StreamName=name, ShardToMerge=shard_id, AdjacentShardToMerge=adjacent
        )
        self.settle(name)

    def rescale(self, name: str, target: int) -> str:
        """What UpdateShardCount answers, without waiting."""
        return outcome(
            self.client.update_shard_count,
            StreamName=name,
            TargetShardCount=target,
            ScalingType="UNIFORM_SCALING",
        )

    def observe_in(
        self, status: str, begin: Callable[[str], object], ask: Callable[[str], str]
    ) -> str:
        """What ``ask`` observes while a stream is certainly in a passing state.

        ``begin`` brings a stream of a fresh name into ``status``. Where the state was over before
        the question was answered, another stream is tried.
        """
        for _ in range(20):
            name = self.fresh_name("passing")
            begin(name)
            observed = ask(name)
            in_time = self.status(name) == status
            self.settle_or_go(name)
            if in_time:
                return observed
        raise TimeoutError(f"{self.name} leaves {status} before it can be asked anything")

    def _until(self, reached: Callable[[], bool], failure: str) -> None:
        deadline = time.monotonic() + STATE_TIMEOUT
        while not reached():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.name}: {failure}")
            time.sleep(_POLL)


def outcome(call: Callable[..., Any], **arguments: Any) -> str:
    """The error code that a call ends with, or "accepted"."""
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ACCEPTED
