"""Leases as rows of a table, and as objects of JSON."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.core.leasing.choice import KIN
from kinesis_producer.core.reading.shards import is_ready

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.records import Failure

_UUID: Final = re.compile(r"([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen at one moment.

    Attributes:
        leases: in order.
        lags: milliseconds, or why they are not known, by shard; ``None``: nobody asked.
        unchanged: seconds for which each was seen to be as it is; ``None``: this is the only look.
    """

    leases: Sequence[Lease]
    lags: Mapping[str, int | Failure] | None = None
    unchanged: Mapping[str, float] | None = None

    def rows(self) -> list[list[str]]:
        """A heading, and the leases."""
        heading = ["SHARD", "OWNER", "STATE", "CHECKPOINT", "COUNTER"]
        heading += [] if self.lags is None else ["LAG"]
        heading += [] if self.unchanged is None else ["UNCHANGED"]
        return [heading, *map(self._row, self.leases)]

    def objects(self) -> list[dict[str, Any]]:
        """The leases, with all that is known of them."""
        return [self._object(one) for one in self.leases]

    def _row(self, lease: Lease) -> list[str]:
        row = [lease.shard_id, short(lease.owner), self._state(lease), place(lease)]
        row.append(str(lease.counter))
        if self.lags is not None:
            row.append(_lag(self.lags.get(lease.shard_id)))
        if self.unchanged is not None:
            row.append(f"{self.unchanged[lease.shard_id]:.0f} s")
        return row

    def _object(self, lease: Lease) -> dict[str, Any]:
        told = {
            "shard": lease.shard_id,
            "owner": lease.owner,
            "state": self._state(lease),
            "checkpoint": str(lease.checkpoint),
            "since": lease.since,
            "counter": lease.counter,
            "switches": lease.switches,
            "wanted_by": lease.wanted_by,
            "parents": list(lease.parents),
            "children": list(lease.children),
        }
        if self.lags is not None:
            lag = self.lags.get(lease.shard_id)
            told["lag"] = lag if isinstance(lag, int) else None
        if self.unchanged is not None:
            told["unchanged"] = round(self.unchanged[lease.shard_id], 1)
        return told

    def _state(self, lease: Lease) -> str:
        """Whether an owner lives, one look cannot tell."""
        if lease.is_finished:
            return "finished"
        if not is_ready(lease, {one.shard_id: one for one in self.leases}):
            return "waiting"
        if lease.owner is None:
            return "free"
        return "owned" if lease.wanted_by is None else "wanted"


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Lines of columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(_line(row, widths) for row in rows)


def short(owner: str | None) -> str:
    """The name of a worker, as far as a person tells it from others."""
    return "-" if owner is None else _UUID.sub(r"\1", owner.removesuffix(KIN))


def place(lease: Lease) -> str:
    """Its checkpoint, with the time that belongs to it."""
    if lease.since is None or lease.checkpoint.is_record or lease.is_finished:
        return str(lease.checkpoint)
    time = datetime.fromtimestamp(lease.since, UTC).isoformat(timespec="milliseconds")
    return f"{lease.checkpoint}({time.replace('+00:00', 'Z')})"


def _line(row: Iterable[str], widths: Iterable[int]) -> str:
    pairs = zip(row, widths, strict=True)
    return "  ".join(f"{cell:<{width}}" for cell, width in pairs).rstrip()


def _lag(lag: int | Failure | None) -> str:
    if lag is None:
        return "-"
    return f"{lag:,} ms" if isinstance(lag, int) else "?"
