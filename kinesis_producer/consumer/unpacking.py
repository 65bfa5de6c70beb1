"""From a Kinesis record to the user records in it, as the caller gets them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from kinesis_producer.errors import BadRecord, CorruptAggregate
from kinesis_producer.records import ConsumerRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinesis_producer.core.reading.reading import Brought, Reading
    from kinesis_producer.deaggregator import Deaggregator

#: Twice as fast as calling the class.
_made: Final = partial(tuple.__new__, ConsumerRecord)


def unpack(
    deaggregator: Deaggregator, reading: Reading, brought: Brought
) -> Sequence[ConsumerRecord]:
    """The user records of a Kinesis record.

    Raises:
        BadRecord: it cannot be read.
    """
    record, millis_behind = brought
    number = str(record.sequence_number)
    shard = reading.hash_range
    try:
        found = deaggregator.read(
            record.data,
            partition_key=record.partition_key,
            hash_range=None if shard is None else (shard.first, shard.last),
        )
    except CorruptAggregate as error:
        raise BadRecord(
            f"Kinesis record {number} of {reading.shard_id}: {error}",
            shard_id=reading.shard_id,
            sequence_number=number,
            partition_key=record.partition_key,
            data=record.data,
        ) from error
    place = (reading.shard_id, number, record.arrived_at, millis_behind, reading.token)
    return [_made(one + place) for one in found]
