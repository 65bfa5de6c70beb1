"""From a Kinesis record to the user records in it, as the caller gets them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_producer.errors import BadRecord, CorruptAggregate
from kinesis_producer.records import Keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinesis_producer.core.reading.reading import Brought, Reading
    from kinesis_producer.deaggregator import Deaggregator
    from kinesis_producer.records import ConsumerRecord


def unpack(
    deaggregator: Deaggregator, reading: Reading, brought: Brought
) -> Sequence[ConsumerRecord]:
    """The user records of a Kinesis record.

    Raises:
        BadRecord: it cannot be read.
    """
    record, millis_behind = brought
    number = str(record.sequence_number)
    keys = Keys(record.partition_key, None)
    try:
        found = deaggregator.columns(record.data, keys, reading.hash_range)
    except CorruptAggregate as error:
        raise BadRecord(
            f"Kinesis record {number} of {reading.shard_id}: {error}",
            shard_id=reading.shard_id,
            sequence_number=number,
            partition_key=record.partition_key,
            data=record.data,
        ) from error
    return found.consumer_records(
        reading.shard_id, number, record.arrived_at, millis_behind, reading.token
    )
