"""The lease table: made if there is none, and checked if there is one."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.errors import ConfigError, StoreUnavailable
from kinesis_producer.stores.dynamodb import rows
from kinesis_producer.stores.dynamodb.calls import CallRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kinesis_producer.stores.dynamodb.calls import Calls

#: Seconds until a new table must be usable (AWS takes 5 to 20), and between two looks at it.
TABLE_TIMEOUT: Final = 60.0
_POLL: Final = 0.1

#: An index is being added, as a KCL 3 does: rows can be read and written all the time.
_USABLE: Final = {"ACTIVE", "UPDATING"}
_PASSING: Final = {"CREATING", "DELETING"}


def ensure(calls: Calls, provisioned: tuple[int, int] | None) -> None:
    """Make the table if there is none; blocks until it can be used, for a minute at most.

    Raises:
        ConfigError: there is a table of that name that is no lease table.
        StoreUnavailable: it does not become usable.
    """
    deadline = time.monotonic() + TABLE_TIMEOUT
    while (table := _described(calls)) is None or table["TableStatus"] not in _USABLE:
        if table is None:
            _create(calls, provisioned)
        elif table["TableStatus"] not in _PASSING:
            break
        if time.monotonic() > deadline:
            break
        time.sleep(_POLL)
    if table is None or table["TableStatus"] not in _USABLE:
        status = table["TableStatus"] if table else "not there yet"
        raise StoreUnavailable(f"DynamoDB table {calls.table} cannot be used: it is {status}")
    _check(calls.table, table)


def _described(calls: Calls) -> Mapping[str, Any] | None:
    try:
        table: Mapping[str, Any] = calls.call("describe_table")["Table"]
    except CallRefused as error:
        if error.failure.code != "ResourceNotFoundException":
            raise
        return None
    except KeyError:
        message = f"DynamoDB table {calls.table}: an answer that cannot be read"
        raise StoreUnavailable(message) from None
    return table


def _create(calls: Calls, provisioned: tuple[int, int] | None) -> None:
    """Ask for it; somebody else may have done so at the same time."""
    try:
        calls.call(
            "create_table",
            AttributeDefinitions=[{"AttributeName": rows.KEY, "AttributeType": "S"}],
            KeySchema=[{"AttributeName": rows.KEY, "KeyType": "HASH"}],
            **_billing(provisioned),
        )
    except CallRefused as error:
        if error.failure.code != "ResourceInUseException":
            raise


def _billing(provisioned: tuple[int, int] | None) -> dict[str, Any]:
    if provisioned is None:
        return {"BillingMode": "PAY_PER_REQUEST"}
    read, write = provisioned
    units = {"ReadCapacityUnits": read, "WriteCapacityUnits": write}
    return {"BillingMode": "PROVISIONED", "ProvisionedThroughput": units}


def _check(name: str, table: Mapping[str, Any]) -> None:
    """Complain of a key that is not the KCL's."""
    types = {one["AttributeName"]: one["AttributeType"] for one in table["AttributeDefinitions"]}
    key = [(one["AttributeName"], one["KeyType"]) for one in table["KeySchema"]]
    if key != [(rows.KEY, "HASH")] or types[rows.KEY] != "S":
        raise ConfigError(
            f"DynamoDB table {name} is no lease table: its key has to be {rows.KEY} (HASH, S)"
        )
