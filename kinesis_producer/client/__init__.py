"""The only room that knows botocore. Importing it does not import botocore; using it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kinesis_producer.client.connection import Connection, PutRecordsClient, Session
    from kinesis_producer.client.reading import StreamReader
    from kinesis_producer.client.single_calls import Calls
    from kinesis_producer.config import ProducerConfig
    from kinesis_producer.consumer_config import ConsumerConfig


def connect(
    config: ProducerConfig,
    *,
    client: PutRecordsClient | None = None,
    session: Session | None = None,
) -> Connection:
    """See `kinesis_producer.client.connection.connect`."""
    from kinesis_producer.client import connection  # noqa: PLC0415 -- boto3 takes 0.2 s to import

    return connection.connect(config, client=client, session=session)


def reader(
    config: ConsumerConfig,
    *,
    give_up_after: float,
    session: Session | None = None,
    client: Any = None,
) -> StreamReader:
    """Reading calls on the stream of a configuration.

    Args:
        config: as `connect`.
        give_up_after: seconds for calls that are retried: those that list and describe.
        session: a boto3 session to make the client from.
        client: somebody else's client; else one is made.
    """
    from kinesis_producer.client import making, reading  # noqa: PLC0415 -- as above

    arn = config.stream_arn
    stream = {"StreamARN": arn} if arn else {"StreamName": str(config.stream_name)}
    made = client if client is not None else making.make_client(config, session)
    return reading.StreamReader(
        made,
        stream,
        give_up_after=give_up_after,
        wire_format=config.wire_format,
        consumer_name=config.consumer_name,
    )


def calls(config: ProducerConfig, *, give_up_after: float, session: Session | None = None) -> Calls:
    """Single calls, with a client made from the configuration.

    Args:
        config: as `connect`; its timeouts and endpoint count, its stream does not.
        give_up_after: seconds for a call and its retries.
        session: a boto3 session to make the client from.
    """
    from kinesis_producer.client import making, single_calls  # noqa: PLC0415 -- as above

    return single_calls.Calls(making.make_client(config, session), give_up_after=give_up_after)
