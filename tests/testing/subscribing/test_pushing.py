"""SubscribeToShard over HTTP: what is pushed, read with boto3.

Here no event comes because time has passed: what comes was pushed.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer.limits import MIB
from kinesis_producer.testing import LocalKinesis
from tests.testing.clients import (
    client_of,
    code_of,
    data_of,
    message_of,
    raw_connection,
    shards_of,
    subscribed,
)
from tests.testing.subscribing.conftest import NEVER, SHARD

if TYPE_CHECKING:
    from tests.testing.clock import Clock


def put(client: Any, *data: bytes, key: str = "k") -> list[str]:
    records = [{"Data": one, "PartitionKey": key} for one in data]
    answer = client.put_records(StreamName="orders", Records=records)
    return [entry["SequenceNumber"] for entry in answer["Records"]]


def test_what_is_there_is_pushed(client: Any, app: str) -> None:
    """The first event has the records that there are, as GetRecords writes them."""
    numbers = put(client, b"\x00\xff", b"two", key="é")
    with subscribed(client, app, SHARD) as events:
        event = next(events)
    assert [record["Data"] for record in event["Records"]] == [b"\x00\xff", b"two"]
    assert [record["SequenceNumber"] for record in event["Records"]] == numbers
    assert event["Records"][0]["PartitionKey"] == "é"
    assert event["Records"][0]["ApproximateArrivalTimestamp"].timestamp() == 1_700_000_000
    assert event["ContinuationSequenceNumber"] == numbers[-1]
    assert event["MillisBehindLatest"] == 0
    assert "ChildShards" not in event


def test_what_comes_is_pushed_at_once(client: Any, app: str) -> None:
    """A subscriber that waits is woken by a put, not by the time."""
    with subscribed(client, app, SHARD, "LATEST") as events:
        assert next(events)["Records"] == []
        for number in range(20):
            put(client, b"%d" % number)
            assert data_of(events, 1) == [b"%d" % number]


def test_a_subscription_has_begun_when_it_is_answered(client: Any, app: str) -> None:
    """LATEST gives everything that is put once the answer is there."""
    put(client, b"old")
    with subscribed(client, app, SHARD, "LATEST") as events:
        put(client, b"new")
        assert data_of(events, 1) == [b"new"]


def test_the_five_starting_positions(kinesis: LocalKinesis, client: Any, clock: Clock) -> None:
    """Each begins where its documentation says."""
    numbers = []
    for n in range(5):
        numbers += put(client, b"%d" % n)
        clock.advance(10)

    def first(kind: str, **more: Any) -> bytes:
        arn = kinesis.register_consumer("orders", consumer=f"by-{kind}")
        with subscribed(client, arn, SHARD, kind, **more) as events:
            return b"".join(record["Data"] for record in next(events)["Records"])

    assert first("TRIM_HORIZON") == b"01234"
    assert first("AT_SEQUENCE_NUMBER", SequenceNumber=numbers[2]) == b"234"
    assert first("AFTER_SEQUENCE_NUMBER", SequenceNumber=numbers[2]) == b"34"
    assert first("LATEST") == b""
    assert first("AT_TIMESTAMP", Timestamp=1_700_000_020) == b"234"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"StartingPosition": {"Type": "AT_SEQUENCE_NUMBER"}}, "InvalidArgumentException"),
        (
            {"StartingPosition": {"Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": "5"}},
            "InvalidArgumentException",
        ),
        (
            {"StartingPosition": {"Type": "LATEST", "SequenceNumber": "5"}},
            "InvalidArgumentException",
        ),
        (
            {"StartingPosition": {"Type": "AT_SEQUENCE_NUMBER", "SequenceNumber": "a"}},
            "ValidationException",
        ),
        ({"StartingPosition": {"Type": "AT_TIMESTAMP"}}, "InvalidArgumentException"),
        (
            {"StartingPosition": {"Type": "AT_TIMESTAMP", "Timestamp": 1_700_000_001}},
            "InvalidArgumentException",
        ),
        ({"StartingPosition": {"Type": "OTHER"}}, "ValidationException"),
        ({"StartingPosition": {}}, "ValidationException"),
        ({"ShardId": "shardId-000000000009"}, "ResourceNotFoundException"),
        (
            {"ConsumerARN": "arn:aws:kinesis:us-east-1:000000000000:stream/orders/consumer/me:1"},
            "ResourceNotFoundException",
        ),
        (
            {"ConsumerARN": "arn:aws:kinesis:us-east-1:000000000000:stream/no/consumer/app:1"},
            "ResourceNotFoundException",
        ),
        ({"ConsumerARN": "app"}, "ValidationException"),
        ({"DryRun": True}, "DryRunOperationException"),
    ],
)
def test_a_wrong_subscription(client: Any, app: str, arguments: Any, code: str) -> None:
    """It is refused as a whole, as HTTP, and keeps nobody from subscribing rightly."""
    usual = {"ConsumerARN": app, "ShardId": SHARD, "StartingPosition": {"Type": "LATEST"}}
    assert code_of(client.subscribe_to_shard, **{**usual, **arguments}) == code
    with subscribed(client, app, SHARD) as events:
        assert next(events)["Records"] == []


def test_a_consumer_must_be_active(slow_kinesis: LocalKinesis, slow_client: Any) -> None:
    """While it is CREATING, and while it is DELETING, it is in use."""
    slow_kinesis.create_stream("orders")
    stream = "arn:aws:kinesis:us-east-1:000000000000:stream/orders"
    registered = slow_client.register_stream_consumer(StreamARN=stream, ConsumerName="app")
    asked = {
        "ConsumerARN": registered["Consumer"]["ConsumerARN"],
        "ShardId": SHARD,
        "StartingPosition": {"Type": "LATEST"},
    }
    assert code_of(slow_client.subscribe_to_shard, **asked) == "ResourceInUseException"
    assert message_of(slow_client.subscribe_to_shard, **asked) == (
        "Consumer app with creation timestamp 1700000000 under stream: orders , account "
        "000000000000 is not in ACTIVE status."
    )
    slow_client.deregister_stream_consumer(ConsumerARN=asked["ConsumerARN"])
    assert code_of(slow_client.subscribe_to_shard, **asked) == "ResourceInUseException"


def test_every_subscriber_has_everything(kinesis: LocalKinesis, client: Any, app: str) -> None:
    """Two consumers of a shard do not take from each other."""
    other = kinesis.register_consumer("orders", consumer="other")
    with subscribed(client, app, SHARD) as mine, subscribed(client, other, SHARD) as theirs:
        put(client, b"one", b"two")
        assert data_of(mine, 2) == data_of(theirs, 2) == [b"one", b"two"]


def test_a_subscriber_has_its_shard_alone(kinesis: LocalKinesis, client: Any) -> None:
    """Each record is pushed to the subscriber of the shard where it landed."""
    kinesis.create_stream("wide", shards=2)
    arn = kinesis.register_consumer("wide", consumer="app")
    records = [{"Data": b"%d" % n, "PartitionKey": str(n)} for n in range(50)]
    with (
        subscribed(client, arn, SHARD) as left,
        subscribed(client, arn, "shardId-000000000001") as right,
    ):
        client.put_records(StreamName="wide", Records=records)
        landed = [record.shard_id for record in kinesis.ledger("wide")]
        data = [data_of(left, landed.count(SHARD)), data_of(right, 50 - landed.count(SHARD))]
    for shard, found in zip((SHARD, "shardId-000000000001"), data, strict=True):
        assert found == [r.data for r in kinesis.ledger("wide") if r.shard_id == shard]


def test_large_records_come_in_several_events(client: Any, app: str) -> None:
    """An event ends before the record that would bring it over 2 MiB; it has one at least."""
    for _ in range(5):
        put(client, bytes(MIB - 1))
    with subscribed(client, app, SHARD) as events:
        first = [next(events) for _ in range(3)]
    assert [len(event["Records"]) for event in first] == [2, 2, 1]
    assert [event["MillisBehindLatest"] for event in first] == [1, 1, 0]


def test_the_largest_record_is_pushed(kinesis: LocalKinesis, client: Any) -> None:
    """One of 10 MiB is an event of its own, which boto3 takes."""
    kinesis.create_stream("large", record_size=10 * MIB)
    arn = kinesis.register_consumer("large", consumer="app")
    data = bytes(10 * MIB - 1)
    client.put_record(StreamName="large", Data=data, PartitionKey="k")
    with subscribed(client, arn, SHARD) as events:
        assert data_of(events, 1) == [data]


def test_a_split_ends_its_parent(kinesis: LocalKinesis, client: Any, app: str) -> None:
    """All records come first, even the last one; then the children, no number, and the end."""
    with subscribed(client, app, SHARD) as events:
        next(events)
        put(client, b"last")
        kinesis.split_shard("orders", shard_id=SHARD)
        put(client, b"later")
        rest = list(events)
    *before, end = rest
    assert [r["Data"] for event in rest for r in event["Records"]] == [b"last"]
    assert all("ChildShards" not in event for event in before)
    assert "ContinuationSequenceNumber" not in end
    assert end["MillisBehindLatest"] == 0
    children = shards_of(client, "orders")[1:]
    assert end["ChildShards"] == [
        {"ShardId": c["ShardId"], "ParentShards": [SHARD], "HashKeyRange": c["HashKeyRange"]}
        for c in children
    ]


def test_a_split_wakes_a_subscriber(kinesis: LocalKinesis, client: Any, app: str) -> None:
    """One that waits for records learns of the end at once."""
    with subscribed(client, app, SHARD) as events:
        next(events)
        kinesis.split_shard("orders", shard_id=SHARD)
        (end,) = events
    assert [child["ShardId"][-1] for child in end["ChildShards"]] == ["1", "2"]


def test_a_merge_ends_both_parents(kinesis: LocalKinesis, client: Any) -> None:
    """Each of them names the one child and both its parents."""
    kinesis.create_stream("wide", shards=2)
    arn = kinesis.register_consumer("wide", consumer="app")
    shards = [SHARD, "shardId-000000000001"]
    with subscribed(client, arn, shards[0]) as left, subscribed(client, arn, shards[1]) as right:
        next(left)
        next(right)
        kinesis.merge_shards("wide", shard_id=shards[0], adjacent_id=shards[1])
        (ended,), (as_well,) = left, right
    assert ended["ChildShards"] == as_well["ChildShards"]
    (child,) = ended["ChildShards"]
    assert (child["ShardId"], child["ParentShards"]) == ("shardId-000000000002", shards)


@pytest.mark.parametrize("kind", ["TRIM_HORIZON", "LATEST"])
def test_a_closed_shard_has_its_end_again(
    kinesis: LocalKinesis, client: Any, app: str, kind: str
) -> None:
    """Whoever subscribes to it is told its children, wherever they begin."""
    put(client, b"last")
    kinesis.split_shard("orders", shard_id=SHARD)
    with subscribed(client, app, SHARD, kind) as events:
        (end,) = events
    assert [r["Data"] for r in end["Records"]] == ([b"last"] if kind == "TRIM_HORIZON" else [])
    assert len(end["ChildShards"]) == 2
    assert "ContinuationSequenceNumber" not in end


def test_a_split_that_takes_its_time_wakes_a_subscriber() -> None:
    """UPDATING ends while nobody asks for the stream but the subscriber."""
    with (
        LocalKinesis(state_delay=0.05, event_period=NEVER) as kinesis,
        client_of(kinesis) as client,
    ):
        kinesis.create_stream("orders")
        arn = kinesis.register_consumer("orders", consumer="app")
        with subscribed(client, arn, SHARD) as events:
            next(events)
            client.split_shard(
                StreamName="orders", ShardToSplit=SHARD, NewStartingHashKey=str(2**127)
            )
            (end,) = events
    assert len(end["ChildShards"]) == 2


def test_a_child_begins_where_its_parent_ended(
    kinesis: LocalKinesis, client: Any, app: str
) -> None:
    """TRIM_HORIZON of the children gives what was put since, and nothing of before."""
    put(client, b"before")
    kinesis.split_shard("orders", shard_id=SHARD)
    put(client, b"after")
    (landed,) = {r.shard_id for r in kinesis.ledger("orders") if r.data == b"after"}
    with subscribed(client, app, landed) as events:
        assert data_of(events, 1) == [b"after"]


def test_the_continuation_is_where_to_go_on(
    kinesis: LocalKinesis, client: Any, app: str, clock: Clock
) -> None:
    """AFTER it comes the next record: from an event with records, and from one without."""
    put(client, b"one")
    with subscribed(client, app, SHARD) as events:
        with_records = next(events)["ContinuationSequenceNumber"]
    clock.advance(5)
    with subscribed(client, app, SHARD, "LATEST") as events:
        without = next(events)["ContinuationSequenceNumber"]
    put(client, b"two")
    for number in (with_records, without):
        clock.advance(5)
        with subscribed(
            client, app, SHARD, "AFTER_SEQUENCE_NUMBER", SequenceNumber=number
        ) as events:
            assert data_of(events, 1) == [b"two"]


def test_the_continuation_of_a_quiet_shard_moves_on(kinesis: LocalKinesis, client: Any) -> None:
    """Where nothing comes, the number is that of the stream's last record: nothing is missed."""
    kinesis.create_stream("wide", shards=2)
    numbers: list[int] = []
    for _ in range(2):
        client.put_record(
            StreamName="wide", Data=b"x", PartitionKey="k", ExplicitHashKey=str(2**128 - 1)
        )
        arn = kinesis.register_consumer("wide", consumer=f"app-{len(numbers)}")
        with subscribed(client, arn, SHARD) as events:
            numbers.append(int(next(events)["ContinuationSequenceNumber"]))
    assert numbers[0] < numbers[1]


