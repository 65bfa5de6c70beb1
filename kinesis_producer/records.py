"""The nouns of the field: user records, their keys, what became of them, and the final counts."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Keys(NamedTuple):
    """What routes a user record: records with equal keys may share an aggregate."""

    partition_key: str | None
    explicit_hash_key: str | None


NO_KEYS = Keys(None, None)


class UserRecord(NamedTuple):
    """What a caller sends, and what a reader gets back.

    It is a tuple because readers make millions: a frozen dataclass takes four times as long.

    Attributes:
        partition_key: as it was given. In KPL aggregates every record has one: what was sent
            without reads back with the random one of its aggregate.
        explicit_hash_key: as it was given, in decimal.
        sub_sequence_number: its place in the Kinesis record, from 0, as the KCL counts.
        tags: of a KPL record; each a key and perhaps a value. Read only.
    """

    data: bytes
    partition_key: str | None = None
    explicit_hash_key: str | None = None
    sub_sequence_number: int = 0
    tags: tuple[tuple[str, str | None], ...] = ()


Tags = tuple[tuple[str, str | None], ...]


class Columns(NamedTuple):
    """User records by columns: whoever makes them makes what he needs, and nothing before it.

    All but the data may go on without an end, and can be gone through once or more often.
    """

    data: Sequence[bytes]
    partition_keys: Iterable[str | None]
    explicit_hash_keys: Iterable[str | None]
    tags: Iterable[Tags] = repeat(())

    def user_records(self) -> list[UserRecord]:
        """Records, numbered from 0. It takes half of what calling `UserRecord` for each does."""
        rows = zip(
            self.data,
            self.partition_keys,
            self.explicit_hash_keys,
            range(len(self.data)),
            self.tags,
            strict=False,
        )
        return list(map(_user_record, rows))

    def consumer_records(
        self, shard_id: str, number: str, arrived_at: float, millis_behind: int, token: int
    ) -> list[ConsumerRecord]:
        """The same, with the place at which they were found."""
        rows = zip(
            self.data,
            self.partition_keys,
            self.explicit_hash_keys,
            range(len(self.data)),
            self.tags,
            repeat(shard_id),
            repeat(number),
            repeat(arrived_at),
            repeat(millis_behind),
            repeat(token),
            strict=False,
        )
        return list(map(_consumer_record, rows))


_user_record: Final = partial(tuple.__new__, UserRecord)


class ConsumerRecord(NamedTuple):
    """What a `KinesisConsumer` gives out: a user record, and where it was found.

    Its position is ``sequence_number`` and ``sub_sequence_number``.

    Attributes:
        data: as it was sent.
        partition_key: see `UserRecord`; where the format keeps none, that of the Kinesis record.
        explicit_hash_key: see `UserRecord`.
        sub_sequence_number: its place in the Kinesis record, from 0.
        tags: of a KPL record.
        shard_id: where it lies.
        sequence_number: of the Kinesis record, in decimal.
        arrived_at: when the service took it, in seconds since the epoch; approximate, as it says.
        millis_behind: milliseconds from the page that it came with to the newest of the shard.
        fencing_token: of the lease under which it was read: greater than any under which the shard
            was read by another worker before. Have what is written downstream carry it, and refuse
            what carries a smaller one.
    """

    data: bytes
    partition_key: str | None
    explicit_hash_key: str | None
    sub_sequence_number: int
    tags: tuple[tuple[str, str | None], ...]
    shard_id: str
    sequence_number: str
    arrived_at: float
    millis_behind: int
    fencing_token: int


_consumer_record: Final = partial(tuple.__new__, ConsumerRecord)


class Outcome(enum.Enum):
    """The final state of a record, set once."""

    DELIVERED = "delivered"
    NOT_WRITTEN = "not written"
    POSSIBLY_WRITTEN = "possibly written"


class Accepted(NamedTuple):
    """A positive answer of the service for one Kinesis record."""

    shard_id: str
    sequence_number: str


@dataclass(frozen=True, slots=True)
class Failure:
    """Why an attempt did not succeed.

    Attributes:
        code: the service's error code, or this library's own name for what happened on the way.
        message: a sentence for people; it never holds a payload or a secret.
        status: the HTTP status of the answer, if there was one.
    """

    code: str
    message: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of the records of one aggregate.

    Attributes:
        records: how many user records share this fate.
        attempts: how many requests carried them (0: none).
        failure: the last failure; ``None`` when delivered.
        dropped: given up to make room in a full buffer.
    """

    outcome: Outcome
    records: int
    attempts: int
    accepted: Accepted | None = None
    failure: Failure | None = None
    dropped: bool = False


@dataclass(frozen=True, slots=True)
class Totals:
    """Counts of user records since the producer was made.

    Attributes:
        received: accepted by ``send``.
        delivered: the service confirmed each.
        not_written: certainly not in the stream; includes those dropped.
        possibly_written: given up after an attempt that had no answer.
        dropped: given up to make room in a full buffer.
        possible_duplicates: upper bound of the copies beyond the first that may be in the stream.
    """

    received: int = 0
    delivered: int = 0
    not_written: int = 0
    possibly_written: int = 0
    dropped: int = 0
    possible_duplicates: int = 0

    @property
    def undelivered(self) -> int:
        """Records that were given up, be they not or possibly written."""
        return self.not_written + self.possibly_written

    @property
    def pending(self) -> int:
        """Records accepted and not yet settled."""
        return self.received - self.delivered - self.undelivered
