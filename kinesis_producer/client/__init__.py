"""The only room that knows botocore. Importing it does not import botocore; using it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinesis_producer.client.connection import Connection, PutRecordsClient, Session
    from kinesis_producer.config import ProducerConfig


def connect(
    config: ProducerConfig,
    *,
    client: PutRecordsClient | None = None,
    session: Session | None = None,
) -> Connection:
    """See `kinesis_producer.client.connection.connect`."""
    from kinesis_producer.client import connection  # noqa: PLC0415 -- boto3 takes 0.2 s to import

    return connection.connect(config, client=client, session=session)
