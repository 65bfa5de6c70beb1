"""What the recorders have written down."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kinesis_producer.records import Accepted

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Received:
    """A user record as the KCL handed it on, and the Kinesis record that it came from."""

    data: bytes
    partition_key: str
    accepted: Accepted
    sub_sequence_number: int


def read(directory: Path) -> list[Received]:
    """All that was received, shard by shard, in order."""
    entries = [entry for file in files(directory) for entry in entries_of(file)]
    return [received(entry) for entry in entries if "data" in entry]


def files(directory: Path) -> list[Path]:
    """One for each time that the KCL began to read a shard."""
    return sorted(directory.glob("received-*.jsonl"))


def entries_of(file: Path) -> list[dict[str, Any]]:
    """Records and checkpoints as they are written down; a line that is not whole yet is left."""
    lines = file.read_bytes().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith(b"\n")]


def received(entry: dict[str, Any]) -> Received:
    """The user record of an entry."""
    return Received(
        data=base64.b64decode(entry["data"]),
        partition_key=entry["partitionKey"],
        accepted=Accepted(entry["shardId"], entry["sequenceNumber"]),
        sub_sequence_number=entry["subSequenceNumber"],
    )
