"""The sizes an aggregate is held to, as plain arithmetic."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kinesis_producer.core.aggregate import CloseReason, H
from kinesis_producer.limits import RECORD_OVERHEAD

if TYPE_CHECKING:
    from kinesis_producer.core.aggregate import Aggregate
    from kinesis_producer.core.put_records import RequestLimits
    from kinesis_producer.core.retry import RetryRules


@dataclass(frozen=True, slots=True)
class AggregateRules:
    """When an aggregate is full.

    Attributes:
        size_limit: framed bytes; the aggregate closes before the record that would exceed it.
        record_limit: data and partition key of one Kinesis record, bytes.
        time_limit: age, counted from its first record, at which it closes.
        framing: bytes the format adds to each record.
        count_limit: records.
    """

    size_limit: int
    record_limit: int
    time_limit: float
    framing: int
    count_limit: int = sys.maxsize

    def framed_size(self, aggregate: Aggregate[H]) -> int:
        """Bytes of its data as sent, derived from the charge, which is all that is counted."""
        overhead = RECORD_OVERHEAD + aggregate.key_size - self.framing
        return aggregate.charge - len(aggregate.records) * overhead

    def refusal(self, aggregate: Aggregate[H], size: int) -> CloseReason | None:
        """Why a record of this size no longer fits, if so."""
        if len(aggregate.records) >= self.count_limit:
            return CloseReason.COUNT
        if self.framed_size(aggregate) + size + self.framing > self._limit(aggregate):
            return CloseReason.SIZE
        return None

    def full_at(self, aggregate: Aggregate[H]) -> int:
        """The charge up to which any records may be appended without asking again.

        A record is charged at least as much as it adds to the framed size, so growing the charge
        by the room that is left can exceed neither limit; it comes closer with each asking.
        """
        overhead = RECORD_OVERHEAD + aggregate.key_size
        if overhead < self.framing:
            return aggregate.charge
        room = self._limit(aggregate) - self.framed_size(aggregate)
        records = self.count_limit - len(aggregate.records)
        return aggregate.charge + max(0, min(room, records * overhead))

    def _limit(self, aggregate: Aggregate[H]) -> int:
        return min(self.size_limit, self.record_limit - aggregate.wire_key_size)


@dataclass(frozen=True, slots=True)
class BacklogRules:
    """All that a configuration decides about what is pending.

    Attributes:
        memory: bytes that may be charged.
        delivery_timeout: from the first record of an aggregate to the end of its attempts.
        linger: how long closed aggregates may wait for a full request; 0 for not at all.
        ordered: one aggregate per request, one request at a time, retries before successors.
        reporting: settled records are kept until `Settled.reported`.
    """

    aggregates: AggregateRules
    requests: RequestLimits
    retries: RetryRules
    memory: int
    delivery_timeout: float
    linger: float
    ordered: bool
    reporting: bool
