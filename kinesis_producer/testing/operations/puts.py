"""PutRecord and PutRecords: which shard, whether there is room, and the commit."""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from kinesis_producer.core.hash_keys import hash_key, read_hash_key
from kinesis_producer.limits import MAX_REQUEST_SIZE
from kinesis_producer.testing.ledger import StoredRecord
from kinesis_producer.testing.messages import ServiceError
from kinesis_producer.testing.shapes import base64_size
from kinesis_producer.testing.stream import AUTO, BY_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kinesis_producer.testing.account import Account
    from kinesis_producer.testing.messages import Refusals
    from kinesis_producer.testing.operations.call import Call, Result
    from kinesis_producer.testing.shard import Shard
    from kinesis_producer.testing.stream import Stream

#: A shard is out of capacity: the code of an entry, and of a request.
THROTTLED: Final = "ProvisionedThroughputExceededException"

#: An entry failed inside the service (API reference, PutRecordsResultEntry).
INTERNAL_FAILURE: Final = "InternalFailure"


class Entry(NamedTuple):
    """One record that is asked for. A tuple: made once per record on the hot path.

    Attributes:
        key: the hash key; None without any of the keys.
        text: the payload in base64.
        size: bytes of data and key.
    """

    key: int | None
    partition_key: str | None
    explicit_hash_key: str | None
    text: str
    size: int


class Refused(NamedTuple):
    """An entry that was not committed."""

    code: str
    message: str


def put_record(call: Call) -> Result:
    """PutRecord."""
    entry = _entry(call.parameters)
    with _stream_for(call, [entry]) as stream:
        _check_order(stream, call.parameters.get("SequenceNumberForOrdering"))
        (outcome,) = _commit(call.account, stream=stream, entries=[entry], refuse=call.refuse)
    if isinstance(outcome, Refused):
        raise ServiceError(outcome.code, outcome.message)
    return {"ShardId": outcome.shard_id, "SequenceNumber": outcome.sequence_number}


def put_records(call: Call) -> Result:
    """PutRecords: an answer per entry, in order, whether committed or not."""
    entries = [_entry(record) for record in call.parameters["Records"]]
    size = sum(entry.size for entry in entries)
    if size > MAX_REQUEST_SIZE:
        raise ServiceError(
            "InvalidArgumentException",
            f"The records have {size} bytes, keys included; a request takes {MAX_REQUEST_SIZE}.",
        )
    with _stream_for(call, entries) as stream:
        outcomes = _commit(call.account, stream=stream, entries=entries, refuse=call.refuse)
    failed = sum(isinstance(outcome, Refused) for outcome in outcomes)
    return {"FailedRecordCount": failed, "Records": [_written(outcome) for outcome in outcomes]}


@contextmanager
def _stream_for(call: Call, entries: Sequence[Entry]) -> Iterator[Stream]:
    """Where they go. Where there is no such stream, a missing key is told first."""
    try:
        with call.stream_in_service() as stream:
            yield stream
    except ServiceError as error:
        if error.code == "ResourceNotFoundException":
            _check_keys(entries)
        raise


def _entry(record: Mapping[str, Any]) -> Entry:
    partition_key: str | None = record.get("PartitionKey")
    explicit: str | None = record.get("ExplicitHashKey")
    text: str = record["Data"]
    size = base64_size(text) + len((partition_key or "").encode("utf-8"))
    return Entry(_key(partition_key, explicit), partition_key, explicit, text, size)


def _key(partition_key: str | None, explicit: str | None) -> int | None:
    if explicit is None:
        return None if partition_key is None else hash_key(partition_key)
    key = read_hash_key(explicit)
    if key is None:
        raise ServiceError(
            "InvalidArgumentException",
            "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
            f"Specified value was {explicit[:50]}",
        )
    return key


def _check_order(stream: Stream, number: str | None) -> None:
    if number is not None and int(number) >= int(stream.numbers.upcoming()):
        raise ServiceError(
            "InvalidArgumentException",
            f"SequenceNumberForOrdering {number} was not given out by stream {stream.name} under "
            f"account {stream.owner}.",
        )


def _commit(
    account: Account, *, stream: Stream, entries: Sequence[Entry], refuse: Refusals
) -> list[StoredRecord | Refused]:
    """Commit each entry or refuse it. The lock is held; all of the request has one moment."""
    _check_sizes(stream, entries)
    if stream.strategy == BY_KEY:
        _check_keys(entries)
    now = account.now()
    outcomes: list[StoredRecord | Refused] = []
    for index, entry in enumerate(entries):
        shard = _shard(stream, entry)
        if index in refuse:
            outcomes.append(_refused(stream, shard, *refuse[index]))
        elif account.settings.throttle and not shard.write_limit.admit(
            entry.size, now=now.monotonic
        ):
            outcomes.append(_refused(stream, shard, THROTTLED))
        else:
            outcomes.append(_stored(stream, shard, entry, now.wall))
    return outcomes


def _shard(stream: Stream, entry: Entry) -> Shard:
    if stream.strategy == AUTO or entry.key is None:
        return stream.next_shard()
    return stream.shard_for(entry.key)


def _check_keys(entries: Sequence[Entry]) -> None:
    for number, entry in enumerate(entries, start=1):
        if entry.partition_key is None:
            raise ServiceError(
                "ValidationException",
                f"1 validation error detected: Value null at 'records.{number}.member."
                "partitionKey' failed to satisfy constraint: Member must not be null",
            )


def _check_sizes(stream: Stream, entries: Sequence[Entry]) -> None:
    for entry in entries:
        if entry.size > stream.max_record_size:
            raise ServiceError(
                "InvalidArgumentException",
                f"A record has {entry.size} bytes, key included; stream {stream.name} under "
                f"account {stream.owner} takes {stream.max_record_size}.",
            )


def _stored(stream: Stream, shard: Shard, entry: Entry, arrived_at: float) -> StoredRecord:
    record = StoredRecord(
        shard.shard_id,
        stream.numbers.next(shard.index),
        entry.partition_key,
        entry.explicit_hash_key,
        entry.text,
        entry.size,
        math.floor(arrived_at * 1000) / 1000,  # whole milliseconds, as GetRecords reports it
    )
    stream.commit(record, shard=shard)
    return record


def _refused(stream: Stream, shard: Shard, code: str, message: str | None = None) -> Refused:
    if message is None and code == THROTTLED:
        message = rate_exceeded(stream, shard)
    if message is None and code == INTERNAL_FAILURE:
        message = "Internal Service Failure"
    return Refused(code, message or code)


def rate_exceeded(stream: Stream, shard: Shard) -> str:
    """What the service says when a shard is out of capacity; clients read the shard from it."""
    return (
        f"Rate exceeded for shard {shard.shard_id} in stream {stream.name} under account "
        f"{stream.owner}."
    )


def _written(outcome: StoredRecord | Refused) -> dict[str, str]:
    if isinstance(outcome, Refused):
        return {"ErrorCode": outcome.code, "ErrorMessage": outcome.message}
    return {"SequenceNumber": outcome.sequence_number, "ShardId": outcome.shard_id}
