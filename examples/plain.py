"""Send the lines of a file to a stream; the exit code says whether each was delivered.

Run it::

    python examples/plain.py STREAM FILE

Credentials, region and endpoint are found as boto3 finds them. The program never looks at a single
outcome: `join`, which the end of the ``with`` block calls, raises if any record was not delivered.
"""

from __future__ import annotations

import sys
from pathlib import Path

from kinesis_producer import KinesisProducer, UndeliveredRecords


def main(stream: str, file: str) -> int:
    """Send every line without its end."""
    producer = KinesisProducer({"stream_name": stream})
    try:
        with Path(file).open("rb") as lines, producer:
            for line in lines:
                producer.send(line.rstrip(b"\n"))
    except UndeliveredRecords as error:
        print(error, file=sys.stderr)
        for sample in error.samples:
            print(f"  {sample.records} records: {sample}", file=sys.stderr)
        return 1
    print(f"{producer.totals.delivered} records delivered")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
