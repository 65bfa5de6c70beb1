"""Clients of boto3, made as configured."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, Protocol

import boto3.session
import botocore.exceptions
from botocore.config import Config

from kinesis_producer import checks
from kinesis_producer.core.words import masked, shortened
from kinesis_producer.errors import ConfigError

if TYPE_CHECKING:
    from kinesis_producer.client.connection import Session


class Wiring(Protocol):
    """What the configurations of producers and consumers have in common: the way to the stream."""

    @property
    def stream_arn(self) -> str | None: ...  # noqa: D102 -- as in the configurations, like all
    @property
    def aws_region(self) -> str | None: ...  # noqa: D102
    @property
    def aws_profile(self) -> str | None: ...  # noqa: D102
    @property
    def endpoint_url(self) -> str | None: ...  # noqa: D102
    @property
    def verify(self) -> bool | str | None: ...  # noqa: D102
    @property
    def request_timeout(self) -> float: ...  # noqa: D102
    @property
    def connections(self) -> int: ...  # noqa: D102


def make_client(config: Wiring, session: Session | None = None) -> Any:
    """A Kinesis client of boto3 without retries of its own. Raises as `Connection.open`."""
    return _made("kinesis", session, config.aws_profile, **_client_options(config))


def make_dynamodb_client(
    region: str,
    session: Session | None = None,
    *,
    timeout: float,
    aws_profile: str | None,
    endpoint_url: str | None,
) -> Any:
    """A DynamoDB client of boto3 that retries nothing; it waits so long to connect, and to read.

    Raises:
        ConfigError: boto3 cannot make one.
    """
    config = Config(
        connect_timeout=timeout,
        read_timeout=timeout,
        retries={"total_max_attempts": 1, "mode": "standard"},
        tcp_keepalive=True,
        user_agent_extra="kinesis_producer",
    )
    options = {"region_name": region, "endpoint_url": endpoint_url, "config": config}
    return _made("dynamodb", session, aws_profile, **options)


def _made(service: Any, session: Session | None, profile: str | None, **options: Any) -> Any:
    try:
        session = session or boto3.session.Session(profile_name=profile)
        return session.client(service, **options)
    except (botocore.exceptions.BotoCoreError, ValueError) as error:
        raise ConfigError(f"no client could be made: {masked(str(error))}") from error


def _client_options(config: Wiring) -> dict[str, Any]:
    region = config.aws_region
    if region is None and config.stream_arn is not None:
        region = checks.region_of(config.stream_arn)
    return {
        "region_name": region,
        "endpoint_url": config.endpoint_url,
        "verify": _trusted(config),
        "config": Config(
            connect_timeout=config.request_timeout,
            read_timeout=config.request_timeout,
            retries={"total_max_attempts": 1, "mode": "standard"},
            max_pool_connections=config.connections,
            parameter_validation=False,
            tcp_keepalive=True,
            user_agent_extra="kinesis_producer",
        ),
    }


def _trusted(config: Wiring) -> bool | str | None:
    """As boto3 is given it. What cannot be read would only be missed by the first request."""
    path = config.verify
    if isinstance(path, str):
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(path)
        except (OSError, ValueError) as error:
            why = f"{shortened(path)} is no file of certificates: {error}"
            raise ConfigError(f"verify: {why}") from error
    return path
