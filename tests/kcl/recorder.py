"""What the MultiLangDaemon starts for each shard: it writes down the user records it is given.

One message of JSON comes in a line, and is answered by a line when it is done. Standard input ends
when the daemon does, even when that is killed, and so does this.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterable

_KEPT = ("data", "partitionKey", "sequenceNumber", "subSequenceNumber")


def main() -> None:
    """Serve the daemon; the file is named by the process, in the directory it was started in."""
    shard = ""
    with Path(f"received-{os.getpid()}.jsonl").open("x", encoding="utf-8") as received:
        for message in map(json.loads, sys.stdin.buffer):
            shard = message.get("shardId", shard)
            write_down(received, shard, message.get("records", ()))
            answer(message["action"])


def write_down(received: TextIO, shard: str, records: Iterable[dict[str, Any]]) -> None:
    for record in records:
        kept = {name: record[name] for name in _KEPT}
        received.write(json.dumps({"shardId": shard, **kept}) + "\n")
    received.flush()


def answer(action: str) -> None:
    sys.stdout.write(json.dumps({"action": "status", "responseFor": action}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
