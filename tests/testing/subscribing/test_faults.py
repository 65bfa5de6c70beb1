"""Faults of subscriptions, and a reader that gets over all of them."""

from __future__ import annotations

import json
import random
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest
from botocore.eventstream import ChecksumMismatch
from botocore.exceptions import ClientError

from kinesis_producer.testing import FaultProxy, LocalKinesis, faults
from tests.testing.clients import client_of, data_of, post, subscribed
from tests.testing.subscribing.conftest import (
    BROKEN,
    IN_USE,
    SHARD,
    STREAM,
    last_words,
    put,
    refusal,
    subscribe,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_a_subscription_can_be_refused(kinesis: LocalKinesis, client: Any, app: str) -> None:
    """By the faults that refuse any request; the stream is named from the consumer's ARN."""
    kinesis.faults.script(
        "SubscribeToShard",
        faults.error("LimitExceededException", "slow"),
        faults.access_denied(),
        faults.server_error(html=False),
    )
    assert refusal(client, app) == "LimitExceededException"
    with pytest.raises(ClientError, match="stream/orders because"):
        subscribe(client, app)
    assert refusal(client, app) == "InternalFailure"
    assert refusal(client, app) == "accepted"


@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_subscription_is_reset(kinesis: LocalKinesis, client: Any, app: str, after: int) -> None:
    """Behind so many events with records the connection breaks, without waiting for more."""
    kinesis.faults.script("SubscribeToShard", faults.subscription_reset(after=after))
    read = []
    with pytest.raises(BROKEN), subscribed(client, app, SHARD) as events:
        for number in range(after):
            put(client, b"%d" % number)
            read += data_of(events, 1)
        list(events)
    assert read == [b"%d" % number for number in range(after)]


def test_a_reset_is_a_reset(kinesis: LocalKinesis, app: str) -> None:
    """The client of it sees its connection reset, not closed."""
    kinesis.faults.script("SubscribeToShard", faults.subscription_reset(after=0))
    asked = {"ConsumerARN": app, "ShardId": SHARD, "StartingPosition": {"Type": "LATEST"}}
    with pytest.raises(ConnectionResetError):
        post(kinesis, "SubscribeToShard", json.dumps(asked))


def test_a_subscription_fails(kinesis: LocalKinesis, client: Any, app: str) -> None:
    """Its last event is the exception that was asked for."""
    kinesis.faults.script(
        "SubscribeToShard",
        faults.subscription_exception(),
        faults.subscription_exception("KMSDisabledException", "no key", after=0),
    )
    put(client, b"one")
    with subscribed(client, app, SHARD) as events:
        assert data_of(events, 1) == [b"one"]
        assert last_words(events) == ("InternalFailureException", "Internal Service Failure")
    kinesis.split_shard("orders", shard_id=SHARD)
    with subscribed(client, app, "shardId-000000000001") as events:
        assert last_words(events) == ("KMSDisabledException", "no key")


def test_a_subscription_ends_early(kinesis: LocalKinesis, client: Any, app: str) -> None:
    """Without a word, as if its time were over; nobody else may begin for five seconds."""
    kinesis.faults.script("SubscribeToShard", faults.subscription_ended(after=2))
    with subscribed(client, app, SHARD) as events:
        for data in (b"one", b"two"):
            put(client, data)
            assert data_of(events, 1) == [data]
        assert list(events) == []
    assert refusal(client, app) == IN_USE


def test_a_subscription_is_garbled(kinesis: LocalKinesis, client: Any, app: str) -> None:
    """A checksum is wrong behind so many events with records."""
    kinesis.faults.script("SubscribeToShard", faults.subscription_garbled())
    with subscribed(client, app, SHARD) as events:
        put(client, b"one")
        assert data_of(events, 1) == [b"one"]
        put(client, b"two")
        with pytest.raises(ChecksumMismatch):
            next(events)


def test_a_refused_subscription_does_not_break(kinesis: LocalKinesis, client: Any) -> None:
    """What the service refuses is refused, also where a fault waits for a subscription."""
    kinesis.faults.always("SubscribeToShard", faults.subscription_ended(after=0))
    assert refusal(client, f"{STREAM}/consumer/app:1") == "ResourceNotFoundException"


def test_a_fault_of_ones_own_sees_the_events(kinesis: LocalKinesis, client: Any, app: str) -> None:
    """It may change them, or send bytes of its own between them."""

    def fault(request: faults.Request, proceed: faults.Proceed) -> faults.Response:
        def doubled(events: Iterator[faults.Event | bytes]) -> Iterator[faults.Event | bytes]:
            for event in events:
                yield event
                if isinstance(event, faults.Event) and event.has_records:
                    yield event

        response = proceed()
        assert response.events is not None
        return faults.Response(content_type=response.content_type, events=doubled(response.events))

    kinesis.faults.script("SubscribeToShard", fault)
    put(client, b"one")
    with subscribed(client, app, SHARD) as events:
        assert data_of(events, 2) == [b"one", b"one"]


def test_a_subscription_that_drips(kinesis: LocalKinesis, client: Any, app: str) -> None:
    """Byte by byte it is whole in the end."""
    kinesis.faults.script("SubscribeToShard", faults.drip(pause=1e-6, committed=True))
    put(client, b"one")
    with subscribed(client, app, SHARD) as events:
        assert data_of(events, 1) == [b"one"]


def test_a_waiting_subscription_is_reset_by_the_proxy(
    kinesis: LocalKinesis, client: Any, app: str
) -> None:
    """A subscription is carried like any other traffic, and broken at any time."""
    with (
        FaultProxy(kinesis.endpoint_url) as proxy,
        client_of(kinesis, proxy) as through,
        subscribed(through, app, SHARD) as events,
    ):
        next(events)
        put(client, b"one")
        assert data_of(events, 1) == [b"one"]
        proxy.reset()
        with pytest.raises(BROKEN):
            list(events)


class Reader:
    """A consumer that reads every shard, parents before children, through whatever happens.

    Args:
        client: of the service.
        arn: the consumer's.
    """

    def __init__(self, client: Any, arn: str) -> None:
        self._client = client
        self._arn = arn
        self.read: dict[str, list[bytes]] = {}
        self.ended: set[str] = set()
        self._continuations: dict[str, str] = {}
        self._parents: dict[str, list[str]] = {SHARD: []}

    def ready(self) -> list[str]:
        """The shards that may be read now."""
        return [
            shard
            for shard, parents in self._parents.items()
            if shard not in self.ended and self.ended.issuperset(parents)
        ]

    def visit(self, shard: str) -> str:
        """Read it until the subscription ends; how it ended."""
        number = self._continuations.get(shard)
        start = (
            {"kind": "TRIM_HORIZON"}
            if number is None
            else {"kind": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": number}
        )
        try:
            with subscribed(self._client, self._arn, shard, **start) as events:
                for event in events:
                    self._take(shard, event)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        except (ChecksumMismatch, *BROKEN) as error:
            return type(error).__name__
        return "end"

    def _take(self, shard: str, event: dict[str, Any]) -> None:
        self.read.setdefault(shard, []).extend(r["Data"] for r in event["Records"])
        if "ContinuationSequenceNumber" in event:
            self._continuations[shard] = event["ContinuationSequenceNumber"]
            return
        self.ended.add(shard)
        for child in event["ChildShards"]:
            self._parents[child["ShardId"]] = child["ParentShards"]


def test_nothing_is_lost_or_doubled() -> None:
    """Through splits, merges, expiries and faults, going on AFTER the continuation each time."""
    breaking = {
        "reset": faults.subscription_reset(after=1),
        "exception": faults.subscription_exception(after=1),
        "ended": faults.subscription_ended(after=0),
        "garbled": faults.subscription_garbled(after=1),
        "throttled": faults.throttled(),
    }
    brief = LocalKinesis(subscription_life=0.02, event_period=0.005)
    with brief as kinesis, client_of(kinesis) as client, client_of(kinesis) as other:
        kinesis.create_stream("orders")
        arn = kinesis.register_consumer("orders", consumer="app")
        mixture = faults.mixed(11, rate=0.3, classes=breaking)
        kinesis.faults.always("SubscribeToShard", mixture)
        writer = threading.Thread(target=_write, args=(kinesis, other))
        writer.start()
        reader, deadline = Reader(client, arn), time.monotonic() + 60
        met = set()
        while time.monotonic() < deadline:
            done = not writer.is_alive()
            met |= {reader.visit(shard) for shard in reader.ready()}
            count = sum(map(len, reader.read.values()))
            if done and count >= len(kinesis.ledger("orders")):
                break
        writer.join(30)
        written: dict[str, list[bytes]] = {}
        for record in kinesis.ledger("orders"):
            written.setdefault(record.shard_id, []).append(record.data)
    assert {shard: data for shard, data in reader.read.items() if data} == written
    assert len(reader.ended) > 10
    assert {"end", "EventStreamError", "ChecksumMismatch"} & met
    assert set(mixture.dealt) == set(breaking)


def _write(kinesis: LocalKinesis, client: Any) -> None:
    """400 records, and a change of shards behind every 20 of them."""
    dice = random.Random(5)
    for number in range(400):
        put(client, b"%d" % number, key=str(dice.random()))
        if number % 20:
            continue
        shards = kinesis.open_shards("orders")
        if len(shards) > 1 and dice.random() < 0.6:
            index = dice.randrange(len(shards) - 1)
            kinesis.merge_shards("orders", shard_id=shards[index], adjacent_id=shards[index + 1])
        else:
            kinesis.split_shard("orders", shard_id=dice.choice(shards))
