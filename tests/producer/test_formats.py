"""Producers that write every format: what they send comes back, whatever the service does."""

from __future__ import annotations

import random
from typing import Any

import pytest

from kinesis_producer import Deaggregator, InvalidRecord, RecordTooLarge, Totals
from kinesis_producer.core.hash_keys import hash_key
from kinesis_producer.limits import KPL_SIZE_LIMIT, MIB
from kinesis_producer.testing import faults
from tests.conftest import STREAM
from tests.producer.conftest import puts

FORMS: dict[str, dict[str, Any]] = {
    "msgpack": {"aggregation": "msgpack"},
    "msgpack gzip": {"aggregation": "msgpack", "compression": "gzip"},
    "msgpack zstd": {"aggregation": "msgpack", "compression": "zstd", "compression_level": 3},
    "kpl": {"aggregation": "kpl"},
    "kpl constant": {"aggregation": "kpl", "container_key": "constant"},
    "kpl spread": {"aggregation": "kpl", "container_key": 8},
    "delimiter gzip": {"compression": "gzip"},
    "none zstd": {"aggregation": "none", "compression": "zstd"},
    "none, shared": {"aggregation": "none", "max_records_per_aggregate": 40},
    "none gzip, shared": {
        "aggregation": "none",
        "compression": "gzip",
        "max_records_per_aggregate": 40,
    },
}
EVERY = pytest.mark.parametrize("name", FORMS)


def reader(name):
    form = FORMS[name]
    return Deaggregator(
        aggregation=form.get("aggregation", "delimiter"),
        compression=form.get("compression"),
        kcl_range_check=True,
    )


def written(kinesis, name):
    """All user records in the stream, as the KCL would see those of the KPL."""
    reads, shards = reader(name), ranges(kinesis)
    return [
        record
        for one in kinesis.ledger(STREAM)
        for record in reads.read(
            one.data, partition_key=one.partition_key, hash_range=shards[one.shard_id]
        )
    ]


def ranges(kinesis):
    """The hash keys of the two shards."""
    first, second = kinesis.open_shards(STREAM)
    return {first: (0, 2**127 - 1), second: (2**127, 2**128 - 1)}


@EVERY
def test_what_is_sent_comes_back(make, kinesis, name):
    """With its key, from the shard that it belongs to; binary, empty, keyed and keyless."""
    sent = [(b"%d:\x00\xff" % n, (None, "a", "b")[n % 3]) for n in range(500)] + [(b"", "a")]
    with make(**FORMS[name]) as producer:
        for record, key in sent:
            producer.send(record, partition_key=key)
    found = written(kinesis, name)
    assert sorted(one.data for one in found) == sorted(record for record, _ in sent)
    keys = {record: key for record, key in sent if key is not None}
    assert all(one.partition_key == keys[one.data] for one in found if one.data in keys)
    assert producer.totals == Totals(received=501, delivered=501)


@EVERY
def test_a_mixture_of_faults_costs_no_record(make, kinesis, name):
    """Aggregates go again, some under another random key, which those of the KPL hold as well."""
    kinesis.faults.always("PutRecords", faults.mixed(7, rate=0.3))
    with make(**FORMS[name], buffer_size_limit=500, request_timeout=0.5) as producer:
        for number in range(300):
            producer.send(b"%d" % number, partition_key="k" if number % 2 else None)
    assert producer.totals.delivered == 300
    found = [one.data for one in written(kinesis, name)]
    assert set(found) == {b"%d" % number for number in range(300)}
    assert len(found) - 300 <= producer.totals.possible_duplicates


def test_explicit_hash_keys_are_kept_and_obeyed(make, kinesis):
    """In both shards."""
    for name in ("msgpack", "kpl", "kpl constant"):
        with make(**FORMS[name]) as producer:
            for number in range(20):
                hashed = 2**128 - 1 if number % 2 else 0
                producer.send(name.encode(), partition_key="k", explicit_hash_key=hashed)
    found = written(kinesis, "kpl")
    assert len(found) == 60
    assert {one.explicit_hash_key for one in found} == {"0", str(2**128 - 1)}


def test_kpl_aggregates_close_at_two_payload_units(make, kinesis):
    """Unless told otherwise, and use them up."""
    with make(aggregation="kpl") as producer:
        producer.send_many([b"x" * 100] * 2000)
    sizes = [len(one.data) for one in kinesis.ledger(STREAM)]
    assert max(sizes) <= KPL_SIZE_LIMIT
    assert sorted(sizes)[1] > 0.97 * KPL_SIZE_LIMIT  # the last one may be short
    with make(aggregation="kpl", buffer_size_limit=200_000) as producer:
        producer.send_many([b"x" * 100] * 2000)
    assert max(len(one.data) for one in kinesis.ledger(STREAM)) > 190_000


def test_firehose_is_given_500_records_at_the_most(make, kinesis):
    """It takes no more apart."""
    with make(aggregation="kpl", max_records_per_aggregate=500) as producer:
        producer.send_many([b""] * 2000)
    reads = reader("kpl")
    assert max(len(reads.read(one.data)) for one in kinesis.ledger(STREAM)) == 500


def test_a_kpl_aggregate_lies_where_its_random_key_belongs(make, kinesis):
    """The key that its records hold is that it was sent under."""
    with make(aggregation="kpl", container_key="constant") as producer:
        producer.send_many([b"a", b"b"])
    (one,) = kinesis.ledger(STREAM)
    key = reader("kpl").read(one.data)[0].partition_key
    assert one.partition_key == "a"
    assert one.explicit_hash_key == str(hash_key(str(key)))


@EVERY
def test_the_largest_record_there_is_goes_through(make, kinesis, name):
    """Exactly at the limit, of bytes that cannot be compressed; one byte more is refused."""
    noise = random.Random(7).randbytes(MIB + 10_000).replace(b"\n", b"")
    with make(**FORMS[name]) as producer:
        low, high = 0, MIB
        while low < high:  # the largest that the door lets in
            middle = (low + high + 1) // 2
            try:
                producer._door.parcel(noise[:middle], "k", None)
                low = middle
            except RecordTooLarge:
                high = middle - 1
        assert low > MIB - 5000
        producer.send(noise[:low], partition_key="k").add_done_callback(lambda _: None)
        with pytest.raises(InvalidRecord):
            producer.send(noise[: low + 1], partition_key="k")
    assert [one.data for one in written(kinesis, name)] == [noise[:low]]


def test_metrics_count_what_was_sent(make, kinesis):
    """Not what it was before it was compressed."""
    with make(compression="gzip") as producer:
        producer.send(b"x" * 50_000)
    (one,) = kinesis.ledger(STREAM)
    assert len(one.data) < 1000
    assert puts(kinesis)[-1].size < 1100
