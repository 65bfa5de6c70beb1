"""A lease as columns of plain values, readable where a person looks at them, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.core.hash_keys import HashRange
from kinesis_producer.core.leasing.lease import Lease, changes
from kinesis_producer.core.positions import read_position
from kinesis_producer.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kinesis_producer.stores import StreamId

    Columns = dict[str, str | int | float | None]

#: Characters of an application's name: with a stream's ARN and a shard's it fits into the key of
#: every database that SQLAlchemy knows (MySQL's is 3072 bytes, with 4 for a character).
MAX_APPLICATION: Final = 255

#: What tells a lease from all others: no later stream of the same name has the same.
KEY: Final = ("application", "stream_arn", "stream_created", "shard_id")


def columns(lease: Lease) -> Columns:
    """All of a lease."""
    return _written({name: getattr(lease, name) for name in Lease.__slots__})


def changed_columns(old: Lease, new: Lease) -> Columns:
    """What differs in ``new``; the counter is always among it, so that it is never nothing."""
    return _written({"counter": new.counter, **changes(old, new)})


def read_lease(row: Mapping[str, Any]) -> Lease:
    """The lease that `columns` has written; other columns are left alone.

    Raises:
        ValueError: a column holds what it never wrote.
    """
    first, last = row["first_hash_key"], row["last_hash_key"]
    return Lease(
        shard_id=row["shard_id"],
        checkpoint=read_position(row["checkpoint"]),
        counter=int(row["counter"]),
        owner=row["owner"],
        switches=int(row["switches"]),
        parents=_shards(row["parents"]),
        children=_shards(row["children"]),
        hash_range=None if first is None else HashRange(int(first), int(last)),
        since=row["since"],
        wanted_by=row["wanted_by"],
    )


def key_of(application: str, stream: StreamId) -> Columns:
    """The part of `KEY` that all leases of a table share.

    Raises:
        ConfigError: the application's name cannot be part of it.
    """
    if not 1 <= len(application) <= MAX_APPLICATION or not application.isprintable():
        raise ConfigError(
            f"the name of an application has 1 to {MAX_APPLICATION} printable characters: "
            f"not {application[:40]!r}"
        )
    values = (application, stream.arn, stream.created)
    return dict(zip(KEY, values, strict=False))


def _written(values: Mapping[str, Any]) -> Columns:
    written: Columns = {}
    for name, value in values.items():
        written |= _WRITE[name](value) if name in _WRITE else {name: value}
    return written


def _written_range(value: HashRange | None) -> Columns:
    if value is None:
        return {"first_hash_key": None, "last_hash_key": None}
    return {"first_hash_key": str(value.first), "last_hash_key": str(value.last)}


def _shards(text: str) -> tuple[str, ...]:
    return tuple(text.split())


#: Attributes that are not a column as they are. Numbers are text where they are greater than what
#: databases compute with, and the ids of shards have no spaces (API reference: a-zA-Z0-9_.-).
_WRITE: Final[Mapping[str, Callable[[Any], Columns]]] = {
    "checkpoint": lambda position: {"checkpoint": str(position)},
    "parents": lambda shards: {"parents": " ".join(shards)},
    "children": lambda shards: {"children": " ".join(shards)},
    "hash_range": _written_range,
}
