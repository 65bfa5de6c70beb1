"""Shard iterators: a position in a shard that is good for five minutes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kinesis_producer.testing.messages import ServiceError
from kinesis_producer.testing.sequence import following

if TYPE_CHECKING:
    from kinesis_producer.testing.shard import Shard
    from kinesis_producer.testing.stream import Stream
    from kinesis_producer.testing.tokens import Seal

#: Seconds that an iterator is good for (API reference, GetShardIterator).
LIFE: Final = 300

_BY_NUMBER: Final = frozenset({"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"})


class ShardIterator(NamedTuple):
    """What an iterator's text says.

    Attributes:
        created: the stream's creation: an iterator does not pass to a later namesake.
        position: the smallest sequence number that is wanted.
        issued: monotonic seconds.
    """

    stream_name: str
    created: int
    shard_id: str
    position: str
    issued: float

    def sealed(self, seal: Seal) -> str:
        """The text that a client carries."""
        return seal.close("iterator", *self)


def opened(text: str, *, seal: Seal, now: float) -> ShardIterator:
    """What ``text`` says, at ``now`` in monotonic seconds.

    Raises:
        ServiceError: it is not an iterator of this server, or it has expired.
    """
    try:
        fields: list[Any] = seal.open("iterator", text)
    except ValueError:
        raise ServiceError("InvalidArgumentException", "Invalid ShardIterator.") from None
    iterator = ShardIterator(*fields)
    age = now - iterator.issued
    if age > LIFE:
        raise ServiceError(
            "ExpiredIteratorException",
            f"Iterator expired. It is {age:.3f} seconds old and was good for {LIFE}.",
        )
    return iterator


class Start(NamedTuple):
    """Where a request wants to begin.

    Attributes:
        kind: one of the five types.
        number: the sequence number, where the type wants one.
        moment: seconds since the epoch, where the type wants a time.
        operation: the request, for messages.
    """

    kind: str
    number: str | None
    moment: float | None
    operation: str


def position(shard: Shard, *, stream: Stream, start: Start, now: float) -> str:
    """The smallest sequence number that is wanted.

    Args:
        shard: where to read.
        stream: the stream of the shard.
        start: what is asked for.
        now: seconds since the epoch.

    Raises:
        ServiceError: the type and the other members do not go together.
    """
    kind, number = start.kind, start.number
    if kind == "AT_TIMESTAMP":
        return _at_timestamp(shard, stream, start.moment, now)
    if (number is not None) != (kind in _BY_NUMBER):
        having = "no" if number is None else "a"
        raise _invalid(f"{kind} with {having} sequence number in {start.operation}.")
    if number is not None:
        _check_number(shard, stream, number, start.operation)
        return number if kind == "AT_SEQUENCE_NUMBER" else following(number)
    return shard.starting_number if kind == "TRIM_HORIZON" else stream.numbers.upcoming()


def _at_timestamp(shard: Shard, stream: Stream, moment: float | None, now: float) -> str:
    if moment is None:
        raise _invalid("AT_TIMESTAMP with no Timestamp.")
    if moment > now:
        raise _invalid(f"Timestamp {moment} is in the future: it is {now}.")
    # records are stamped in whole milliseconds, and clients may ask in finer steps
    return shard.first_since(math.floor(moment * 1000) / 1000) or stream.numbers.upcoming()


def _check_number(shard: Shard, stream: Stream, number: str, operation: str) -> None:
    if not stream.numbers.gave(number, shard_index=shard.index):
        raise _invalid(
            f"StartingSequenceNumber {number} used in {operation} on shard {shard.shard_id} "
            f"in stream {stream.name} under account {stream.owner} is invalid because it did not "
            "come from this shard."
        )


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidArgumentException", message)
