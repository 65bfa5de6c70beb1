"""What is found out by itself, what is only done when asked for, and what is too much."""

from __future__ import annotations

import gzip

import pytest

import kinesis_producer
from kinesis_producer import ConfigError, CorruptAggregate, ReadLimits, UserRecord, deaggregate
from kinesis_producer.core.compression import GZIP, compression_of
from kinesis_producer.core.deaggregation import Deaggregator
from kinesis_producer.core.formats.kpl import aggregated
from kinesis_producer.core.formats.packed import PackedFormat, packed
from kinesis_producer.core.hash_keys import uniform_ranges
from kinesis_producer.records import NO_KEYS

LOWER, UPPER = uniform_ranges(2)
PAIR = [(b"a", "k", "0"), (b"b", "k", "1")]
TORN = [*PAIR, (b"c", "k", str(UPPER.last))]


@pytest.mark.parametrize("told", ["delimiter", "none", "msgpack", "kpl", None])
@pytest.mark.parametrize("write", [aggregated, packed])
def test_aggregates_that_say_what_they_are_are_believed(write, told):
    """Whatever else is said of the stream: several producers may write to it."""
    found = deaggregate(write(PAIR), aggregation=told)
    assert [record[:3] for record in found] == PAIR


def test_delimiters_are_taken_off_only_when_asked_for():
    """A record may hold them."""
    assert deaggregate(b"a\nb\n", partition_key="k") == [UserRecord(b"a\nb\n", "k")]
    expected = [UserRecord(b"a", "k", "7"), UserRecord(b"b", "k", "7", 1)]
    told = {"aggregation": "delimiter", "partition_key": "k", "explicit_hash_key": "7"}
    assert deaggregate(b"a\nb\n", **told) == expected  # type: ignore[arg-type]
    assert deaggregate(b"a||b||", record_delimiter="||", **told) == expected  # type: ignore[arg-type]


def test_a_gzip_payload_of_the_users_comes_back_as_it_was_sent():
    """Only where compression is asked for it is taken off."""
    payload = gzip.compress(b"own", mtime=0)
    assert deaggregate(payload) == [UserRecord(payload)]
    assert deaggregate(payload, aggregation="msgpack", compression="gzip") == [UserRecord(payload)]
    assert deaggregate(payload, compression="gzip") == [UserRecord(b"own")]
    with pytest.raises(CorruptAggregate, match="cannot be decompressed"):
        deaggregate(b"own", compression="gzip")


def test_bytes_like_data_is_read():
    """As boto3 and Lambda hand it over."""
    assert deaggregate(bytearray(b"x")) == deaggregate(memoryview(b"x")) == [UserRecord(b"x")]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("aggregation", {"aggregation": "zip"}),
        ("aggregation", {"aggregation": []}),
        ("record_delimiter", {"record_delimiter": b""}),
        ("compression", {"compression": "lzma"}),
        ("compression", {"compression": "lzma", "aggregation": "msgpack"}),
        ("compression", {"compression": "gzip", "aggregation": "kpl"}),
    ],
)
def test_an_argument_that_cannot_be_is_named(name, wrong):
    """By a ConfigError, before anything is read."""
    with pytest.raises(ConfigError, match=f"^{name}: "):
        deaggregate(b"", **wrong)


@pytest.mark.parametrize("wrong", [5, [1, 2], "text", None])
def test_data_has_to_be_bytes_like(wrong):
    """A number would be so many zeros."""
    with pytest.raises(TypeError):
        deaggregate(wrong)
    with pytest.raises(TypeError):
        kinesis_producer.Deaggregator().read(wrong)


@pytest.mark.parametrize("name", ["records", "size", "ratio"])
@pytest.mark.parametrize("wrong", [-1, 10**30, 1.5, "x"])
def test_a_limit_that_cannot_be_is_named(name, wrong):
    """To zlib, one below nothing is no limit at all."""
    with pytest.raises(ConfigError, match=f"^{name}: "):
        ReadLimits(**{name: wrong})


