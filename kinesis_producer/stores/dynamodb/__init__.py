"""Leases in DynamoDB, in the very table of the KCL 2 and 3: each goes on where the other was."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.checks import region_of
from kinesis_producer.client.making import make_dynamodb_client
from kinesis_producer.core.retry import Action, meaning
from kinesis_producer.errors import ConfigError
from kinesis_producer.stores.dynamodb.calls import CallRefused, Calls
from kinesis_producer.stores.dynamodb.leases import DynamoDBTable
from kinesis_producer.stores.dynamodb.making import ensure

if TYPE_CHECKING:
    from kinesis_producer.client.connection import Session
    from kinesis_producer.stores import LeaseTable, StreamId

#: What the policy of a consumer has to allow on its table; ``CreateTable`` only to make it.
ACTIONS: Final = (
    "CreateTable",
    "DescribeTable",
    "Scan",
    "GetItem",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
)

#: The name of a table (API reference), or an ARN, which may be of another account.
_TABLE: Final = re.compile(r"[a-zA-Z0-9_.-]{3,255}|arn:.+")


class DynamoDBStore:
    """Keeps leases in DynamoDB: one table for each application and stream. Any thread.

    Args:
        table: its name; else that of the application, as with the KCL. It is made if missing.
        session: a boto3 session to make clients from.
        client: a DynamoDB client of boto3, instead; it is not closed here. Its timeouts and retries
            are the caller's: a renewal has to come back well within the time of a lease.
        aws_region: of the table; else that of the stream.
        aws_profile: whose credentials to use, without a session.
        endpoint_url: another address of the service.
        provisioned: read and write capacity units of a table that is made here; else it is paid by
            request.
        timeout: how long a call waits for a connection, and for more of an answer.
    """

    def __init__(  # noqa: PLR0913 -- each is a thing of its own that boto3 has, too
        self,
        table: str | None = None,
        *,
        session: Session | None = None,
        client: Any = None,
        aws_region: str | None = None,
        aws_profile: str | None = None,
        endpoint_url: str | None = None,
        provisioned: tuple[int, int] | None = None,
        timeout: float = 2.0,
    ) -> None:
        self._name = table
        self._session = session
        self._client = client
        self._region = aws_region
        self._options: dict[str, Any] = {
            "aws_profile": aws_profile,
            "endpoint_url": endpoint_url,
            "timeout": timeout,
        }
        self._provisioned = provisioned
        self._lock = threading.Lock()  # guards _made
        self._made: dict[str, Any] = {}

    def table(self, application: str, stream: StreamId) -> LeaseTable:
        """See `Store.table`. Blocks for a minute at most while the table is being made.

        Raises:
            ConfigError: no client can be made, a permission is missing, the table is no lease
                table, or its leases are of another stream.
        """
        name = self._name or application
        if not _TABLE.fullmatch(name):
            raise ConfigError(
                f"{name[:300]!r} can be no table of DynamoDB: give the store one of 3 to 255 "
                "letters, digits, _, . or -"
            )
        calls = Calls(self._client or self._client_for(stream), name)
        table = DynamoDBTable(calls, stream)
        try:
            ensure(calls, self._provisioned)
            table.leases()
        except CallRefused as error:
            if meaning(error.failure).action is not Action.FAIL:
                raise
            raise ConfigError(f"{error}{_remedy(error)}") from error
        return table

    def close(self) -> None:
        """See `Store.close`."""
        with self._lock:
            made, self._made = self._made, {}
        for client in made.values():
            client.close()

    def _client_for(self, stream: StreamId) -> Any:
        region = self._region or region_of(stream.arn)
        with self._lock:
            if region not in self._made:
                self._made[region] = make_dynamodb_client(region, self._session, **self._options)
            return self._made[region]


def _remedy(error: CallRefused) -> str:
    if not error.failure.code.startswith("AccessDenied"):
        return ""
    allowed = ", ".join(f"dynamodb:{action}" for action in ACTIONS)
    return f". A consumer needs {allowed} on its table"
