"""Stores of DynamoDB and Redis on servers of this machine."""

from __future__ import annotations

import socket
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final

import boto3

from kinesis_producer.stores.dynamodb import DynamoDBStore
from kinesis_producer.stores.redis import RedisStore

if TYPE_CHECKING:
    from collections.abc import Iterator

#: An AWS account that every server takes for granted.
ACCOUNT: Final = "000000000000"
ANY_SECRET: Final = "local"


def dynamodb_store(url: str, secret: str = ANY_SECRET, **options: Any) -> DynamoDBStore:
    """A store that uses DynamoDB at that address."""
    return DynamoDBStore(session=_session(secret), endpoint_url=url, **options)


@contextmanager
def no_dynamodb(secret: str) -> Iterator[DynamoDBStore]:
    """A store at an address where nobody listens."""
    with closing(dynamodb_store(f"http://127.0.0.1:{_closed_port()}", secret)) as store:
        yield store


@contextmanager
def no_redis(secret: str) -> Iterator[RedisStore]:
    """A store at an address where nobody listens."""
    with closing(RedisStore(f"redis://user:{secret}@127.0.0.1:{_closed_port()}/0")) as store:
        yield store


def _session(secret: str) -> boto3.Session:
    return boto3.Session(
        aws_access_key_id=ACCOUNT, aws_secret_access_key=secret, region_name="us-east-1"
    )


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port
