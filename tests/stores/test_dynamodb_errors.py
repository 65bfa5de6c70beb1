"""What DynamoDB refuses, and what it does not answer."""

from __future__ import annotations

import pickle
import re
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from kinesis_producer.core.leasing.lease import renewed
from kinesis_producer.errors import ConfigError, StoreUnavailable
from kinesis_producer.stores.dynamodb import ACTIONS, DynamoDBStore, making
from kinesis_producer.stores.dynamodb.calls import Calls
from kinesis_producer.stores.dynamodb.leases import DynamoDBTable
from tests.stores.remote import dynamodb_store
from tests.stores.rows import BARE, SHARD, STREAM

if TYPE_CHECKING:
    from collections.abc import Callable

ACTIVE = {
    "Table": {
        "TableStatus": "ACTIVE",
        "KeySchema": [{"AttributeName": "leaseKey", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "leaseKey", "AttributeType": "S"}],
    }
}


class Client:
    """Answers each operation with what it was given for it: an answer, or an error to raise."""

    def __init__(self, answers: Any = None, **by_operation: Any) -> None:
        self._answers = {"describe_table": ACTIVE, **by_operation}
        self._otherwise = answers
        self.asked: list[str] = []
        self.arguments: dict[str, object] = {}

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**arguments: object) -> Any:
            self.asked.append(operation)
            self.arguments = arguments
            answer = self._answers.get(operation, self._otherwise)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def refused(code: str, message: str = "", status: int = 400) -> ClientError:
    metadata: Any = {"HTTPStatusCode": status}
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": metadata}
    return ClientError(answer, "Scan")


def leases_of(client: Client) -> DynamoDBTable:
    return DynamoDBTable(Calls(client, "leases"), STREAM)


def test_a_missing_permission_is_named() -> None:
    """Who may not look at the table is told everything that has to be allowed."""
    client = Client(describe_table=refused("AccessDeniedException", "not authorized to perform"))
    with pytest.raises(ConfigError) as raised:
        DynamoDBStore(client=client).table("leases", STREAM)
    assert all(f"dynamodb:{action}" in str(raised.value) for action in ACTIONS)
    assert "not authorized to perform" in str(raised.value)


def test_the_documentation_names_each_permission() -> None:
    """A policy can be copied from the documentation: it has all that has to be allowed, no more."""
    page = Path(__file__).parents[2].joinpath("docs", "stores.rst").read_text(encoding="utf-8")
    assert re.findall(r'"dynamodb:(\w+)"', page) == list(ACTIONS)


def test_missing_credentials_are_an_error_of_the_configuration() -> None:
    """Without credentials nothing is to be hoped for, and no permission is missing."""
    with pytest.raises(ConfigError, match="NoCredentials") as raised:
        DynamoDBStore(client=Client(NoCredentialsError())).table("leases", STREAM)
    assert "dynamodb:" not in str(raised.value)


@pytest.mark.parametrize(
    "error",
    [
        refused("ProvisionedThroughputExceededException"),
        refused("ThrottlingException"),
        refused("RequestLimitExceeded"),
        refused("InternalServerError", status=500),
        refused("ResourceNotFoundException"),
        refused("SomethingNew"),
        EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
        OSError("reset"),
    ],
    ids=lambda error: str(error)[:60],
)
def test_whatever_may_pass_is_unavailable(error: Exception) -> None:
    """An error that may be over soon, or that nobody knows, is raised at once and not retried."""
    client = Client(error)
    with pytest.raises(StoreUnavailable, match="DynamoDB table leases: "):
        leases_of(client).replace(BARE, renewed(BARE))
    assert client.asked == ["update_item"]


def test_an_unmet_condition_is_no_error() -> None:
    """Only a condition that was not met is a change that was not made."""
    table = leases_of(Client(refused("ConditionalCheckFailedException")))
    assert not table.replace(BARE, renewed(BARE))
    assert not table.create(BARE)
    assert not table.delete(BARE)


