"""Write each record of a stream into PostgreSQL exactly once, whatever dies meanwhile.

Run it, as often as there are to be workers (``pip install 'kinesis_producer[postgres]'``)::

    psql DATABASE -c 'CREATE TABLE output (data text)'
    python examples/exactly_once.py STREAM postgresql+psycopg://USER@HOST/DATABASE

A batch and its checkpoint are one transaction. If the program dies before the commit, the database
has neither, and the next worker writes the batch; after it, the database has both, and nobody
writes it again. So the table needs no key.

An error ends the program, since the next batch would come behind one that was not written; the next
program begins with that. A lost lease does not: what was read under it cannot be checkpointed.
"""

from __future__ import annotations

import signal
import sys

from sqlalchemy import create_engine, text

from kinesis_producer import KinesisConsumer, LeaseLost
from kinesis_producer.stores import SqlStore

INSERT = text("INSERT INTO output (data) VALUES (:data)")


def main(stream: str, database: str) -> int:
    """Write records into the table, until SIGTERM."""
    engine = create_engine(database)
    config = {"stream_name": stream, "application_name": "exactly-once"}
    consumer = KinesisConsumer(config, checkpoints=SqlStore(engine))
    signal.signal(signal.SIGTERM, lambda *_: consumer.stop())
    with consumer:
        while records := consumer.poll():
            try:
                with engine.begin() as connection:
                    connection.execute(INSERT, [{"data": one.data.decode()} for one in records])
                    consumer.checkpoint(records[-1], connection=connection)
            except LeaseLost as error:  # so the batch was rolled back
                print(f"{error}, and writes {len(records)} records", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
