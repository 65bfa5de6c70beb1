"""Where positions and leases are kept: one protocol, and stores that have it.

A consumer is given one as ``checkpoints``. A store is asked for the lease table of an application
and a stream; it may serve many.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from kinesis_producer.stores.addresses import HOMES, of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.stores.dynamodb import DynamoDBStore
    from kinesis_producer.stores.memory import MemoryStore
    from kinesis_producer.stores.redis import RedisStore
    from kinesis_producer.stores.sql import SqlStore
    from kinesis_producer.stores.sqlite import SQLiteStore

__all__ = [
    "DynamoDBStore",
    "LeaseTable",
    "MemoryStore",
    "RedisStore",
    "SQLiteStore",
    "SqlStore",
    "Store",
    "StreamId",
    "of",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamId:
    """One stream and no other, not even a later one of its name.

    Attributes:
        arn: region, account and name in it.
        name: of the stream.
        created: milliseconds since the epoch.
    """

    arn: str
    name: str
    created: int


def stream_id(told: Mapping[str, Any]) -> StreamId:
    """That of a stream as DescribeStreamSummary tells of it."""
    created = told["StreamCreationTimestamp"].timestamp()
    return StreamId(arn=told["StreamARN"], name=told["StreamName"], created=round(created * 1000))


class LeaseTable(Protocol):
    """The leases of one application on one stream. Any thread; every call may block on I/O.

    Every call raises `StoreUnavailable` if the store cannot say: whether a write was done is then
    not known. It has no retries of its own, and waits for an answer a bounded time.

    A lease comes back as it was written, but that its parents and children may be in another order.
    Names of workers are not empty, and hold no NUL.
    """

    def leases(self) -> Sequence[Lease]:
        """All of them, as they are now: what was written before the call is seen."""
        ...

    def lease(self, shard_id: str) -> Lease | None:
        """One of them, likewise."""
        ...

    def create(self, lease: Lease) -> bool:
        """Add a lease; False if there is one of that shard."""
        ...

    def replace(self, old: Lease, new: Lease) -> bool:
        """Write what differs in ``new``, if the counter in the store is still that of ``old``.

        Returns:
            False if it is not, or if the lease is gone; then nothing was changed.
        """
        ...

    def delete(self, lease: Lease) -> bool:
        """Remove a lease, on the same condition and with the same answer."""
        ...


class Store(Protocol):
    """Keeps leases. Any thread."""

    def table(self, application: str, stream: StreamId) -> LeaseTable:
        """The lease table, made if there is none. Blocks.

        Raises:
            StoreUnavailable: the store cannot be reached or used.
            ConfigError: it cannot serve this application or stream.
        """
        ...

    def close(self) -> None:
        """Let go of what was opened here; the store is not used any more."""
        ...


if not TYPE_CHECKING:  # a type checker is to see the names above, and no others

    def __getattr__(name: str) -> Any:
        """A store, imported when it is first asked for."""
        if name not in HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(HOMES[name]), name)
