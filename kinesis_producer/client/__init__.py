"""The only room that knows botocore. Importing it does not import botocore; using it does."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinesis_producer.client.connection import Connection, PutRecordsClient, Session
    from kinesis_producer.client.single_calls import Calls
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


def calls(config: ProducerConfig, *, give_up_after: float, session: Session | None = None) -> Calls:
    """Single calls, with a client made from the configuration.

    Args:
        config: as `connect`; its timeouts and endpoint count, its stream does not.
        give_up_after: seconds for a call and its retries.
        session: a boto3 session to make the client from.
    """
    from kinesis_producer.client import making, single_calls  # noqa: PLC0415 -- as above

    return single_calls.Calls(making.make_client(config, session), give_up_after=give_up_after)
