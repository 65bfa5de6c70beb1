"""A connection to one stream: PutRecords, with botocore's own retries off."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Protocol

import boto3.session
import botocore.exceptions
from botocore.config import Config

from kinesis_producer import checks
from kinesis_producer.client.failures import READABLE, failure_of
from kinesis_producer.core.put_records import read_answer
from kinesis_producer.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kinesis_producer.config import ProducerConfig
    from kinesis_producer.core.put_records import Answer

_logger = logging.getLogger("kinesis_producer")


class PutRecordsClient(Protocol):
    """What is asked of a client: boto3's Kinesis client has it."""

    @property
    def put_records(self) -> Callable[..., Mapping[str, Any]]:
        """Calls PutRecords with ``StreamName`` or ``StreamARN``, and ``Records``."""
        ...


class Session(Protocol):
    """What is asked of a session: boto3's has it."""

    @property
    def client(self) -> Callable[..., Any]:
        """Makes a client."""
        ...


class Connection:
    """PutRecords on one stream. Thread-safe, as botocore's clients are.

    Args:
        client: a Kinesis client.
        config: names the stream.
        own: the client was made here, and is closed here.
    """

    def __init__(self, client: PutRecordsClient, config: ProducerConfig, *, own: bool) -> None:
        self._client = client
        self._own = own
        self._stream = (
            {"StreamARN": config.stream_arn}
            if config.stream_arn
            else {"StreamName": config.stream_name}
        )

    @property
    def where(self) -> str:
        """Stream and endpoint, for messages."""
        (stream,) = self._stream.values()
        endpoint = getattr(getattr(self._client, "meta", None), "endpoint_url", None)
        return f"stream {stream} at {endpoint}" if endpoint else f"stream {stream}"

    def put_records(self, entries: Sequence[Mapping[str, object]]) -> Answer:
        """One request and its answer; blocks until there is one, or a timeout of botocore's.

        Raises nothing that botocore raises: that is a `Failure`.
        """
        try:
            answer = self._client.put_records(Records=entries, **self._stream)
        except READABLE as error:
            return failure_of(error)
        return read_answer(answer, len(entries))

    def close(self) -> None:
        """Close the client's connections, where the client was made here."""
        close = getattr(self._client, "close", None)
        if self._own and close is not None:
            close()


def connect(
    config: ProducerConfig, *, client: PutRecordsClient | None, session: Session | None
) -> Connection:
    """A connection with the given client, or one made from the session and the configuration.

    Raises:
        ConfigError: boto3 cannot make a client: no region, an unknown profile, a bad address.
    """
    if client is not None:
        _warn_of_retries(client)
        return Connection(client, config, own=False)
    return Connection(make_client(config, session), config, own=True)


def make_client(config: ProducerConfig, session: Session | None = None) -> Any:
    """A Kinesis client of boto3 without retries of its own.

    Raises:
        ConfigError: as `connect`.
    """
    try:
        session = session or boto3.session.Session(profile_name=config.aws_profile)
        return session.client("kinesis", **_client_options(config))
    except (botocore.exceptions.BotoCoreError, ValueError) as error:
        raise ConfigError(f"no client could be made: {error}") from error


def _client_options(config: ProducerConfig) -> dict[str, Any]:
    region = config.aws_region
    if region is None and config.stream_arn is not None:
        region = checks.region_of(config.stream_arn)
    return {
        "region_name": region,
        "endpoint_url": config.endpoint_url,
        "config": Config(
            connect_timeout=config.request_timeout,
            read_timeout=config.request_timeout,
            retries={"total_max_attempts": 1, "mode": "standard"},
            max_pool_connections=config.kinesis_concurrency,
            parameter_validation=False,
            tcp_keepalive=True,
            user_agent_extra="kinesis_producer",
        ),
    }


def _warn_of_retries(client: PutRecordsClient) -> None:
    """A client that retries by itself stores records again that nobody counts."""
    config = getattr(getattr(client, "meta", None), "config", None)
    retries = getattr(config, "retries", None) or {}
    if config is not None and retries.get("total_max_attempts") != 1:
        _logger.warning(
            "the given client retries by itself, which makes duplicates that are not counted;"
            " make it with Config(retries={'total_max_attempts': 1, 'mode': 'standard'})"
        )
