"""Send JSON objects under a partition key, so that those with equal keys reach the same shard.

Run it::

    python examples/keys.py STREAM FIELD < objects

The input has one JSON object a line; the value of FIELD in it is the partition key. The producer
gets the objects themselves, and its serializer makes bytes of them.

One sender keeps the aggregates in order, so that the objects of one key are read as they were sent.
(Reading twice what was written twice is still possible: see "possible duplicates" in the docs.)
"""

from __future__ import annotations

import json
import sys

from kinesis_producer import KinesisProducer


def main(stream: str, field: str) -> int:
    """Send every object under the value of its field."""
    config = {"stream_name": stream, "kinesis_concurrency": 1}
    with KinesisProducer(config, serializer="json") as producer:
        for line in sys.stdin:
            record = json.loads(line)
            producer.send(record, partition_key=str(record[field]))
    print(f"{producer.totals.delivered} records delivered")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
