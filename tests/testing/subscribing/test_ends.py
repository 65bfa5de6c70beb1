"""How subscriptions end: their time, another one, the stream, the server."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer.testing import LocalKinesis
from tests.testing.clients import client_of, data_of, subscribed
from tests.testing.subscribing.conftest import (
    BROKEN,
    IN_USE,
    NEVER,
    SHARD,
    last_words,
    put,
    refusal,
)

if TYPE_CHECKING:
    from tests.testing.clock import Clock


def test_a_second_subscription_is_refused_for_five_seconds(
    kinesis: LocalKinesis, client: Any, app: str, clock: Clock
) -> None:
    """The first one goes on as if nothing had been asked."""
    with subscribed(client, app, SHARD) as events:
        next(events)
        clock.advance(4.99)
        assert refusal(client, app) == IN_USE
        put(client, b"mine")
        assert data_of(events, 1) == [b"mine"]


def test_a_later_subscription_takes_over(client: Any, app: str, clock: Clock) -> None:
    """After five seconds the second one has the shard, and the first one is told."""
    with subscribed(client, app, SHARD) as former:
        next(former)
        clock.advance(5)
        with subscribed(client, app, SHARD, "LATEST") as latter:
            code, message = last_words(former)
            put(client, b"mine")
            assert data_of(latter, 1) == [b"mine"]
            assert refusal(client, app) == IN_USE
    assert code == IN_USE
    assert message == (
        "Another active subscription exists for this consumer: 000000000000:orders:"
        "shardId-000000000000:app"
    )


def test_a_refused_subscription_does_not_count(client: Any, app: str, clock: Clock) -> None:
    """The five seconds are those after a call that succeeded."""
    with subscribed(client, app, SHARD) as events:
        next(events)
        clock.advance(3)
        assert refusal(client, app) == IN_USE
        clock.advance(2)
        assert refusal(client, app) == "accepted"
        assert last_words(events)[0] == IN_USE


def test_the_five_seconds_are_of_one_consumer_and_shard(
    kinesis: LocalKinesis, client: Any, app: str
) -> None:
    """Neither another consumer nor another shard is in the way."""
    kinesis.split_shard("orders", shard_id=SHARD)
    other = kinesis.register_consumer("orders", consumer="other")
    ids = ["shardId-000000000001", "shardId-000000000002"]
    for arn in (app, other):
        for shard_id in ids:
            with subscribed(client, arn, shard_id) as events:
                assert next(events)["Records"] == []


def test_a_subscription_lasts_five_minutes(clock: Clock) -> None:
    """Its end is the end of the stream of events, without words."""
    patient = LocalKinesis(clock=clock.wall, monotonic=clock.monotonic, event_period=0.02)
    with patient as kinesis, client_of(kinesis) as client:
        kinesis.create_stream("orders")
        arn = kinesis.register_consumer("orders", consumer="app")
        with subscribed(client, arn, SHARD) as events:
            clock.advance(299.9)
            assert [next(events)["Records"] for _ in range(5)] == [[]] * 5
            clock.advance(0.1)
            assert all(event["Records"] == [] for event in events)


def test_a_short_subscription_can_be_followed_at_once() -> None:
    """One that is set to less than five seconds ends by itself, and another may begin then."""
    brief = LocalKinesis(subscription_life=0.05, event_period=NEVER)
    with brief as kinesis, client_of(kinesis) as client:
        kinesis.create_stream("orders")
        arn = kinesis.register_consumer("orders", consumer="app")
        for _ in range(3):
            with subscribed(client, arn, SHARD) as events:
                assert len(list(events)) == 1


def test_a_quiet_subscription_has_events_all_the_same(clock: Clock) -> None:
    """They have no records, say how far behind it is, and where to go on."""
    lively = LocalKinesis(clock=clock.wall, monotonic=clock.monotonic, event_period=0.02)
    with lively as kinesis, client_of(kinesis) as client:
        kinesis.create_stream("orders")
        arn = kinesis.register_consumer("orders", consumer="app")
        with subscribed(client, arn, SHARD) as events:
            for _ in range(3):
                event = next(events)
                assert (event["Records"], event["MillisBehindLatest"]) == ([], 0)
                assert len(event["ContinuationSequenceNumber"]) == 56


def test_deregistering_ends_a_subscription(client: Any, app: str) -> None:
    """At once, with the reason."""
    with subscribed(client, app, SHARD) as events:
        next(events)
        client.deregister_stream_consumer(ConsumerARN=app)
        assert last_words(events)[0] == "ResourceNotFoundException"
    assert refusal(client, app) == "ResourceNotFoundException"


@pytest.mark.parametrize("delay", [0.0, 600.0])
def test_deleting_the_stream_ends_its_subscriptions(delay: float) -> None:
    """At once, with the reason, however long DELETING lasts; the namesake has none of them."""
    with (
        LocalKinesis(state_delay=delay, event_period=NEVER) as kinesis,
        client_of(kinesis) as client,
    ):
        kinesis.create_stream("orders")
        arn = kinesis.register_consumer("orders", consumer="app")
        with subscribed(client, arn, SHARD) as events:
            next(events)
            client.delete_stream(StreamName="orders", EnforceConsumerDeletion=True)
            assert last_words(events) == (
                "ResourceNotFoundException",
                "Stream orders under account 000000000000 not found.",
            )
        assert refusal(client, arn) == "ResourceNotFoundException"


def test_stopping_the_server_ends_all_subscriptions(
    kinesis: LocalKinesis, client: Any, app: str
) -> None:
    """The connection breaks, no thread stays, and nobody waits for it."""
    with subscribed(client, app, SHARD) as events:
        next(events)
        began = time.monotonic()
        kinesis.stop()
        assert time.monotonic() - began < 4
        with pytest.raises(BROKEN):
            list(events)
    assert not [t.name for t in threading.enumerate() if t.name.startswith("local-kinesis")]


def test_subscriptions_begin_anew_after_a_stop(
    kinesis: LocalKinesis, client: Any, app: str, clock: Clock
) -> None:
    """The consumer outlives it, and so do the records."""
    put(client, b"one")
    with subscribed(client, app, SHARD) as events:
        next(events)
        kinesis.stop()
    clock.advance(5)
    kinesis.start()
    with client_of(kinesis) as again, subscribed(again, app, SHARD) as events:
        assert data_of(events, 1) == [b"one"]


def test_a_client_that_leaves_is_noticed(clock: Clock) -> None:
    """Its thread ends with one of the next events, without a word in the log."""
    lively = LocalKinesis(clock=clock.wall, monotonic=clock.monotonic, event_period=0.01)
    with lively as kinesis, client_of(kinesis) as client:
        kinesis.create_stream("orders")
        arn = kinesis.register_consumer("orders", consumer="app")
        with subscribed(client, arn, SHARD) as events:
            next(events)
            (thread,) = [t for t in threading.enumerate() if t.name == "local-kinesis-connection"]
        thread.join(30)
        assert not thread.is_alive()
