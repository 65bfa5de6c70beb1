"""Registered consumers over HTTP: registering, describing, listing, deregistering."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer.testing import LocalKinesis, ServiceError
from tests.testing.clients import code_of, message_of

if TYPE_CHECKING:
    from tests.testing.clock import Clock

STREAM = "arn:aws:kinesis:us-east-1:000000000000:stream/orders"


@pytest.fixture(autouse=True)
def _orders(kinesis: LocalKinesis, slow_kinesis: LocalKinesis) -> None:
    kinesis.create_stream("orders")
    slow_kinesis.create_stream("orders")


def register(client: Any, name: str = "app") -> dict[str, Any]:
    answer: dict[str, Any] = client.register_stream_consumer(StreamARN=STREAM, ConsumerName=name)
    return answer["Consumer"]  # type: ignore[no-any-return]


def status(client: Any, name: str = "app") -> str:
    answer = client.describe_stream_consumer(StreamARN=STREAM, ConsumerName=name)
    return str(answer["ConsumerDescription"]["ConsumerStatus"])


def test_a_consumer_is_registered(client: Any) -> None:
    """It has its name, an ARN with the time of its creation, and its status."""
    consumer = register(client)
    assert consumer["ConsumerName"] == "app"
    assert consumer["ConsumerARN"] == f"{STREAM}/consumer/app:1700000000"
    assert consumer["ConsumerStatus"] == "ACTIVE"
    assert consumer["ConsumerCreationTimestamp"].timestamp() == 1_700_000_000


def test_a_consumer_is_creating_for_a_while(slow_client: Any, clock: Clock) -> None:
    """CREATING lasts as long as the state's delay, then it is ACTIVE."""
    assert register(slow_client)["ConsumerStatus"] == "CREATING"
    clock.advance(9.9)
    assert status(slow_client) == "CREATING"
    clock.advance(0.1)
    assert status(slow_client) == "ACTIVE"


def test_a_consumer_is_deleting_for_a_while(slow_client: Any, clock: Clock) -> None:
    """DELETING lasts as long; the name is taken until it is over."""
    arn = register(slow_client)["ConsumerARN"]
    clock.advance(10)
    for _ in range(2):
        slow_client.deregister_stream_consumer(ConsumerARN=arn)
        assert status(slow_client) == "DELETING"
        assert code_of(register, client=slow_client) == "ResourceInUseException"
    clock.advance(10)
    assert code_of(status, client=slow_client) == "ResourceNotFoundException"
    assert register(slow_client)["ConsumerARN"] != arn


def test_a_name_is_taken_once_in_a_stream(kinesis: LocalKinesis, client: Any) -> None:
    """A duplicate is refused; another stream may have a consumer of that name."""
    kinesis.create_stream("other")
    register(client)
    assert code_of(register, client=client) == "ResourceInUseException"
    other = kinesis.register_consumer("other", consumer="app")
    assert other.endswith(":stream/other/consumer/app:1700000000")


def test_a_successor_has_another_arn(client: Any) -> None:
    """Even if it is registered in the same second."""
    first = register(client)["ConsumerARN"]
    client.deregister_stream_consumer(ConsumerARN=first)
    second = register(client)["ConsumerARN"]
    assert first != second
    describe = client.describe_stream_consumer
    assert code_of(describe, ConsumerARN=first) == "ResourceNotFoundException"
    assert code_of(describe, ConsumerARN=second) == "accepted"


def test_a_stream_has_twenty_consumers(client: Any) -> None:
    """The 21st is refused, until one of them goes."""
    for number in range(20):
        register(client, f"app-{number}")
    assert code_of(register, client=client) == "LimitExceededException"
    client.deregister_stream_consumer(StreamARN=STREAM, ConsumerName="app-7")
    assert code_of(register, client=client) == "accepted"
    summary = client.describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]
    assert summary["ConsumerCount"] == 20


def test_five_consumers_are_creating_at_once(
    slow_kinesis: LocalKinesis, slow_client: Any, clock: Clock
) -> None:
    """The sixth is refused, whatever stream it is for, until the others are ACTIVE."""
    for number in range(5):
        register(slow_client, f"app-{number}")
    slow_kinesis.create_stream("other")
    other = {"StreamARN": STREAM.replace("orders", "other"), "ConsumerName": "app"}
    assert code_of(slow_client.register_stream_consumer, **other) == "LimitExceededException"
    clock.advance(10)
    assert code_of(slow_client.register_stream_consumer, **other) == "accepted"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"StreamARN": STREAM.replace("orders", "nowhere")}, "ResourceNotFoundException"),
        ({"StreamARN": STREAM.replace("east", "west")}, "ResourceNotFoundException"),
        ({"StreamARN": None}, "ValidationException"),
        ({"ConsumerName": "a b"}, "ValidationException"),
        ({"ConsumerName": ""}, "ValidationException"),
        ({"Tags": {"team": "orders"}}, "accepted"),
    ],
)
def test_registering_arguments(client: Any, arguments: dict[str, Any], code: str) -> None:
    """A RegisterStreamConsumer that the service would refuse is refused with its code."""
    usual = {"StreamARN": STREAM, "ConsumerName": "app"}
    given = {name: value for name, value in {**usual, **arguments}.items() if value is not None}
    assert code_of(client.register_stream_consumer, **given) == code


def test_a_stream_that_is_not_there_yet_takes_no_consumer(slow_client: Any) -> None:
    """Registering, and listing, want a stream in service."""
    slow_client.create_stream(StreamName="new", ShardCount=1)
    arn = STREAM.replace("orders", "new")
    asked = {"StreamARN": arn, "ConsumerName": "app"}
    assert code_of(slow_client.register_stream_consumer, **asked) == "ResourceInUseException"
    assert code_of(slow_client.list_stream_consumers, StreamARN=arn) == "ResourceInUseException"


