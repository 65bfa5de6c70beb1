"""One worker of a fleet, as a program: it writes down what it handles, and checkpoints after that.

Its output is a file of lines, each a JSON list: ``["r", number, key, shard, position, token, at]``
for each record once it was handled, ``at`` being monotonic time, ``["c", shard, position]`` once
that was checkpointed, ``["lost", shard]`` when a checkpoint was refused. On SIGUSR1, it freezes
between handling and checkpointing.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3.session

from kinesis_producer import KinesisConsumer, LeaseLost, stores

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kinesis_producer import ConsumerRecord


class Diary:
    """What is written down survives the death of the program: each entry is one write."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def add(self, entries: Iterable[list[Any]]) -> None:
        """Add lines."""
        lines = "".join(json.dumps(entry) + "\n" for entry in entries)
        os.write(self._file, lines.encode())


class Worker:
    """The program."""

    def __init__(self, config: dict[str, Any], store: str, diary: Diary) -> None:
        session = boto3.session.Session("local", "local", region_name="us-east-1")
        self._consumer = KinesisConsumer(config, checkpoints=stores.of(store), session=session)
        self._diary = diary
        self._freezing = False
        signal.signal(signal.SIGTERM, lambda *_: self._consumer.stop())
        signal.signal(signal.SIGUSR1, self._freeze_soon)

    def run(self) -> None:
        """Until SIGTERM."""
        self._diary.add([["worker", self._consumer.worker]])
        with self._consumer:
            while records := self._consumer.poll():
                self._handle(records)
                if self._freezing:
                    self._freeze()
                self._checkpoint(records[-1])

    def _handle(self, records: list[ConsumerRecord]) -> None:
        self._diary.add(["r", int(one.data), *_whence(one), time.monotonic()] for one in records)

    def _checkpoint(self, record: ConsumerRecord) -> None:
        try:
            self._consumer.checkpoint(record)
        except LeaseLost:
            self._diary.add([["lost", record.shard_id]])
        else:
            self._diary.add([["c", record.shard_id, position(record)]])

    def _freeze_soon(self, *_: object) -> None:
        self._freezing = True

    def _freeze(self) -> None:
        self._freezing = False
        self._diary.add([["frozen"]])
        os.kill(os.getpid(), signal.SIGSTOP)


def _whence(record: ConsumerRecord) -> list[Any]:
    """Its key, its place, and under which lease it was read."""
    return [record.partition_key, record.shard_id, position(record), record.fencing_token]


def position(record: ConsumerRecord) -> list[int]:
    """Sequence number and sub-sequence number."""
    return [int(record.sequence_number), record.sub_sequence_number]


if __name__ == "__main__":
    given, address, where = sys.argv[1:]
    Worker(json.loads(given), address, Diary(Path(where))).run()
