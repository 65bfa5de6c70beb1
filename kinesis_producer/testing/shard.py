"""One shard: its range of hash keys, its records, its limits, its descent."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from kinesis_producer.limits import MIB

if TYPE_CHECKING:
    from kinesis_producer.core.hash_keys import HashRange
    from kinesis_producer.testing.ledger import StoredRecord
    from kinesis_producer.testing.throttle import ReadLimit, WriteLimit

#: What one GetRecords gives at most, keys included (API reference, GetRecords: 10 MiB).
MAX_READ_SIZE: Final = 10 * MIB


class Page(NamedTuple):
    """What one GetRecords gives."""

    records: list[StoredRecord]
    size: int
    more: bool


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Shard:
    """A shard, open until `ending_number` is set. The room's lock guards it. Equal only to itself.

    Attributes:
        opened_at, closed_at: seconds since the epoch.
        parents: the shards it came from, none, one (a split) or two (a merge).
        children: the shards that came from it.
    """

    index: int
    hash_range: HashRange
    starting_number: str
    opened_at: float
    write_limit: WriteLimit
    read_limit: ReadLimit
    parents: tuple[Shard, ...] = ()
    children: list[Shard] = field(default_factory=list)
    ending_number: str | None = None
    closed_at: float | None = None
    records: list[StoredRecord] = field(default_factory=list)

    @property
    def shard_id(self) -> str:
        """``shardId-`` and twelve digits."""
        return f"shardId-{self.index:012d}"

    @property
    def is_open(self) -> bool:
        """Whether puts may still land here."""
        return self.ending_number is None

    def was_open_at(self, moment: float) -> bool:
        """Whether puts could land here at ``moment``, seconds since the epoch."""
        return self.opened_at <= moment and self.was_open_since(moment)

    def was_open_since(self, moment: float) -> bool:
        """Whether puts could land here at ``moment`` or at any time after."""
        return self.closed_at is None or self.closed_at >= moment

    def page(self, position: str, *, limit: int, size: int = MAX_READ_SIZE) -> Page:
        """The records from sequence number ``position`` on, at least one if there is one.

        Args:
            position: need not be the number of a record.
            limit: records there are at most.
            size: bytes there are at most, keys included, unless one record has more.
        """
        start = bisect_left(self.records, position, key=_number)
        taken: list[StoredRecord] = []
        total = 0
        for record in self.records[start : start + limit]:
            if taken and total + record.size > size:
                break
            taken.append(record)
            total += record.size
        return Page(taken, total, start + len(taken) < len(self.records))

    def first_since(self, moment: float) -> str | None:
        """The number of the first record that arrived at ``moment`` or after, if there is one."""
        return next((r.sequence_number for r in self.records if r.arrived_at >= moment), None)


def _number(record: StoredRecord) -> str:
    return record.sequence_number