@pytest.mark.parametrize(
    "call",
    [
        lambda table: table.leases(),
        lambda table: table.lease(SHARD),
        lambda table: table.create(BARE),
        lambda table: table.replace(BARE, renewed(BARE)),
        lambda table: table.delete(BARE),
    ],
    ids=["leases", "lease", "create", "replace", "delete"],
)
def test_an_answer_that_could_not_be_read_is_none(call: Callable[[Any], Any]) -> None:
    """What boto3 makes of a torn answer is taken neither for a lease that is gone nor a success."""
    with pytest.raises(StoreUnavailable, match="cannot be read"):
        call(leases_of(Client({})))


def test_reads_see_every_write() -> None:
    """All reads are consistent ones: an older row would be taken for a change that was lost."""
    client = Client({"ConsumedCapacity": {}, "Items": []})
    for read in (leases_of(client).leases, lambda: leases_of(client).lease(SHARD)):
        read()
        assert client.arguments["ConsistentRead"] is True


def test_a_torn_description_is_no_table() -> None:
    """A description that could not be read is not taken for a table that is missing."""
    client = Client({}, describe_table={})
    with pytest.raises(StoreUnavailable, match="cannot be read"):
        DynamoDBStore(client=client).table("leases", STREAM)
    assert client.asked == ["describe_table"]


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        ({"Table": {"TableStatus": "CREATING"}}, "CREATING"),
        ({"Table": {"TableStatus": "INACCESSIBLE_ENCRYPTION_CREDENTIALS"}}, "INACCESSIBLE"),
        (refused("ResourceNotFoundException"), "not there yet"),
    ],
)
def test_a_table_that_does_not_come_about_is_given_up(
    monkeypatch: pytest.MonkeyPatch, answer: Any, status: str
) -> None:
    """A table that cannot be used in time is unavailable, and its state is named."""
    monkeypatch.setattr(making, "TABLE_TIMEOUT", -1.0)
    client = Client(refused("ResourceInUseException"), describe_table=answer)
    with pytest.raises(StoreUnavailable, match=f"cannot be used: it is {status}"):
        DynamoDBStore(client=client).table("leases", STREAM)


def test_a_server_that_says_nothing_is_given_up() -> None:
    """A call that gets no answer comes back after its timeout, and is made once."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        store = dynamodb_store(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2)
        with pytest.raises(StoreUnavailable, match="NoAnswer"):
            store.table("leases", STREAM)
        silent.accept()[0].close()
        silent.settimeout(0.2)
        with pytest.raises(TimeoutError):
            silent.accept()


def test_a_client_that_is_made_gives_up_soon() -> None:
    """The client has 2 seconds for a connection and for an answer, and one attempt."""
    client = DynamoDBStore()._client_for(STREAM)
    config = client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (2.0, 2.0)
    assert config.retries["total_max_attempts"] == 1


def test_the_region_is_that_of_the_stream() -> None:
    """The table is where the stream is, unless the store was told a region."""
    url = "http://127.0.0.1:1"
    assert dynamodb_store(url)._client_for(STREAM).meta.region_name == "us-east-1"
    elsewhere = dynamodb_store(url, aws_region="eu-central-1")
    assert elsewhere._client_for(STREAM).meta.region_name == "eu-central-1"


def test_a_profile_that_is_missing_is_refused() -> None:
    """What boto3 cannot make a client of is an error of the configuration."""
    store = DynamoDBStore(aws_profile="no such profile")
    with pytest.raises(ConfigError, match="no such profile"):
        store.table("leases", STREAM)


@pytest.mark.parametrize("name", ["ab", "orders of today", "x" * 256])
def test_a_name_that_no_table_can_have_is_refused(name: str) -> None:
    """An application whose name is none of a table needs a table of another name."""
    client = Client(ACTIVE)
    with pytest.raises(ConfigError, match="can be no table of DynamoDB"):
        DynamoDBStore(client=client).table(name, STREAM)
    assert client.asked == []


def test_a_refusal_can_be_pickled() -> None:
    """An error comes out of a process pool as it went in."""
    with pytest.raises(StoreUnavailable) as raised:
        leases_of(Client(OSError("reset"))).leases()
    assert str(pickle.loads(pickle.dumps(raised.value))) == str(raised.value)  # noqa: S301 -- our own
