"""One shard that is read here: its reader, what it has brought, and how far that was given out.

An interruption may break off any of it, in the thread of the caller. What was given out and not
asked on after is then read anew (`Worker.rewind`); until that, nothing here may look as if all of
the shard had been dealt with.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from kinesis_producer.core.positions import WHOLE, Position

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinesis_producer.core.hash_keys import HashRange
    from kinesis_producer.core.reading.pages import KinesisRecord
    from kinesis_producer.core.reading.reader import ShardReader
    from kinesis_producer.records import ConsumerRecord

#: Twice as fast as calling the class.
_position: Final = partial(tuple.__new__, Position)


class Brought(NamedTuple):
    """A Kinesis record that waits to be taken apart, and how far behind the tip it is."""

    record: KinesisRecord
    millis_behind: int


@dataclass(slots=True)
class Memory:
    """Bytes that were read ahead, of all shards together.

    Attributes:
        used: how many.
        freed: shards that have given some of theirs back, until somebody looks.
    """

    used: int = 0
    freed: dict[str, None] = field(default_factory=dict)  # in order

    def take_freed(self) -> list[str]:
        """The shards that have given something back since the last call."""
        freed = list(self.freed)
        self.freed.clear()
        return freed


@dataclass(slots=True, eq=False, kw_only=True)
class Reading:
    """The state of one shard between the service and the caller. Whoever uses it holds a lock.

    Attributes:
        token: the fencing token: the counter of the lease when it was taken.
        hash_range: of the shard, if known.
        checkpoint: up to here nothing is given out, since it was dealt with before.
        valid_until: nothing is given out from then on: the lease may have another owner.
        stopping: nothing more is given out, since another worker is to have the shard.
        waiting: what was read and not taken apart yet.
        number: of the Kinesis record whose user records are being given out.
        unpacking: whether a Kinesis record is being taken apart: it is in neither of them.
        batch: the user records that are left of the last one.
        buffered: bytes of all that; what the caller was given whole is no more counted.
        memory: where they are counted, too.
        delivered: position of the last user record that was given out; ``None`` before the first.
        owed: that of the last one that the caller can checkpoint.
        done: that of the last one that was asked on after.
        owed_then: what was owed when that was asked.
    """

    shard_id: str
    reader: ShardReader
    token: int
    checkpoint: Position
    hash_range: HashRange | None = None
    valid_until: float = float("inf")
    stopping: bool = False
    waiting: deque[Brought] = field(default_factory=deque)
    number: int = -1
    unpacking: bool = False
    batch: deque[ConsumerRecord] = field(default_factory=deque)
    buffered: int = 0
    memory: Memory = field(default_factory=Memory)
    delivered: Position | None = None
    owed: Position | None = None
    done: Position | None = None
    owed_then: Position | None = None
    _unpacked_size: int = 0

    @property
    def has_more(self) -> bool:
        """Whether there is anything to give out, as far as is known."""
        return bool(self.batch or self.waiting or self.unpacking)

    @property
    def has_ended(self) -> bool:
        """Whether all of the shard was given out."""
        return self.reader.has_ended and not self.has_more

    @property
    def is_caught_up(self) -> bool:
        """Whether all was given out that there was."""
        return self.reader.caught_up and not self.has_more

    def may_give(self, now: float) -> bool:
        """Whether anything may be given out."""
        return self.has_more and not self.stopping and now < self.valid_until

    def bring(self, records: Sequence[KinesisRecord]) -> None:
        """Add what was read."""
        behind = self.reader.millis_behind or 0
        wanted = [one for one in records if not self._was_passed(one)]
        self.waiting.extend(Brought(one, behind) for one in wanted)
        self._charge(sum(one.footprint for one in wanted))

    def unpack(self) -> Brought:
        """The next Kinesis record, to be taken apart: `fill`, `passed` or `pack` follows."""
        self.unpacking = True
        brought = self.waiting.popleft()
        self.number = brought.record.sequence_number
        self._unpacked_size = brought.record.footprint
        return brought

    def fill(self, records: Sequence[ConsumerRecord]) -> None:
        """Its user records, less those that were dealt with before."""
        if self.number == self.checkpoint.sequence_number:
            last = self.checkpoint.sub_sequence_number
            records = [one for one in records if one.sub_sequence_number > last]
        self.batch = deque(records)
        self.unpacking = False
        if not self.batch:
            self._put_away()

    def give(self, most: int) -> list[ConsumerRecord]:
        """The next user records, so many at the most."""
        records = list(islice(self.batch, most))
        last = records[-1]
        self.delivered = self.owed = Position(int(last.sequence_number), last.sub_sequence_number)
        if len(records) == len(self.batch):
            self.batch.clear()
            self._put_away()
        else:
            for _ in records:
                self.batch.popleft()
        return records

    def give_one(self) -> ConsumerRecord:
        """The next user record, of the Kinesis record that was unpacked last; more are left."""
        record = self.batch[0]
        self.delivered = self.owed = _position((self.number, record.sub_sequence_number))
        self.batch.popleft()
        return record

    def passed(self) -> None:
        """Go past the Kinesis record that was unpacked, which cannot be read: it is as given."""
        self.delivered = Position(self.number, WHOLE)
        self.unpacking = False
        self._put_away()

    def pack(self, brought: Brought) -> None:
        """Undo the last `unpack`."""
        self.waiting.appendleft(brought)
        self.unpacking = False
        self._unpacked_size = 0

    def asked_on(self) -> None:
        """The caller asks for more, so it is done with what it was given."""
        self.owed_then = self.owed
        self.done = self.delivered

    @property
    def is_in_hand(self) -> bool:
        """Whether the caller has not asked on after the last one."""
        return self.done != self.delivered

    def is_dealt_with(self, checkpoint: Position) -> bool:
        """Whether all that was given out is at or below a checkpoint.

        What cannot be read was not: behind the last record, there is nothing to checkpoint it with.
        """
        return self.owed is None or self.owed <= checkpoint

    def _was_passed(self, record: KinesisRecord) -> bool:
        """Whether it was met before, and could not be read."""
        return self.checkpoint == (record.sequence_number, WHOLE)

    def _put_away(self) -> None:
        """Nothing of the Kinesis record that was unpacked last is needed any more."""
        self._charge(-self._unpacked_size)
        self._unpacked_size = 0
        self.memory.freed[self.shard_id] = None

    def _charge(self, size: int) -> None:
        self.buffered += size
        self.memory.used += size
