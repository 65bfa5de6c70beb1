"""Every error of the library, in one tree: ``except KinesisProducerError`` catches them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinesis_producer.records import Totals


class KinesisProducerError(Exception):
    """The root of the tree.

    Attributes:
        accepted: raised by ``send_many``, how many of its records were accepted before this error.
        deliveries: raised by ``send_many``, the deliveries of those records, in order.
    """

    accepted: int = 0
    deliveries: Sequence[object] = ()


class ConfigError(KinesisProducerError, ValueError):
    """The configuration cannot work; the message lists every fault of it at once."""


class InvalidRecord(KinesisProducerError, ValueError):
    """The record, its key or its explicit hash key can never be written. It was not accepted."""


class InvalidRecordType(InvalidRecord, TypeError):
    """The record is not bytes-like, and no serializer was given that makes it so."""


class RecordTooLarge(InvalidRecord):
    """Data, key and framing together exceed what the service, or the buffer, can ever take."""


class ProducerClosed(KinesisProducerError, RuntimeError):
    """``send`` after ``close``, ``join`` or ``abort``. The record was not accepted."""


class ProducerFailed(KinesisProducerError, RuntimeError):
    """``send`` after the service answered that this producer can never write; names the cause."""


class BufferFull(KinesisProducerError):
    """No room within ``max_block`` (or at once, where waiting is not allowed). Not accepted."""


class DeliveryFailed(KinesisProducerError):
    """The records of one delivery were given up.

    Attributes:
        attempts: how many requests carried them.
        code: the service's error code, or this library's name for what happened.
        records: how many user records share this fate.
    """

    def __init__(self, message: str, *, code: str, attempts: int, records: int) -> None:
        super().__init__(message)
        self.code = code
        self.attempts = attempts
        self.records = records

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), str(self), self.code, self.attempts, self.records)


def _rebuild(
    kind: type[DeliveryFailed], message: str, code: str, attempts: int, records: int
) -> DeliveryFailed:
    return kind(message, code=code, attempts=attempts, records=records)


class NotWritten(DeliveryFailed):
    """The records are certainly not in the stream: sending them again makes no duplicate."""


class PossiblyWritten(DeliveryFailed):
    """An attempt ended without an answer that says so either way: the records may be there."""


class CallFailed(KinesisProducerError):
    """A single call to Kinesis failed, after retries where they made sense.

    Attributes:
        code: the service's error code, or this library's name for what happened.
    """

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class CorruptAggregate(KinesisProducerError, ValueError):
    """The data of a Kinesis record cannot be read as what it says, or was said, to be."""


class BadRecord(CorruptAggregate):
    """A Kinesis record that cannot be read, as `KinesisConsumer` met it.

    Attributes:
        shard_id: where it lies.
        sequence_number: which it is.
        partition_key: its own; ``None`` where it was written without one.
        data: all of it; never part of the message.
    """

    def __init__(
        self,
        message: str,
        *,
        shard_id: str,
        sequence_number: str,
        partition_key: str | None,
        data: bytes,
    ) -> None:
        super().__init__(message)
        self.shard_id = shard_id
        self.sequence_number = sequence_number
        self.partition_key = partition_key
        self.data = data

    def __reduce__(self) -> tuple[object, ...]:
        values = (self.shard_id, self.sequence_number, self.partition_key, self.data)
        return _bad_record, (str(self), *values)


def _bad_record(
    message: str, shard_id: str, sequence_number: str, partition_key: str | None, data: bytes
) -> BadRecord:
    return BadRecord(
        message,
        shard_id=shard_id,
        sequence_number=sequence_number,
        partition_key=partition_key,
        data=data,
    )


class ConsumerClosed(KinesisProducerError, RuntimeError):
    """The consumer was closed, or belongs to the process that this one was forked from."""


class LeaseLost(KinesisProducerError):
    """Another worker reads the shard now: this one's checkpoint was refused, and changed nothing.

    The record will be, or was, given to that worker too.

    Attributes:
        shard_id: the shard.
    """

    def __init__(self, message: str, *, shard_id: str) -> None:
        super().__init__(message)
        self.shard_id = shard_id

    def __reduce__(self) -> tuple[object, ...]:
        return _lease_lost, (str(self), self.shard_id)


def _lease_lost(message: str, shard_id: str) -> LeaseLost:
    return LeaseLost(message, shard_id=shard_id)


class StoreUnavailable(KinesisProducerError):
    """The store of positions gave no usable answer; whether a write was done is not known."""


class UndeliveredRecords(KinesisProducerError):
    """Records were given up and nobody had asked to be told.

    Attributes:
        totals: the final counts.
        samples: the errors of at most ten of the deliveries that nobody looked at.
    """

    def __init__(self, message: str, *, totals: Totals, samples: Sequence[DeliveryFailed]) -> None:
        super().__init__(message)
        self.totals = totals
        self.samples = tuple(samples)
