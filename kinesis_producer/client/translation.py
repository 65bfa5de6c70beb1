"""Between the words of the service and those of the core, where shards are read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.core.positions import AT_TIMESTAMP, LATEST, TRIM_HORIZON
from kinesis_producer.core.reading.pages import KinesisRecord
from kinesis_producer.core.shards import read_shard

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kinesis_producer.core.reading.pages import Point
    from kinesis_producer.core.shards import Shard

_NAMED: Final = {
    AT_TIMESTAMP: "AT_TIMESTAMP",
    LATEST: "LATEST",
    TRIM_HORIZON: "TRIM_HORIZON",
}


def starting_position(point: Point) -> dict[str, object]:
    """As SubscribeToShard has it."""
    name = _NAMED.get(point.at)
    if name is None:
        kind = "AFTER_SEQUENCE_NUMBER" if point.after else "AT_SEQUENCE_NUMBER"
        return {"Type": kind, "SequenceNumber": str(point.at.sequence_number)}
    if point.since is None:
        return {"Type": name}
    # records are stamped in milliseconds
    time = datetime.fromtimestamp(int(point.since * 1000) / 1000, UTC)
    return {"Type": name, "Timestamp": time}


def read_records(told: Iterable[Mapping[str, Any]]) -> Sequence[KinesisRecord]:
    """Records as GetRecords and SubscribeToShard tell them."""
    return list(map(_record, told))


def read_children(told: Mapping[str, Any]) -> Sequence[Shard]:
    """The shards that follow the one that has ended."""
    return [read_shard(child) for child in told.get("ChildShards") or ()]


def _record(told: Mapping[str, Any]) -> KinesisRecord:
    arrived = told.get("ApproximateArrivalTimestamp")
    return KinesisRecord(
        int(told["SequenceNumber"]),
        told["Data"],
        told.get("PartitionKey"),
        arrived.timestamp() if isinstance(arrived, datetime) else 0.0,
    )
