"""The sizes an aggregate is held to, as plain arithmetic."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kinesis_producer.core.aggregate import CloseReason, H
from kinesis_producer.limits import AGGREGATE_OVERHEAD, RECORD_OVERHEAD

if TYPE_CHECKING:
    from kinesis_producer.core.aggregate import Aggregate
    from kinesis_producer.core.formats import Format
    from kinesis_producer.core.put_records import RequestLimits
    from kinesis_producer.core.retry import RetryRules
    from kinesis_producer.records import Keys


@dataclass(frozen=True, slots=True)
class AggregateRules:
    """When an aggregate is full.

    Attributes:
        size_limit: framed bytes; the aggregate closes before the record that would exceed it.
        record_limit: data and partition key of one Kinesis record, bytes.
        time_limit: age, counted from its first record, at which it closes.
        form: how records lie in it.
        count_limit: records.
        overhead: what the short path of ``send`` counts for each record beside its data. At least
            the framing, so that what it counts bounds the framed size; and so much that it bounds
            the number of records about as well.
    """

    size_limit: int
    record_limit: int
    time_limit: float
    form: Format
    count_limit: int = sys.maxsize
    overhead: int = field(init=False)

    def __post_init__(self) -> None:
        overhead = max(1, self.form.framing, self.size_limit // self.count_limit)
        object.__setattr__(self, "overhead", overhead)

    def data_size(self, aggregate: Aggregate[H]) -> int:
        """Bytes of its records."""
        return aggregate.size - len(aggregate.records) * self.overhead

    def framed_size(self, aggregate: Aggregate[H]) -> int:
        """Bytes of its data as sent, at the most."""
        size, count = self._records_size(aggregate), len(aggregate.records)
        return size + self.form.envelope(aggregate.keys, aggregate.wire_key_size, count, size)

    def charge(self, aggregate: Aggregate[H]) -> int:
        """Bytes to be charged for it: data, keys, an overhead for each record, and for itself."""
        shared = aggregate.key_size if aggregate.pairs is None else 0
        each = RECORD_OVERHEAD + shared - self.overhead
        count = len(aggregate.records)
        return aggregate.size + count * each + aggregate.keys_size + AGGREGATE_OVERHEAD

    def refusal(self, aggregate: Aggregate[H], size: int) -> CloseReason | None:
        """Why a record of this size no longer fits, if so."""
        if len(aggregate.records) >= self.count_limit:
            return CloseReason.COUNT
        if self._records_size(aggregate) + size + self.form.framing > self._room(aggregate):
            return CloseReason.SIZE
        return None

    def own_size(self, aggregate: Aggregate[H] | None, keys: Keys, key_size: int) -> int:
        """Bytes that a record's own keys add when sent, where others share its aggregate."""
        new = aggregate is None or not aggregate.has(keys)
        return self.form.own_keys(keys, key_size, new=new)

    def headroom(self, aggregate: Aggregate[H], memory: int) -> int:
        """How far its size may grow, by whatever records, without exceeding any limit.

        Args:
            aggregate: an open one.
            memory: bytes that may be charged for what is added.
        """
        framed = self._room(aggregate) - self._records_size(aggregate)
        counted = (self.count_limit - len(aggregate.records)) * self.overhead
        return max(0, min(framed, counted, self._affordable(aggregate, memory)))

    def easy_at(self, aggregate: Aggregate[H]) -> int:
        """Up to which size, and own size, nothing follows from it that another record comes.

        It has room then, and is not so large that it goes before its time where order is kept.
        """
        size = aggregate.size + aggregate.own_size
        return min(size + self.headroom(aggregate, sys.maxsize), self.size_limit - 1)

    def worst_charge(self, aggregate: Aggregate[H], growth: int) -> int:
        """Bytes to be charged at the most if its size grows by so much: by empty records."""
        each = RECORD_OVERHEAD + aggregate.key_size
        return max(growth, -(-growth * each // self.overhead))

    def _affordable(self, aggregate: Aggregate[H], memory: int) -> int:
        each = RECORD_OVERHEAD + aggregate.key_size
        return min(memory, memory * self.overhead // each)

    def _records_size(self, aggregate: Aggregate[H]) -> int:
        """Bytes of its records and their framing."""
        framed = aggregate.size - len(aggregate.records) * (self.overhead - self.form.framing)
        return framed + aggregate.own_size

    def _room(self, aggregate: Aggregate[H]) -> int:
        """Bytes that there are for records and their framing, one record more than there is."""
        limit = min(aggregate.size_limit, self.record_limit - aggregate.wire_key_size)
        count = len(aggregate.records) + 1
        return limit - self.form.envelope(aggregate.keys, aggregate.wire_key_size, count, limit)


@dataclass(frozen=True, slots=True)
class BacklogRules:
    """All that a configuration decides about what is pending.

    Attributes:
        memory: bytes that may be charged.
        delivery_timeout: from the first record of an aggregate to the end of its attempts.
        linger: how long closed aggregates may wait for a full request; 0 for not at all.
        company: the same while another request is on its way: one that is larger costs less CPU
            than several, and nothing is gained by more of them at a time than keep up.
        ordered: one aggregate of a shard in flight at a time, retries before successors; while the
            shards are not known, of the stream.
        filtered: readers throw an aggregate away where a record of it belongs to another shard.
        senders: how many requests there may be at a time.
    """

    aggregates: AggregateRules
    requests: RequestLimits
    retries: RetryRules
    memory: int
    delivery_timeout: float
    linger: float
    ordered: bool
    filtered: bool = False
    senders: int = 1
    company: float = 0.0

    def patience(self, *, in_flight: bool) -> float:
        """Seconds from its beginning that a closed aggregate waits for a full request."""
        if self.ordered:
            return 0.0
        return max(self.linger, self.company) if in_flight else self.linger

    @property
    def strict(self) -> bool:
        """Whether all records of an aggregate have to be in the shard that they belong to."""
        return self.filtered or (self.ordered and self.aggregates.form.mixes)
