"""Keep in a file what was not, or possibly not, written, and send it again later.

Run it::

    python examples/dead_letter.py STREAM DEAD_LETTERS < lines
    python examples/dead_letter.py STREAM STILL_DEAD --again DEAD_LETTERS

The first command sends the lines of its input. What cannot be delivered goes into the file
DEAD_LETTERS, one JSON object a record, with its keys and the reason. The second sends such a file
again. The exit code is 1 if anything went into the file.

A record whose outcome is "possibly written" may be in the stream already, so that sending it again
may make a second copy. Readers that cannot take a record twice need an identifier in it.
"""

from __future__ import annotations

import argparse
import base64
import json
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from kinesis_producer import KinesisProducer, KinesisProducerError, Outcome, Report, UserRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import TextIO


class DeadLetters:
    """Writes records to a file; from any thread."""

    def __init__(self, file: TextIO) -> None:
        self.count = 0
        self._file = file
        self._lock = threading.Lock()

    def on_delivery(self, report: Report) -> None:
        """Keep what was given up. The producer's reporter thread calls this for each aggregate."""
        if report.outcome is not Outcome.DELIVERED:
            for record in report.records:
                self.keep(record, reason=str(report.error))

    def keep(self, record: UserRecord, *, reason: str) -> None:
        """Write one record, with its keys and the reason."""
        letter = {
            "data": base64.b64encode(record.data).decode("ascii"),
            "partition_key": record.partition_key,
            "explicit_hash_key": record.explicit_hash_key,
            "reason": reason,
        }
        with self._lock:
            self._file.write(json.dumps(letter) + "\n")
            self._file.flush()
            self.count += 1


def send(records: Iterable[UserRecord], stream: str, letters: DeadLetters) -> None:
    """Send all records; returns when the outcome of each is known and what failed is kept."""
    producer = KinesisProducer({"stream_name": stream}, on_delivery=letters.on_delivery)
    with producer:
        for record in records:
            try:
                producer.send(
                    record.data,
                    partition_key=record.partition_key,
                    explicit_hash_key=record.explicit_hash_key,
                )
            except KinesisProducerError as error:  # not accepted, so it will not be reported
                letters.keep(record, reason=str(error))


def read(file: str) -> Iterator[UserRecord]:
    """The records in a file of dead letters."""
    with Path(file).open(encoding="utf-8") as lines:
        for line in lines:
            letter = json.loads(line)
            data = base64.b64decode(letter["data"])
            yield UserRecord(data, letter["partition_key"], letter["explicit_hash_key"])


def main() -> int:
    """Send the lines of stdin, or what an earlier run could not deliver."""
    parser = argparse.ArgumentParser(description="Send records, and keep those that fail.")
    parser.add_argument("stream")
    parser.add_argument("letters", help="the file to keep them in")
    parser.add_argument("--again", metavar="FILE", help="send what an earlier run has kept")
    options = parser.parse_args()
    records = (
        read(options.again)
        if options.again
        else (UserRecord(line.rstrip(b"\n")) for line in sys.stdin.buffer)
    )
    with Path(options.letters).open("w", encoding="utf-8") as file:
        letters = DeadLetters(file)
        send(records, options.stream, letters)
    if letters.count:
        print(f"{letters.count} records kept in {options.letters}", file=sys.stderr)
    return 1 if letters.count else 0


if __name__ == "__main__":
    sys.exit(main())
