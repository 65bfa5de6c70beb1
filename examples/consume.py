"""Print what is in a stream, and then what comes into it.

Run it, and end it with Ctrl-C::

    python examples/consume.py STREAM

Credentials, region and endpoint are found as boto3 finds them. All shards are read, each in order,
its oldest record first; those that come by resharding are found.
"""

from __future__ import annotations

import sys

from kinesis_producer import KinesisConsumer


def main(stream: str) -> None:
    """Print one record a line."""
    with KinesisConsumer({"stream_name": stream}) as consumer:
        for record in consumer:
            print(record.data.decode(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
