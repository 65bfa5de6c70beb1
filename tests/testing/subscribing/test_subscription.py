"""What a subscription pushes, and when: the decisions, on a time of the test's own."""

from __future__ import annotations

import threading

from kinesis_producer.limits import MIB
from kinesis_producer.testing.eventstream import exception
from kinesis_producer.testing.ledger import StoredRecord
from kinesis_producer.testing.resharding import split
from kinesis_producer.testing.stream import Moment, Stream
from kinesis_producer.testing.subscription import Subscription

SHARD = "shardId-000000000000"


def stream_of_one() -> Stream:
    stream = Stream("orders", arn="arn", owner="000000000000", created=1)
    stream.fill(1)(at(0.0))
    return stream


def at(seconds: float) -> Moment:
    return Moment(wall=seconds, monotonic=seconds)


def put(stream: Stream, size: int = 1) -> str:
    number = stream.numbers.next(0)
    record = StoredRecord(SHARD, number, "k", None, "", size, 0.0)
    stream.commit(record, shard=stream.shards[0])
    return number


def subscription_to(stream: Stream, *, throttled: bool = False) -> Subscription:
    shard = stream.shards[0]
    changed = threading.Condition(threading.Lock())
    changed.acquire()  # as the room's lock is held around every use
    return Subscription(
        stream=stream,
        shard=shard,
        changed=changed,
        position=shard.starting_number,
        began=0.0,
        until=300.0,
        throttled=throttled,
    )


def taken(subscription: Subscription, seconds: float, *, overdue: bool = False) -> int | None:
    """How many records are pushed then; None if nothing is."""
    push = subscription.take(at(seconds), overdue=overdue)
    return None if push is None else len(push.page.records)


def test_without_records_it_waits_until_an_event_is_overdue() -> None:
    """Nothing is pushed before, and nothing twice."""
    stream = stream_of_one()
    subscription = subscription_to(stream)
    assert taken(subscription, 1.0) is None
    assert taken(subscription, 1.0, overdue=True) == 0
    put(stream)
    assert taken(subscription, 1.0) == 1
    assert taken(subscription, 1.0) is None


def test_the_records_of_a_closed_shard_come_with_its_end() -> None:
    """The last push has them, and the children; then it is over."""
    stream = stream_of_one()
    subscription = subscription_to(stream)
    put(stream)
    children = split(stream, shard=stream.shards[0], at=2**127, now=at(1.0))
    push = subscription.take(at(1.0), overdue=False)
    assert push is not None
    assert (len(push.page.records), push.continuation) == (1, None)
    assert tuple(push.children) == children
    assert subscription.ending == ()
    assert taken(subscription, 1.0, overdue=True) is None


def test_the_end_of_a_shard_waits_for_all_its_records() -> None:
    """A push that is full is not the last one, even if the shard is closed already."""
    stream = stream_of_one()
    subscription = subscription_to(stream)
    for _ in range(3):
        put(stream, MIB)
    split(stream, shard=stream.shards[0], at=2**127, now=at(1.0))
    assert taken(subscription, 1.0) == 2
    assert subscription.ending is None
    assert taken(subscription, 1.0) == 1
    assert subscription.ending == ()


def test_its_time_ends_it() -> None:
    """What is there by then waits for the next subscription."""
    stream = stream_of_one()
    subscription = subscription_to(stream)
    put(stream)
    assert taken(subscription, 300.0, overdue=True) is None
    assert subscription.ending == ()


def test_the_first_end_is_the_end() -> None:
    """Later words are not said, and nothing is pushed any more."""
    stream = stream_of_one()
    subscription = subscription_to(stream)
    first = exception("First", "words")
    subscription.end(first)
    subscription.end(exception("Second", "words"))
    put(stream)
    assert subscription.ending == (first,)
    assert taken(subscription, 1.0, overdue=True) is None


def test_a_shard_pushes_two_mebibytes_a_second() -> None:
    """Where limits are enforced, records rest for as long as those before take."""
    stream = stream_of_one()
    for _ in range(3):
        put(stream, MIB)
    subscription = subscription_to(stream, throttled=True)
    assert taken(subscription, 0.0) == 2
    assert taken(subscription, 0.5, overdue=True) is None
    assert subscription.next_look(at(0.5)) == 0.5
    assert taken(subscription, 1.0) == 1
    assert subscription.next_look(at(1.5)) == 298.5
    assert taken(subscription, 1.5, overdue=True) == 0
