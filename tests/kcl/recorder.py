"""What the MultiLangDaemon starts for each shard: it writes down the user records it is given.

One message of JSON comes in a line, and is answered by a line when it is done. Standard input ends
when the daemon does, even when that is killed, and so does this. With the argument ``checkpoint``
it has the KCL checkpoint the last of the user records each time.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable

CHECKPOINT = "checkpoint"

_KEPT = ("data", "partitionKey", "sequenceNumber", "subSequenceNumber")


def main() -> None:
    """Serve the daemon; the file is named by the process, in the directory it was started in."""
    shard = ""
    with Path(f"received-{os.getpid()}.jsonl").open("x", encoding="utf-8") as received:
        for message in map(json.loads, iter(sys.stdin.buffer.readline, b"")):
            shard = message.get("shardId", shard)
            write_down(received, shard, message.get("records", ()))
            if CHECKPOINT in sys.argv and message.get("records"):
                checkpoint(message["records"][-1])
            answer(message["action"])


def write_down(received: TextIO, shard: str, records: Iterable[dict[str, Any]]) -> None:
    for record in records:
        kept = {name: record[name] for name in _KEPT}
        received.write(json.dumps({"shardId": shard, **kept}) + "\n")
    received.flush()


def checkpoint(record: dict[str, Any]) -> None:
    place = {name: record[name] for name in ("sequenceNumber", "subSequenceNumber")}
    say({"action": CHECKPOINT, **place})
    done = json.loads(sys.stdin.buffer.readline())
    if done.get("error"):
        raise RuntimeError(f"the checkpoint was refused: {done['error']}")


def answer(action: str) -> None:
    say({"action": "status", "responseFor": action})


def say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