def test_exactly_so_many_records_with_keys_of_their_own_are_read():
    """With two keys each, which are fields of the message, too."""
    rows = [(b"x", f"key-{number}", str(number)) for number in range(500)]
    assert len(deaggregate(aggregated(rows), limits=ReadLimits(records=500))) == 500
    with pytest.raises(CorruptAggregate, match="more than 499 records"):
        deaggregate(aggregated(rows), limits=ReadLimits(records=499))


def test_hash_ranges_may_be_as_list_shards_writes_them():
    """In decimal."""
    reader = kinesis_producer.Deaggregator(kcl_range_check=True)
    found = reader.read(aggregated(PAIR), hash_range=(str(LOWER.first), str(LOWER.last)))
    assert len(found) == 2


def test_an_aggregate_across_shards_is_counted():
    """The KCL would drop it without a word; who asks for that gets it."""
    reader = Deaggregator()
    assert len(reader.read(aggregated(PAIR), NO_KEYS, LOWER)) == 2
    assert reader.misplaced == 0
    assert len(reader.read(aggregated(TORN), NO_KEYS, LOWER)) == 3
    assert reader.misplaced == 1
    strict = Deaggregator(kcl_range_check=True)
    assert list(strict.read(aggregated(TORN), NO_KEYS, LOWER)) == []
    assert len(strict.read(aggregated(TORN), NO_KEYS)) == 3
    assert strict.misplaced == 1


def test_it_is_warned_of_once(caplog):
    """A stream of them would fill the log."""
    reader = kinesis_producer.Deaggregator(kcl_range_check=True)
    for _ in range(3):
        assert list(reader.read(aggregated(TORN), hash_range=(LOWER.first, LOWER.last))) == []
    assert len(reader.read(aggregated(PAIR), hash_range=(LOWER.first, LOWER.last))) == 2
    assert len(reader.read(aggregated(TORN))) == 3
    assert reader.misplaced == 3
    assert caplog.text.count("belong to another shard") == 1


def test_a_reader_is_told_as_a_producer_is():
    """By the keys of one configuration."""
    told = {"aggregation": "delimiter", "record_delimiter": "|", "compression": "gzip"}
    reader = kinesis_producer.Deaggregator(**told, limits=ReadLimits(records=2))  # type: ignore[arg-type]
    found = reader.read(gzip.compress(b"a|b|"), partition_key="k", explicit_hash_key="1")
    assert found == [UserRecord(b"a", "k", "1"), UserRecord(b"b", "k", "1", 1)]
    with pytest.raises(CorruptAggregate):
        reader.read(gzip.compress(b"a|b|c|"))


def test_partition_keys_are_hashed_for_that():
    """Where there is no explicit hash key."""
    reader = Deaggregator(kcl_range_check=True)
    blob = aggregated([(b"x", "a", None), (b"y", "a", None)])  # MD5 of "a" is 0cc1...
    assert len(reader.read(blob, NO_KEYS, LOWER)) == 2
    assert list(reader.read(blob, NO_KEYS, UPPER)) == []


@pytest.mark.parametrize(
    "blob", [aggregated([(b"", "k", None)] * 3), packed([(b"", "k", None)] * 3), b"\n\n\n"]
)
def test_records_are_limited(blob):
    """One more than there may be is one too many."""
    assert len(deaggregate(blob, aggregation="delimiter", limits=ReadLimits(records=3))) == 3
    with pytest.raises(CorruptAggregate, match="2"):
        deaggregate(blob, aggregation="delimiter", limits=ReadLimits(records=2))


@pytest.mark.parametrize("limits", [ReadLimits(size=999), ReadLimits(ratio=5)])
def test_what_comes_out_of_a_decompressor_is_limited(limits):
    """By bytes, and by how many times as many there are."""
    form = PackedFormat(compression_of(GZIP), GZIP)
    blob = form.encode([b"x" * 1000], NO_KEYS, "k")
    assert len(deaggregate(blob)) == 1
    with pytest.raises(CorruptAggregate, match="come out of"):
        deaggregate(blob, limits=limits)
    with pytest.raises(CorruptAggregate, match="come out of"):
        deaggregate(gzip.compress(b"x" * 1000), compression="gzip", limits=limits)
