"""One worker of a fleet: several of them share the shards of a stream, through DynamoDB.

Run it, as often as there are to be workers, on any machines::

    python examples/fleet.py STREAM APPLICATION

Credentials, region and endpoints are found as boto3 finds them (``AWS_ENDPOINT_URL_KINESIS`` and
``AWS_ENDPOINT_URL_DYNAMODB`` name others). The table of the application is made if there is none.

A position is written down after each batch. A worker that dies is replaced by the others, which
begin behind its last position, so that they may print a batch again. One that is told to end, by
SIGTERM, ends behind a batch and lets go of its shards: the others go on at once, and no record is
printed twice.
"""

from __future__ import annotations

import signal
import sys

from kinesis_producer import KinesisConsumer, LeaseLost
from kinesis_producer.stores import DynamoDBStore


def main(stream: str, application: str) -> int:
    """Print records with their shards, until SIGTERM."""
    config = {"stream_name": stream, "application_name": application}
    consumer = KinesisConsumer(config, checkpoints=DynamoDBStore())
    signal.signal(signal.SIGTERM, lambda *_: consumer.stop())
    with consumer:
        while records := consumer.poll():
            for record in records:
                print(record.shard_id, record.data.decode(), flush=True)
            try:
                consumer.checkpoint(records[-1])
            except LeaseLost as error:  # this worker was frozen, or cut off, for too long
                print(f"{error}, and will print {len(records)} records again", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
