"""One PutRecords request: what goes into it, and what its answer says of each entry."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic

from kinesis_producer.core import cbor
from kinesis_producer.core.aggregate import Aggregate, H, State
from kinesis_producer.core.words import refusal
from kinesis_producer.limits import MAX_RECORDS_PER_REQUEST
from kinesis_producer.records import Accepted, Failure

if TYPE_CHECKING:
    from typing import TypeAlias

    Result: TypeAlias = Accepted | Failure
    """What became of one entry."""

    Answer: TypeAlias = Failure | list[Accepted | Failure]
    """What became of a request: it failed whole, or each entry has a result of its own."""


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """What fits into one request.

    Attributes:
        size: bytes, data and partition keys of all entries.
        count: entries.
    """

    size: int
    count: int = MAX_RECORDS_PER_REQUEST


@dataclass(frozen=True, slots=True)
class Batch(Generic[H]):
    """The aggregates of one request.

    Attributes:
        taken_at: when a sender took it.
        probe: sent while `Probing` is active.
    """

    aggregates: Sequence[Aggregate[H]]
    taken_at: float
    probe: bool


def is_given_up(batch: Batch[H]) -> bool:
    """Whether the time of all that it carries ran out before the request has returned."""
    return all(aggregate.state is not State.IN_FLIGHT for aggregate in batch.aggregates)


_MALFORMED: Final = "MalformedAnswer"

_accepted: Final = partial(tuple.__new__, Accepted)

#: What an answer in JSON may begin with.
_JSON: Final = (b"{", b" ", b"\n", b"\r", b"\t")


def read_answer(answer: object, sent: int) -> Answer:
    """Read the answer of a request that did not fail as a whole.

    Success is only what the answer says for each entry. botocore turns a truncated, empty or HTML
    body of a 200 into an answer without ``Records``, and ``FailedRecordCount`` has been seen wrong;
    neither is trusted.
    """
    records = answer.get("Records") if isinstance(answer, Mapping) else None
    if not isinstance(records, Sequence) or isinstance(records, str):
        return Failure(_MALFORMED, "the answer has no list of records")
    if len(records) != sent:
        return Failure(_MALFORMED, f"the answer has {len(records)} records, {sent} were sent")
    return [_read_entry(entry) for entry in records]


def read_body(body: bytes, sent: int) -> Answer:
    """The same, from what came over the wire; the service may answer in JSON what came as CBOR."""
    try:
        answer = json.loads(body) if body[:1] in _JSON else cbor.loads(body)
    except (ValueError, RecursionError):
        return Failure(_MALFORMED, "the answer cannot be read")
    return read_answer(answer, sent)


def _read_entry(entry: Any) -> Result:
    if not isinstance(entry, (dict, Mapping)):
        return Failure(_MALFORMED, "an entry of the answer is not an object")
    code = entry.get("ErrorCode")
    if code:
        return refusal(code, entry.get("ErrorMessage"))
    number = entry.get("SequenceNumber")
    if not isinstance(number, str) or not number:
        return Failure("NoSequenceNumber", "an entry of the answer has no sequence number")
    shard_id = entry.get("ShardId")
    return _accepted((shard_id if isinstance(shard_id, str) else "", number))
