"""SubscribeToShard: an answer that goes on, pushed event by event."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from kinesis_producer.testing import iterators
from kinesis_producer.testing.eventstream import INITIAL_RESPONSE, SHARD_EVENT, Event
from kinesis_producer.testing.iterators import Start
from kinesis_producer.testing.operations.consumers import addressed
from kinesis_producer.testing.operations.reads import (
    millis_behind,
    written_child,
    written_record,
)
from kinesis_producer.testing.subscription import Push, Subscription

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kinesis_producer.testing.account import Account
    from kinesis_producer.testing.operations.call import Call
    from kinesis_producer.testing.shard import Shard
    from kinesis_producer.testing.stream import Moment, Stream

#: Seconds. Where a program has stopped the clock, what is due soon stays so.
_SHORTEST_WAIT: Final = 0.01


def subscribe_to_shard(call: Call) -> Iterator[Event]:
    """SubscribeToShard. It has begun when this returns: what is put from now on is pushed."""
    address = addressed(call)
    with call.stream_in_service(address.stream_name) as stream:
        consumer = address.find(stream)
        stream.consumers.require_active(consumer)
        now = call.account.now()
        shard = stream.shard(call.parameters["ShardId"])
        subscription = _begun(call, stream=stream, shard=shard, now=now)
        stream.consumers.attach(consumer, subscription, now=now)
    return _events(call.account, subscription)


def _begun(call: Call, *, stream: Stream, shard: Shard, now: Moment) -> Subscription:
    settings = call.account.settings
    asked = call.parameters["StartingPosition"]
    start = Start(
        asked["Type"], asked.get("SequenceNumber"), asked.get("Timestamp"), "SubscribeToShard"
    )
    return Subscription(
        stream=stream,
        shard=shard,
        changed=call.account.condition(),
        position=iterators.position(shard, stream=stream, start=start, now=now.wall),
        began=now.monotonic,
        until=now.monotonic + settings.subscription_life,
        throttled=settings.throttle,
    )


def _events(account: Account, subscription: Subscription) -> Iterator[Event]:
    """All that is said to the subscriber. Blocks between the events, without the lock."""
    yield Event(INITIAL_RESPONSE)
    overdue_at = time.monotonic()  # the first event comes at once: it says how far behind it is
    while push := _next_push(account, subscription, overdue_at=overdue_at):
        yield _written(push)
        overdue_at = time.monotonic() + account.settings.event_period
    yield from subscription.ending or ()


def _next_push(account: Account, subscription: Subscription, *, overdue_at: float) -> Push | None:
    """Block until there is something to push; None when it is over.

    Events without records keep to the time of the machine even if the program has its own: they
    are there so that nobody waits for ever, and wake those who have to look at that time again.
    """
    with subscription.changed:
        while True:
            now = account.now()
            subscription.stream.settle(now)  # perhaps nobody else asks, and a split is due
            left = overdue_at - time.monotonic()
            push = subscription.take(now, overdue=left <= 0)
            if push is not None or subscription.ending is not None:
                return push
            patience = subscription.next_look(now)
            patience = min(patience, left) if left > 0 else patience
            subscription.changed.wait(max(patience, _SHORTEST_WAIT))


def _written(push: Push) -> Event:
    content: dict[str, object] = {
        "Records": [written_record(record) for record in push.page.records],
        "ContinuationSequenceNumber": push.continuation,
        "MillisBehindLatest": millis_behind(push.page, now=push.now),
    }
    if push.children:
        content["ChildShards"] = [written_child(child) for child in push.children]
    return Event(SHARD_EVENT, content)