def test_a_subscription_is_asked_for_of_its_stream(
    kinesis: LocalKinesis, client: Any, app: str
) -> None:
    """The log names the stream, which the consumer's ARN names."""
    with subscribed(client, app, SHARD):
        pass
    assert kinesis.count("SubscribeToShard", stream="orders") == 1
    assert [log.status for log in kinesis.requests] == [200]


def test_many_writers_and_a_subscriber(kinesis: LocalKinesis, client: Any, app: str) -> None:
    """What four threads put meanwhile is pushed once, in the order of the shard."""

    def write(thread: int) -> None:
        with client_of(kinesis) as own:
            for n in range(50):
                put(own, b"%d-%d" % (thread, n))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    with subscribed(client, app, SHARD) as events:
        for thread in threads:
            thread.start()
        data = data_of(events, 200)
        for thread in threads:
            thread.join(30)
    assert data == [record.data for record in kinesis.ledger("orders")]


def test_a_connection_outlives_a_subscription(kinesis: LocalKinesis, app: str) -> None:
    """Behind the last chunk of a shard that is read to its end, the next request is answered."""
    kinesis.split_shard("orders", shard_id="shardId-000000000000")
    body = (
        f'{{"ConsumerARN": "{app}", "ShardId": "shardId-000000000000", '
        '"StartingPosition": {"Type": "TRIM_HORIZON"}}'
    )
    ask = (
        "POST / HTTP/1.1\r\nContent-Type: application/x-amz-json-1.1\r\nAuthorization: x\r\n"
        f"X-Amz-Target: Kinesis_20131202.SubscribeToShard\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with raw_connection(kinesis) as sock:
        sock.sendall((ask + body).encode() * 2)
        raw = b""
        while b"HTTP/1.1 400" not in raw:
            received = sock.recv(65536)
            assert received
            raw += received
    first = raw.partition(b"HTTP/1.1 400")[0]
    assert first.startswith(b"HTTP/1.1 200 OK\r\n")
    assert first.endswith(b"\r\n0\r\n\r\n")
