"""What the MultiLangDaemon starts for each shard: it writes down the user records it is given.

One message of JSON comes in a line, and is answered by a line when it is done. Standard input ends
when the daemon does, even when that is killed, and so does this. With the argument ``checkpoint``
it has the KCL checkpoint the last of the user records each time; with ``middle``, the one in the
middle of their last aggregate. With either, the end of a shard is checkpointed.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable

CHECKPOINT = "checkpoint"
MIDDLE = "middle"

_KEPT = ("data", "partitionKey", "sequenceNumber", "subSequenceNumber")
_PLACE = ("sequenceNumber", "subSequenceNumber")
_LOST = "ShutdownException"  # what the KCL says once another worker has the lease


def main() -> None:
    """Serve the daemon; the file is named by the process, in the directory it was started in."""
    shard = ""
    with Path(f"received-{os.getpid()}.jsonl").open("x", encoding="utf-8") as received:
        for message in map(json.loads, iter(sys.stdin.buffer.readline, b"")):
            shard = message.get("shardId", shard)
            write_down(received, shard, message.get("records", ()))
            place = dealt_with(message)
            if place is not None and checkpoint(place):
                write_down(received, shard, [{CHECKPOINT: place}])
            answer(message["action"])


def write_down(received: TextIO, shard: str, entries: Iterable[dict[str, Any]]) -> None:
    for entry in entries:
        kept = {name: entry[name] for name in (*_KEPT, CHECKPOINT) if name in entry}
        received.write(json.dumps({"shardId": shard, "at": time.monotonic(), **kept}) + "\n")
    received.flush()


def dealt_with(message: dict[str, Any]) -> dict[str, Any] | None:
    """What to checkpoint after a message: a place, or the end of the shard."""
    if not {CHECKPOINT, MIDDLE} & set(sys.argv):
        return None
    if message["action"] == "shardEnded":
        return dict.fromkeys(_PLACE)
    if not message.get("records"):
        return None
    records = message["records"]
    if MIDDLE in sys.argv:
        records = middle(records)
    return {name: records[-1][name] for name in _PLACE}


def middle(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first half of those that came in the last aggregate."""
    last = records[-1]["sequenceNumber"]
    aggregate = [one for one in records if one["sequenceNumber"] == last]
    return aggregate[: (len(aggregate) + 1) // 2]


def checkpoint(place: dict[str, Any]) -> bool:
    """Have the KCL write a checkpoint; whether it did, and not another worker has the shard."""
    say({"action": CHECKPOINT, **place})
    done = json.loads(sys.stdin.buffer.readline())
    if done.get("error") not in {None, _LOST}:
        raise RuntimeError(f"the checkpoint was refused: {done['error']}")
    return not done.get("error")


def answer(action: str) -> None:
    say({"action": "status", "responseFor": action})


def say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