@pytest.mark.parametrize("operation", ["describe_stream_consumer", "deregister_stream_consumer"])
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"ConsumerARN": f"{STREAM}/consumer/app:1700000000"}, "accepted"),
        ({"StreamARN": STREAM, "ConsumerName": "app"}, "accepted"),
        (
            {
                "ConsumerARN": f"{STREAM}/consumer/app:1700000000",
                "StreamARN": STREAM,
                "ConsumerName": "app",
            },
            "accepted",
        ),
        (
            {"ConsumerARN": f"{STREAM}/consumer/app:1700000000", "ConsumerName": "other"},
            "InvalidArgumentException",
        ),
        (
            {"ConsumerARN": f"{STREAM}/consumer/app:1700000000", "StreamARN": f"{STREAM}-too"},
            "InvalidArgumentException",
        ),
        ({"ConsumerName": "app"}, "InvalidArgumentException"),
        ({"StreamARN": STREAM}, "InvalidArgumentException"),
        ({}, "InvalidArgumentException"),
        ({"ConsumerARN": f"{STREAM}/consumer/app:1700000001"}, "ResourceNotFoundException"),
        ({"ConsumerARN": f"{STREAM}/consumer/app:{'9' * 30}"}, "ResourceNotFoundException"),
        ({"ConsumerARN": f"{STREAM}/consumer/other:1700000000"}, "ResourceNotFoundException"),
        ({"ConsumerARN": f"{STREAM}-too/consumer/app:1700000000"}, "ResourceNotFoundException"),
        ({"StreamARN": STREAM, "ConsumerName": "other"}, "ResourceNotFoundException"),
        ({"ConsumerARN": STREAM}, "ValidationException"),
    ],
)
def test_a_consumer_is_addressed(
    client: Any, operation: str, arguments: dict[str, Any], code: str
) -> None:
    """By its ARN, by its stream's ARN and its name, or by all of these if they agree."""
    register(client)
    assert code_of(getattr(client, operation), **arguments) == code


def test_a_consumer_is_described_with_its_stream(client: Any) -> None:
    """The description has all that registering said, and the stream's ARN."""
    consumer = register(client)
    described = client.describe_stream_consumer(ConsumerARN=consumer["ConsumerARN"])
    assert described["ConsumerDescription"] == {**consumer, "StreamARN": STREAM}


def test_consumers_are_listed_in_pages(client: Any) -> None:
    """Following NextToken gives each once, in the order of names; it says the stream again."""
    for name in ("c", "a", "e", "b", "d"):
        register(client, name)
    pages = client.get_paginator("list_stream_consumers").paginate(StreamARN=STREAM, MaxResults=2)
    found = [[consumer["ConsumerName"] for consumer in page["Consumers"]] for page in pages]
    assert found == [["a", "b"], ["c", "d"], ["e"]]
    (consumer,) = client.list_stream_consumers(StreamARN=STREAM, MaxResults=1)["Consumers"]
    assert sorted(consumer) == [
        "ConsumerARN",
        "ConsumerCreationTimestamp",
        "ConsumerName",
        "ConsumerStatus",
    ]


def test_a_wrong_listing(kinesis: LocalKinesis, client: Any, clock: Clock) -> None:
    """Tokens are of one stream, good for 300 seconds, and name the creation already."""
    kinesis.create_stream("other")
    for name in ("a", "b"):
        register(client, name)
    token = client.list_stream_consumers(StreamARN=STREAM, MaxResults=1)["NextToken"]

    def code(**more: Any) -> str:
        return code_of(client.list_stream_consumers, **{"StreamARN": STREAM, **more})

    invalid = "InvalidArgumentException"
    assert code(NextToken="garbage") == invalid
    assert code(NextToken=token, StreamCreationTimestamp=1_700_000_000) == invalid
    assert code(NextToken=token, StreamARN=STREAM.replace("orders", "other")) == invalid
    assert code(StreamCreationTimestamp=1_700_000_000) == "accepted"
    assert code(StreamCreationTimestamp=1_600_000_000) == "ResourceNotFoundException"
    assert code(MaxResults=0) == "ValidationException"
    clock.advance(300)
    assert code(NextToken=token) == "accepted"
    clock.advance(1)
    assert code(NextToken=token) == "ExpiredNextTokenException"


def test_a_stream_with_consumers_is_not_deleted_by_accident(client: Any) -> None:
    """Only when it is said so."""
    register(client)
    assert code_of(client.delete_stream, StreamName="orders") == "ResourceInUseException"
    assert "EnforceConsumerDeletion" in message_of(client.delete_stream, StreamName="orders")
    client.delete_stream(StreamName="orders", EnforceConsumerDeletion=True)
    assert client.list_streams()["StreamNames"] == []


def test_a_program_registers_at_once(slow_kinesis: LocalKinesis, slow_client: Any) -> None:
    """The object's own method waits for nothing, and is refused as a client is."""
    arn = slow_kinesis.register_consumer("orders", consumer="app")
    assert arn == f"{STREAM}/consumer/app:1700000000"
    assert status(slow_client) == "ACTIVE"
    with pytest.raises(ServiceError, match="ResourceInUseException"):
        slow_kinesis.register_consumer("orders", consumer="app")
    with pytest.raises(ServiceError, match="ValidationException"):
        slow_kinesis.register_consumer("orders", consumer="a b")
    with pytest.raises(ServiceError, match="ResourceNotFoundException"):
        slow_kinesis.register_consumer("nowhere", consumer="app")
