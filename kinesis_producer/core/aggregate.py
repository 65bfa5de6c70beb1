"""An aggregate: user records that share one fate, and the states it passes through."""

from __future__ import annotations

import enum
import sys
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from kinesis_producer.limits import MAX_RECORDS_PER_REQUEST, RANDOM_KEY_SIZE
from kinesis_producer.records import Keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinesis_producer.core.lane import Lane
    from kinesis_producer.core.pieces import Piece
    from kinesis_producer.records import Accepted, Failure, Settlement

H = TypeVar("H")
"""The caller's handle of an aggregate: the core hands it back and never looks inside."""


#: The slot of an aggregate that takes all records of its lane.
SHARED: Final = Keys("", "")

_NONE: Final[set[Keys]] = set()


class State(enum.Enum):
    """Where an aggregate is; `MOVES` says where it may go from there."""

    OPEN = "open"
    CLOSED = "closed"
    IN_FLIGHT = "in flight"
    SETTLED = "settled"

    __hash__ = object.__hash__  # Enum's own is a function of Python, called for each move


MOVES: Final = {
    State.OPEN: {State.CLOSED},
    State.CLOSED: {State.IN_FLIGHT, State.SETTLED},
    State.IN_FLIGHT: {State.CLOSED, State.SETTLED},
    State.SETTLED: frozenset[State](),
}


class CloseReason(enum.Enum):
    """Why an aggregate takes no more records."""

    SIZE = "size"
    COUNT = "count"
    AGE = "age"
    FLUSH = "flush"
    CLOSE = "close"
    MEMORY = "memory"
    CROWD = "too many open aggregates"
    SHARDS = "the shards changed"


