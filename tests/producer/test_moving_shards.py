"""All shards change between two requests: what goes again, and what does not have to."""

from __future__ import annotations

import pytest

from kinesis_producer import Deaggregator
from kinesis_producer.testing import faults
from tests.conftest import STREAM
from tests.producer.conftest import puts

KEYS = 50
RECORDS = 2_000


def key(number):
    return f"key {number % KEYS}"


@pytest.fixture
def moving(kinesis):
    """A stream whose shards double, or halve, with every fifth request."""
    steady = [lambda _, proceed: proceed()] * 4
    move = faults.moving_shards(kinesis)
    kinesis.faults.script("PutRecords", *[*steady, move] * 6)
    return kinesis


def ranges(kinesis, session):
    """First and last hash key of each shard, open or closed."""
    client = session.client("kinesis", endpoint_url=kinesis.endpoint_url)
    found = {
        shard["ShardId"]: tuple(int(end) for end in shard["HashKeyRange"].values())
        for shard in client.list_shards(StreamName=STREAM)["Shards"]
    }
    client.close()
    return {name: (min(ends), max(ends)) for name, ends in found.items()}


def read(kinesis, session, aggregation):
    """What a reader finds that drops misplaced aggregates as the KCL does, as it was committed."""
    spans = ranges(kinesis, session)
    reader = Deaggregator(aggregation=aggregation, kcl_range_check=True)
    return [
        record
        for one in kinesis.ledger(STREAM)
        for record in reader.read(
            one.data,
            partition_key=one.partition_key,
            explicit_hash_key=one.explicit_hash_key,
            hash_range=spans[one.shard_id],
        )
    ]


def send(producer, *, keyed=True):
    """Records one by one, so that they go in many requests."""
    for number in range(RECORDS):
        producer.send(b"%d" % number, partition_key=key(number) if keyed else None)
        if number % 40 == 0:
            producer.flush()


@pytest.mark.parametrize("keyed", [True, False], ids=["keyed", "keyless"])
def test_no_record_of_a_kpl_aggregate_is_thrown_away(make, moving, session, keyed):
    """An aggregate that landed where not all of it belongs goes again, and its copies count."""
    with make(aggregation="kpl", buffer_size_limit=500) as producer:
        send(producer, keyed=keyed)
    found = [int(record.data) for record in read(moving, session, None)]
    assert {*found} == {*range(RECORDS)}
    assert 0 <= len(found) - RECORDS <= producer.totals.possible_duplicates
    # without keys of their own, records belong to wherever their aggregate goes
    assert bool(producer.totals.possible_duplicates) is keyed
    assert producer.totals.delivered == RECORDS
    assert len(puts(moving)) > 30


def test_without_keys_inside_it_does_not_matter_where_they_land(make, moving, session):
    """Nothing goes again for having landed elsewhere."""
    with make(buffer_size_limit=500) as producer:
        send(producer)
    found = [int(record.data) for record in read(moving, session, "delimiter")]
    assert sorted(found) == [*range(RECORDS)]
    assert producer.totals.possible_duplicates == 0
