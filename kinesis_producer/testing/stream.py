"""One stream: its state, its shards and where a record goes."""

from __future__ import annotations

import enum
from bisect import bisect_right, insort
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kinesis_producer.core.hash_keys import uniform_ranges
from kinesis_producer.limits import DEFAULT_RECORD_SIZE
from kinesis_producer.testing.consumers import Consumers
from kinesis_producer.testing.ledger import Ledger, StoredRecord
from kinesis_producer.testing.messages import ServiceError
from kinesis_producer.testing.sequence import SequenceNumbers
from kinesis_producer.testing.shard import Shard
from kinesis_producer.testing.throttle import ReadLimit, WriteLimit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kinesis_producer.core.hash_keys import HashRange


class Status(enum.Enum):
    """StreamStatus, as the service names it."""

    CREATING = "CREATING"
    ACTIVE = "ACTIVE"
    UPDATING = "UPDATING"
    DELETING = "DELETING"


#: Strategies by which records are spread over the shards (service model,
#: RecordDistributionStrategy): by their keys, or by the service, whatever their keys.
BY_KEY: Final = "USER_PARTITION_KEY"
AUTO: Final = "AUTO"

#: Puts and reads work in these (API reference, StreamDescriptionSummary).
IN_SERVICE: Final = frozenset({Status.ACTIVE, Status.UPDATING})


@dataclass(frozen=True, slots=True)
class Moment:
    """One instant on both clocks: seconds since the epoch, and monotonic seconds."""

    wall: float
    monotonic: float


@dataclass(frozen=True, slots=True)
class Change:
    """What ends a passing state: from ``due`` (monotonic seconds) on, ``apply`` makes it so."""

    due: float
    apply: Callable[[Moment], object]


class Stream:
    """A stream and its shards. Not thread-safe: the room's lock is held around every use.

    Attributes:
        owner: the account, for messages.
        created: milliseconds since the epoch; no two streams of a name share it.
        mode: PROVISIONED or ON_DEMAND.
        strategy: of the record distribution.
        change: what ends the state it is in; None in ACTIVE.
        shards: all there ever were, in the order of their ids.
        open_shards: the open ones, in the order of their hash keys; they cover every hash key.
    """

    def __init__(self, name: str, *, arn: str, owner: str, created: int) -> None:
        self.name = name
        self.arn = arn
        self.owner = owner
        self.created = created
        self.mode = "PROVISIONED"
        self.strategy = BY_KEY
        self.max_record_size = DEFAULT_RECORD_SIZE
        self.status = Status.CREATING
        self.change: Change | None = None
        self.shards: list[Shard] = []
        self.open_shards: list[Shard] = []
        self.numbers = SequenceNumbers(created=created)
        self.ledger = Ledger(name)
        self.consumers = Consumers(name, stream_arn=arn, owner=owner)
        self._turn = 0

    def require(self, status: Status) -> None:
        """Refuse unless the stream is in ``status`` (API reference, ResourceInUseException)."""
        if self.status is not status:
            raise ServiceError(
                "ResourceInUseException",
                f"Stream {self.name} under account {self.owner} not {status.value}, instead in "
                f"state {self.status.value}",
            )

    def begin(self, status: Status, change: Change) -> None:
        """Enter a passing state."""
        self.status = status
        self.change = change
        self.consumers.wake_all()  # whoever waits has to wait until the change is due, no longer

    def settle(self, now: Moment) -> None:
        """End the passing states whose time has come. The change happens when it was due."""
        self.consumers.settle(now)
        change = self.change
        if change is None or now.monotonic < change.due:
            return
        self.change = None
        self.status = Status.ACTIVE
        late = now.monotonic - change.due
        change.apply(Moment(wall=now.wall - late, monotonic=change.due))

    def fill(self, shards: int) -> Callable[[Moment], None]:
        """What ends CREATING: ``shards`` equal shards, open from then on."""

        def apply(now: Moment) -> None:
            for hash_range in uniform_ranges(shards):
                self.open_shard(hash_range, now=now)

        return apply

    def shard(self, shard_id: str) -> Shard:
        """The shard of that id, open or closed."""
        for shard in self.shards:
            if shard.shard_id == shard_id:
                return shard
        raise ServiceError(
            "ResourceNotFoundException",
            f"Shard {shard_id} in stream {self.name} under account {self.owner} does not exist",
        )

    def shard_for(self, key: int) -> Shard:
        """The open shard whose range holds the hash key ``key``."""
        return self.open_shards[bisect_right(self.open_shards, key, key=_first) - 1]

    def next_shard(self) -> Shard:
        """The open shard whose turn it is where the service spreads records by itself."""
        self._turn = (self._turn + 1) % len(self.open_shards)
        return self.open_shards[self._turn]

    def change_mode(self, mode: str) -> None:
        """Be of another capacity mode; only one of them lets the service spread records."""
        self.mode = mode
        if mode == "PROVISIONED":
            self.strategy = BY_KEY

    def open_shard(
        self, hash_range: HashRange, *, parents: Sequence[Shard] = (), now: Moment
    ) -> Shard:
        """Add an open shard. Its parents must be closed by then."""
        index = len(self.shards)
        shard = Shard(
            index=index,
            hash_range=hash_range,
            starting_number=self.numbers.next(index),
            opened_at=now.wall,
            write_limit=WriteLimit(largest_record=self.max_record_size, now=now.monotonic),
            read_limit=ReadLimit(now=now.monotonic),
            parents=tuple(parents),
        )
        for parent in parents:
            parent.children.append(shard)
        self.shards.append(shard)
        insort(self.open_shards, shard, key=_first)
        return shard

    def close_shard(self, shard: Shard, *, now: Moment) -> None:
        """Let no more puts land in ``shard``; its records stay readable."""
        shard.ending_number = self.numbers.next(shard.index)
        shard.closed_at = now.wall
        self.open_shards.remove(shard)
        self.consumers.wake(shard)

    def resize_records(self, size: int) -> None:
        """Allow records of ``size`` bytes, key included."""
        self.max_record_size = size
        for shard in self.open_shards:
            shard.write_limit.deepen(size)

    def commit(self, record: StoredRecord, *, shard: Shard) -> None:
        """Store one record: from here on it is never lost."""
        shard.records.append(record)
        self.ledger.append(record)
        if self.consumers:  # asked first: this is the hot path
            self.consumers.wake(shard)


def _first(shard: Shard) -> int:
    return shard.hash_range.first
