"""What the rules ask of the shell: calls of the lease table and of the service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Generator

    from kinesis_producer.core.leasing.lease import Lease

    #: Steps that wait for answers in between; in the end, whether they did what they were for.
    Steps = Generator["Request", "Reply", bool]


@dataclass(frozen=True, slots=True)
class Look:
    """Read all leases. Answer: a list of them."""


@dataclass(frozen=True, slots=True)
class Find:
    """Read one lease. Answer: it, or ``None``."""

    shard_id: str


@dataclass(frozen=True, slots=True)
class Put:
    """Change a lease. Answer: whether that was done."""

    old: Lease
    new: Lease


@dataclass(frozen=True, slots=True)
class Create:
    """Add a lease. Answer: whether there was none."""

    lease: Lease


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove a lease. Answer: whether that was done."""

    lease: Lease


@dataclass(frozen=True, slots=True)
class ListShards:
    """List the shards of the stream. Answer: a list of them."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait until the write to a lease that is going on has ended. No answer."""

    shard_id: str


#: What is asked.
Request = Look | Find | Put | Create | Delete | ListShards | Wait


class Reply(NamedTuple):
    """An answer.

    Attributes:
        value: as the request says; `AWAY` where there was no answer.
        asked_at: monotonic time at which the request was made.
        at: now.
    """

    value: Any
    asked_at: float
    at: float


class Away:
    """No answer: whether anything was done is not known."""


AWAY = Away()
