"""What the recorders have written down."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    """All that was received, shard by shard, in order; a line that is not whole yet is left."""
    files = sorted(directory.glob("received-*.jsonl"))
    lines = [line for file in files for line in file.read_bytes().splitlines(keepends=True)]
    return [_received(line) for line in lines if line.endswith(b"\n")]


def _received(line: bytes) -> Received:
    written = json.loads(line)
    return Received(
        data=base64.b64decode(written["data"]),
        partition_key=written["partitionKey"],
        accepted=Accepted(written["shardId"], written["sequenceNumber"]),
        sub_sequence_number=written["subSequenceNumber"],
    )