class Aggregate(Generic[H]):
    """User records with equal keys, written or not written together.

    ``send`` appends on its short path while ``size`` stays within ``full_at``; everything else goes
    through the accumulator, the schedule and the backlog.

    Attributes:
        number: counts up in the order aggregates are opened.
        size: data of its records, and `AggregateRules.overhead` for each.
        full_at: the size up to which the short path may append unasked; -1 unless open.
        easy_at: the size and own size up to which a record with keys may be added, and nothing
            follows from it; -1 unless open.
        charge: bytes charged against the memory bound for it.
        lane: of the shard its keys belong to; ``None`` where none is known, or it has no keys.
        aim: the lane that it was sent by the last time.
        hash_key: the explicit one under which it was sent to a shard that had room, if it has no
            keys.
        cost: bytes that were accounted for when it was sent the last time.
        toll: Kinesis records for which they were.
        size_limit: framed bytes at which it closes.
        slot: among the open ones of its lane: the keys of its records, or `SHARED`.
        distinct: all keys in ``pairs``.
        pairs: the keys of each record, if they may differ; ``keys`` are those of the first then.
        own_size: bytes that keys of their own add to its records when sent, at the most.
        keys_size: bytes of memory that they take.
        misplaced: attempts of which something landed in the wrong shard.
        pieces: as which it is sent, where its records do not belong together any more.
        aloft: those of them that are in a request.
        opened_at: when its first record came; its age and its deadline count from here.
        data_size: bytes of its records; set when it closes.
        wire_size: data and partition key as sent, in bytes, at the most; set when it closes.
        sent_size: the same, exactly; set when it is sent, 0 where that did not come to it.
        scanned: delimiters within its records are counted.
        attempts: requests that carried it.
        retries: attempts that were made because an earlier one failed; halving a batch to find a
            culprit is not held against the others in it.
        doubts: attempts after which it may have been written.
        aboard: it is in a request that has not returned.
        holds: how many still hold its bytes once it is settled.
        taken_at: when it first went into a request.
        reprieved_until: when its one attempt has to begin, if its time ran out while the process
            was stopped.
        failure: what the last attempt met.
        settlement: what became of it.
        singles: Kinesis records that it is sent as: one, or one for each of its records; set when
            it closes.
        rest: by their places, the records that go again as Kinesis records of their own, once some
            of them are written.
        accepted: the first of those that are.
    """

    __slots__ = (
        "aboard",
        "accepted",
        "aim",
        "aloft",
        "attempts",
        "charge",
        "cost",
        "data_size",
        "distinct",
        "doubts",
        "easy_at",
        "failure",
        "full_at",
        "handle",
        "hash_key",
        "holds",
        "key_size",
        "keys",
        "keys_size",
        "lane",
        "misplaced",
        "number",
        "opened_at",
        "own_size",
        "pairs",
        "partition_key",
        "pieces",
        "reason",
        "records",
        "reprieved_until",
        "rest",
        "retries",
        "scanned",
        "sent_size",
        "settlement",
        "singles",
        "size",
        "size_limit",
        "slot",
        "state",
        "taken_at",
        "toll",
        "wire_size",
    )

    def __init__(self, number: int, keys: Keys, key_size: int, now: float, handle: H) -> None:
        self.number = number
        self.keys = keys
        self.key_size = key_size
        self.records: list[bytes] = []
        self.size = 0
        self.full_at = self.easy_at = -1
        self.charge = 0
        self.lane: Lane[H] | None = None
        self.aim: Lane[H] | None = None
        self.hash_key: int | None = None
        self.cost = 0.0
        self.toll = 1
        self.size_limit = sys.maxsize
        self.slot = keys
        self.pairs: list[Keys] | None = None
        self.distinct: set[Keys] = _NONE
        self.own_size = 0
        self.keys_size = 0
        self.misplaced = 0
        self.pieces: list[Piece] = []
        self.aloft: list[Piece] = []
        self.opened_at = now
        self.handle = handle
        self.state = State.OPEN
        self.reason: CloseReason | None = None
        self.partition_key = keys.partition_key
        self.data_size = 0
        self.wire_size = 0
        self.sent_size = 0
        self.scanned = False
        self.attempts = 0
        self.retries = 0
        self.doubts = 0
        self.aboard = False
        self.holds = 1
        self.taken_at: float | None = None
        self.reprieved_until: float | None = None
        self.failure: Failure | None = None
        self.settlement: Settlement | None = None
        self.singles = 1
        self.rest: Sequence[int] | None = None
        self.accepted: Accepted | None = None

    def append(self, record: bytes, *, overhead: int) -> None:
        """Add a record; the accumulator has checked that it fits."""
        self.size += len(record) + overhead  # first: what is broken off here may count too much
        self.records.append(record)

    def has(self, keys: Keys) -> bool:
        """Whether some record with other keys than the rest has these already."""
        return keys in self.distinct

    def note_keys(self, keys: Keys, *, own_size: int, keys_size: int) -> None:
        """The record that was appended last has keys of its own."""
        if self.pairs is None:
            self.pairs, self.distinct = [], set()
        self.own_size += own_size
        self.keys_size += keys_size
        self.distinct.add(keys)
        self.pairs.append(keys)

    def mend(self) -> None:
        """Leave out a record that an interruption left without its keys: nobody was told of it.

        The first of all has those of the aggregate.
        """
        if self.slot is not SHARED:
            return
        if self.pairs is None:
            self.note_keys(self.keys, own_size=0, keys_size=self.key_size)
        elif len(self.pairs) < len(self.records):
            self.records = self.records[: len(self.pairs)]

    @property
    def entries(self) -> int:
        """How many Kinesis records the next request has of it."""
        if self.rest is not None:
            return len(self.rest)
        if not self.pieces:
            return self.singles
        return min(sum(one.accepted is None for one in self.pieces), MAX_RECORDS_PER_REQUEST) or 1

    @property
    def next_size(self) -> int:
        """Data and partition keys of what the next request has of it, in bytes, at the most.

        Where it goes in pieces, that of the whole.
        """
        if self.rest is None:
            return self.wire_size
        keys = (self.wire_size - self.data_size) * len(self.rest) // self.singles
        return sum(len(self.records[place]) for place in self.rest) + keys

    def take_off(self) -> None:
        """It goes into a request, or as much of it as one can hold."""
        left = [one for one in self.pieces if one.accepted is None]
        self.aloft = left[:MAX_RECORDS_PER_REQUEST]

    @property
    def partly_written(self) -> bool:
        """Whether some of its records are written."""
        return self.accepted is not None or any(one.accepted is not None for one in self.pieces)

    def move(self, state: State) -> None:
        """Go to the next state; any move that `MOVES` does not list is our bug."""
        if state not in MOVES[self.state]:
            raise RuntimeError(f"aggregate {self.number}: {self.state.name} -> {state.name}")
        self.state = state

    def move_to(self, lane: Lane[H] | None) -> None:
        """Another lane is that of its shard now, and has its bytes."""
        if self.lane is not None:
            self.lane.charged -= self.charge
        if lane is not None:
            lane.charged += self.charge
        self.lane = lane

    @property
    def wire_key_size(self) -> int:
        """Bytes of the partition key it is sent under: its own, or a random one."""
        return RANDOM_KEY_SIZE if self.keys.partition_key is None else self.key_size
