"""Reading while shards split and merge, in every format, from three servers."""

from __future__ import annotations

import threading
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final

import pytest

from kinesis_producer import KinesisConsumer, KinesisProducer
from kinesis_producer.core.hash_keys import WHOLE_RANGE, hash_key
from kinesis_producer.core.shards import read_shard
from tests.contract.conftest import service  # noqa: F401 -- a fixture
from tests.contract.service import Service

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kinesis_producer import ConsumerRecord
    from kinesis_producer.testing import LocalKinesis

SHARDS: Final = 4
KEYS: Final = 61
RECORDS: Final = 10_000

#: Steps in which they are written; between them, shards split and merge.
STEPS: Final = 8

ALONE: Final = {"aggregation": "none"}
FORMATS: Final[dict[str, dict[str, Any]]] = {
    "delimiter": {},
    "delimiter gzip": {"compression": "gzip"},
    "none": ALONE,
    "msgpack": {"aggregation": "msgpack"},
    "kpl": {"aggregation": "kpl", "kcl_range_check": True},
}


@pytest.fixture(params=FORMATS)
def form(request) -> dict[str, Any]:
    """The keys of one format."""
    return FORMATS[request.param]


def test_resharding(kinesis: LocalKinesis, session: Any, form: dict[str, Any]) -> None:
    """Every shard splits and two merge: nothing is lost or read twice, each key keeps its order."""
    client = session.client("kinesis", endpoint_url=kinesis.endpoint_url)
    local = Service(name="local", endpoint_url=kinesis.endpoint_url, client=client)
    read_while_resharding(local, session, form, RECORDS if form != ALONE else RECORDS // 10)
    client.close()


@pytest.mark.slow
def test_resharding_on(service: Service, session: Any, form: dict[str, Any]) -> None:  # noqa: F811
    """So it is on each server, with 10,000 records in every format."""
    read_while_resharding(service, session, form, records_for(service, form))


def read_while_resharding(
    service: Service,  # noqa: F811
    session: Any,
    form: dict[str, Any],
    count: int,
) -> None:
    """Write and reshard, and judge what is read."""
    stream = service.new_stream(SHARDS)
    address = {"stream_name": stream, "endpoint_url": service.endpoint_url}
    writer = threading.Thread(
        target=write, args=(service, {**address, **form}, session, count), daemon=True
    )
    with KinesisConsumer({**address, "idle_time": 0.2, **form}, session=session) as consumer:
        writer.start()
        got = list(first(consumer, count))
        writer.join(30)
        while more := consumer.poll(1.0):  # what shards took apart was written again
            got += more
    assert len({place(one) for one in got}) == len(got)
    assert len({record.shard_id for record in got}) > 2 * SHARDS  # a child may be merged empty
    found = by_key(in_place(got, service.shards(stream)))
    assert found == {str(key): list(range(key, count, KEYS)) for key in range(KEYS)}


def records_for(service: Service, form: dict[str, Any]) -> int:  # noqa: F811
    """How many. kinesis-local takes ever longer for a Kinesis record, the more there are."""
    slow = service.name == "kinesis-local" and form == ALONE
    return RECORDS // 5 if slow else RECORDS


def first(consumer: KinesisConsumer, count: int) -> Iterator[ConsumerRecord]:
    """Until so many different ones have come."""
    got = set[bytes]()
    while len(got) < count:
        found = consumer.poll(30.0)
        assert found, f"{len(got)} of {count} came"
        got |= {record.data for record in found}
        yield from found


def write(service: Service, config: dict[str, Any], session: Any, count: int) -> None:  # noqa: F811
    """Write numbers under keys, in order, and reshard meanwhile."""
    small = {"buffer_size_limit": 400, "buffer_time_limit": 0.05, "kinesis_concurrency": 1}
    stream = config["stream_name"]
    numbers = range(count)
    with KinesisProducer({**config, **small}, session=session) as producer:
        for step in range(STEPS):
            sent = [
                producer.send(b"%d" % number, partition_key=str(number % KEYS))
                for number in numbers[step * count // STEPS : (step + 1) * count // STEPS]
            ]
            sent[len(sent) // 2].result(60)
            if step < SHARDS:
                split(service, stream, shard_number=step)
            elif step == SHARDS:
                merge(service, stream)


def split(service: Service, stream: str, *, shard_number: int) -> None:  # noqa: F811
    """Split a shard of those that were there first, in the middle."""
    shard = service.shards(stream)[shard_number]
    bounds = shard["HashKeyRange"]
    middle = (int(bounds["StartingHashKey"]) + int(bounds["EndingHashKey"]) + 1) // 2
    service.split(stream, shard["ShardId"], str(middle))


def merge(service: Service, stream: str) -> None:  # noqa: F811
    """Merge two children of different parents."""
    shards = [one for one in service.shards(stream) if is_open(one)]
    shards.sort(key=lambda one: int(one["HashKeyRange"]["StartingHashKey"]))
    service.merge(stream, shards[1]["ShardId"], shards[2]["ShardId"])


def is_open(shard: dict[str, Any]) -> bool:
    """Whether a shard takes records."""
    return "EndingSequenceNumber" not in shard["SequenceNumberRange"]


def in_place(got: list[ConsumerRecord], shards: list[dict[str, Any]]) -> list[ConsumerRecord]:
    """Without what landed in another shard than it belongs to, and was written again for that."""
    spans = {one.shard_id: one.hash_range or WHOLE_RANGE for one in map(read_shard, shards)}
    return [one for one in got if hash_key(one.partition_key or "") in spans[one.shard_id]]


def place(record: ConsumerRecord) -> tuple[str, str, int]:
    """Where it was found."""
    return record.shard_id, record.sequence_number, record.sub_sequence_number


def by_key(got: list[ConsumerRecord]) -> dict[str | None, list[int]]:
    """The numbers of each key, as they came first."""
    numbers: defaultdict[str | None, dict[int, None]] = defaultdict(dict)
    for record in got:
        numbers[record.partition_key][int(record.data)] = None
    return {key: list(found) for key, found in numbers.items()}
