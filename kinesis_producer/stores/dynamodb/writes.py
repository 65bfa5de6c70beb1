"""Conditional writes of one row: what is written, and what must still hold there.

Names and values are always placeholders: ``#leaseOwner`` and ``:leaseOwner`` in a change, and
``:was_leaseOwner`` in a condition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kinesis_producer.core.leasing.lease import changes
from kinesis_producer.stores.dynamodb import rows

if TYPE_CHECKING:
    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.stores import StreamId
    from kinesis_producer.stores.dynamodb.rows import Item, Value


class _Expressions:
    """Collects the names and values that expressions speak of."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Value] = {}

    def name(self, attribute: str) -> str:
        self.names[f"#{attribute}"] = attribute
        return f"#{attribute}"

    def assigned(self, attribute: str, value: Value) -> str:
        self.values[f":{attribute}"] = value
        return f"{self.name(attribute)} = :{attribute}"

    def equals(self, attribute: str, value: Value) -> str:
        self.values[f":was_{attribute}"] = value
        return f"{self.name(attribute)} = :was_{attribute}"

    def absent(self, attribute: str) -> str:
        return f"attribute_not_exists({self.name(attribute)})"

    def absent_or(self, attribute: str, value: Value) -> str:
        return f"({self.absent(attribute)} OR {self.equals(attribute, value)})"

    @property
    def arguments(self) -> dict[str, Any]:
        return {
            "ExpressionAttributeNames": self.names,
            "ExpressionAttributeValues": self.values,
        }


def creation(lease: Lease, stream: StreamId) -> dict[str, Any]:
    """PutItem of a row, if there is none of that key."""
    expressions = _Expressions()
    return {
        "Item": rows.whole_item(lease, stream),
        "ConditionExpression": expressions.absent(rows.KEY),
        "ExpressionAttributeNames": expressions.names,
    }


def change(old: Lease, new: Lease, stream: StreamId) -> dict[str, Any]:
    """UpdateItem of what differs, if the counter is the old one and nobody hands the lease on.

    A new owner may end such a hand-on, as the KCL's may; but only of the lease that it has seen.
    """
    differing = changes(old, new)
    expressions = _Expressions()
    conditions = _conditions(expressions, old, stream)
    if "owner" in differing:
        conditions.append(_unmoved(expressions, old))
    else:
        conditions.append(expressions.absent(rows.CHECKPOINT_OWNER))
    return {
        "Key": key(old.shard_id),
        "UpdateExpression": _update(expressions, differing, stream),
        "ConditionExpression": " AND ".join(conditions),
        **expressions.arguments,
    }


def deletion(lease: Lease, stream: StreamId) -> dict[str, Any]:
    """DeleteItem, on the same condition."""
    expressions = _Expressions()
    conditions = _conditions(expressions, lease, stream)
    conditions.append(expressions.absent(rows.CHECKPOINT_OWNER))
    return {
        "Key": key(lease.shard_id),
        "ConditionExpression": " AND ".join(conditions),
        **expressions.arguments,
    }


def key(shard_id: str) -> Item:
    """Of a row."""
    return {rows.KEY: {"S": shard_id}}


def _conditions(expressions: _Expressions, seen: Lease, stream: StreamId) -> list[str]:
    """That the row is a lease of this stream, and was not changed since."""
    same = [expressions.absent_or(*pair) for pair in rows.stream_values(stream).items()]
    return [
        expressions.equals(rows.COUNTER, {"N": str(seen.counter)}),
        expressions.absent_or(rows.KIND, rows.LEASE),
        *same,
    ]


def _unmoved(expressions: _Expressions, seen: Lease) -> str:
    """That the owner is the same. A KCL 3 that begins a hand-on does not count the counter up."""
    if seen.owner is None:
        return expressions.absent(rows.OWNER)
    return expressions.equals(rows.OWNER, {"S": seen.owner})


def _update(expressions: _Expressions, differing: dict[str, Any], stream: StreamId) -> str:
    written = {**rows.written_values(differing), **rows.stream_values(stream)}
    if "checkpoint" in differing:
        written |= dict.fromkeys(rows.PENDING)
    if "owner" in differing:
        written[rows.CHECKPOINT_OWNER] = None
    present = {name: value for name, value in written.items() if value is not None}
    kept = [expressions.assigned(name, value) for name, value in present.items()]
    removed = [expressions.name(name) for name in written.keys() - present.keys()]
    update = f"SET {', '.join(kept)}"
    return f"{update} REMOVE {', '.join(removed)}" if removed else update
