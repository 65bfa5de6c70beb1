"""Rows of the lease table as the KCL keeps them, and this library's few attributes beside them.

The names and types are those of the KCL 3.5.1. Every KCL leaves attributes alone that it does not
know, and so does this library.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.core.hash_keys import HashRange
from kinesis_producer.core.leasing.lease import Lease
from kinesis_producer.core.positions import Position, read_position

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kinesis_producer.stores import StreamId

    #: An attribute as the API has it, such as ``{"S": "LATEST"}``; ``None``: there is none.
    Value = Mapping[str, Any]
    Item = Mapping[str, Value]
    Written = dict[str, Value | None]

KEY: Final = "leaseKey"
COUNTER: Final = "leaseCounter"
OWNER: Final = "leaseOwner"

#: The worker that may still write checkpoints, while a KCL 3 hands its lease on.
CHECKPOINT_OWNER: Final = "checkpointOwner"

#: What a KCL keeps that prepares checkpoints; they are void when another one is written.
PENDING: Final = (
    "pendingCheckpoint",
    "pendingCheckpointSubSequenceNumber",
    "pendingCheckpointState",
)

#: From 3.5 on there may be rows of other kinds; one that does not say its kind is a lease.
KIND: Final = "entityType"
LEASE: Final[Value] = {"S": "LEASE"}

#: This library's own, of the stream: a KCL does not ask whether it is still the same.
STREAM_ARN: Final = "streamArn"
STREAM_CREATED: Final = "streamCreated"


def whole_item(lease: Lease, stream: StreamId) -> dict[str, Value]:
    """All of a new row."""
    values = {one.name: getattr(lease, one.name) for one in fields(Lease)}
    written = {KEY: _text(values.pop("shard_id")), **written_values(values)}
    present = {name: value for name, value in written.items() if value is not None}
    return {**present, **stream_values(stream), KIND: LEASE}


def written_values(values: Mapping[str, Any]) -> Written:
    """Attributes of a lease by their names here, as attributes of its row."""
    written: Written = {}
    for name, value in values.items():
        written |= _WRITERS[name](value)
    return written


def stream_values(stream: StreamId) -> dict[str, Value]:
    """Which stream it is."""
    return {STREAM_ARN: {"S": stream.arn}, STREAM_CREATED: {"N": str(stream.created)}}


def is_lease(item: Item) -> bool:
    """Whether a row is the lease of a shard.

    Those of a KCL that reads many streams have keys of ``account:stream:created:shard``, and no
    shard has a colon in its id.
    """
    return item.get(KIND, LEASE) == LEASE and ":" not in item[KEY]["S"]


def is_foreign(item: Item, stream: StreamId) -> bool:
    """Whether a row says that it belongs to another stream. One that a KCL made does not say."""
    return any(item.get(name, value) != value for name, value in stream_values(stream).items())


def read_item(item: Item) -> Lease:
    """The lease of a row.

    Raises:
        KeyError, ValueError: it is none.
    """
    return Lease(
        shard_id=item[KEY]["S"],
        checkpoint=_read_checkpoint(item),
        counter=int(item[COUNTER]["N"]),
        owner=_read_text(item, OWNER),
        switches=int(item.get("ownerSwitchesSinceCheckpoint", {"N": "0"})["N"]),
        parents=_read_set(item, "parentShardId"),
        children=_read_set(item, "childShardIds"),
        hash_range=_read_range(item),
        since=float(item["since"]["N"]) if "since" in item else None,
        wanted_by=_read_text(item, "wantedBy"),
    )


def _read_checkpoint(item: Item) -> Position:
    position = read_position(item["checkpoint"]["S"])
    if not position.is_record:
        return position
    sub = int(item.get("checkpointSubSequenceNumber", {"N": "0"})["N"])
    return Position(position.sequence_number, sub)


def _read_range(item: Item) -> HashRange | None:
    first, last = _read_text(item, "startingHashKey"), _read_text(item, "endingHashKey")
    return None if first is None or last is None else HashRange(int(first), int(last))


def _read_text(item: Item, name: str) -> str | None:
    return item[name]["S"] or None if name in item else None


def _read_set(item: Item, name: str) -> tuple[str, ...]:
    return tuple(sorted(item[name]["SS"])) if name in item else ()


def _written_checkpoint(position: Position) -> Written:
    whole = Position(position.sequence_number)
    sub = position.sub_sequence_number if position.is_record else 0
    return {"checkpoint": _text(str(whole)), "checkpointSubSequenceNumber": _number(sub)}


def _written_range(hashed: HashRange | None) -> Written:
    """The KCL refuses to read a row with a range of one hash key: it is left out."""
    if hashed is None or hashed.first >= hashed.last:
        return {"startingHashKey": None, "endingHashKey": None}
    return {"startingHashKey": _text(str(hashed.first)), "endingHashKey": _text(str(hashed.last))}


def _text(value: str | None) -> Value | None:
    """The KCL refuses empty text: then there is no attribute."""
    return {"S": value} if value else None


def _number(value: float | None) -> Value | None:
    return None if value is None else {"N": repr(value)}


def _set(values: Sequence[str]) -> Value | None:
    return {"SS": sorted(set(values))} if values else None


_WRITERS: Final[Mapping[str, Callable[[Any], Written]]] = {
    "checkpoint": _written_checkpoint,
    "counter": lambda counter: {COUNTER: _number(counter)},
    "owner": lambda owner: {OWNER: _text(owner)},
    "switches": lambda switches: {"ownerSwitchesSinceCheckpoint": _number(switches)},
    "parents": lambda shards: {"parentShardId": _set(shards)},
    "children": lambda shards: {"childShardIds": _set(shards)},
    "hash_range": _written_range,
    "since": lambda since: {"since": _number(since)},
    "wanted_by": lambda worker: {"wantedBy": _text(worker)},
}
