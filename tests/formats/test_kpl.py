"""KPL aggregates, held against two other implementations of the format."""

from __future__ import annotations

import base64
import contextlib
import io

import pytest
from aws_kinesis_agg.aggregator import RecordAggregator
from aws_kinesis_agg.deaggregator import deaggregate_records
from aws_kinesis_agg.messages_pb2 import AggregatedRecord
from google.protobuf.message import DecodeError
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer import CorruptAggregate, ReadLimits, UserRecord, deaggregate
from kinesis_producer.core.formats.kpl import (
    DIGEST_SIZE,
    MAGIC,
    KplFormat,
    _sealed,
    aggregated,
    spread,
)
from kinesis_producer.records import Keys
from tests.formats.making import hash_keys, mutated, numbered, rows, texts

#: Made by hand from the description of the format, field by field; then the MD5 of the message.
GOLDEN = bytes.fromhex(
    "f3899ac2"
    "0a 01 61"  # partition key 0: "a"
    "0a 02 c3bc"  # partition key 1: "ü"
    "12 01 30"  # explicit hash key 0: "0"
    "1a 06  08 00  1a 02 6869"  # partition key 0, "hi"
    "1a 06  08 01  10 00  1a 00"  # partition key 1, explicit hash key 0, no data
    "1a 0d  08 00  1a 00  22 07 0a 01 74 12 02 7678"  # partition key 0, no data, tag "t": "vx"
    "88b47f40b4959dcffb63f1f3edc39a80"
)

#: The same without the tag, which is only ever read.
WITHOUT_TAG = [(b"hi", "a", None), (b"", "ü", "0"), (b"", "a", None)]


def test_the_golden_aggregate_is_read():
    """Keys, hash keys, tags, and places."""
    assert deaggregate(GOLDEN) == [
        UserRecord(b"hi", "a"),
        UserRecord(b"", "ü", "0", 1),
        UserRecord(b"", "a", None, 2, (("t", "vx"),)),
    ]


def test_the_golden_aggregate_is_written():
    """Byte for byte, as far as it has no tag."""
    end = GOLDEN.index(bytes.fromhex("1a0d"))
    assert aggregated(WITHOUT_TAG) == _sealed([GOLDEN[4:end], bytes.fromhex("1a04 0800 1a00")])


def message(records, tags=()):
    """The same, made by protobuf."""
    made = AggregatedRecord()
    for number, (data, key, hash_key) in enumerate(records):
        one = made.records.add(data=data, partition_key_index=index(made.partition_key_table, key))
        if hash_key is not None:
            one.explicit_hash_key_index = index(made.explicit_hash_key_table, hash_key)
        for tag, value in tags[number : number + 1]:
            one.tags.add(key=tag, value=value)
    return made.SerializeToString()


def index(table, key):
    if key not in table:
        table.append(key)
    return list(table).index(key)


@given(rows)
def test_what_is_written_is_what_protobuf_writes(records):
    """Byte for byte, tables and all."""
    assert aggregated(records)[len(MAGIC) : -DIGEST_SIZE] == message(records)


@given(st.lists(st.binary(max_size=300), min_size=2, max_size=9), texts, st.none() | hash_keys)
def test_one_key_is_written_as_many_are(records, key, hash_key):
    """The short way makes the same bytes."""
    expected = aggregated((record, key, hash_key) for record in records)
    assert KplFormat().encode(records, Keys(key, hash_key), key) == expected


@given(rows, st.booleans())
def test_keys_of_their_own_are_written_as_protobuf_writes_them(records, spread_out):
    """Byte for byte; what has no partition key has that of the aggregate."""
    form = KplFormat(spread(7)) if spread_out else KplFormat()
    pairs = [
        Keys(key if number % 3 else None, given or "7")
        for number, (_, key, given) in enumerate(records)
    ]
    blob = form.encode_mixed([one[0] for one in records], pairs, "random")
    expected = [
        (one[0], keys[0] or "random", keys[1]) for one, keys in zip(records, pairs, strict=True)
    ]
    assert blob == _sealed([message(expected)])


@given(rows, st.lists(st.tuples(texts, texts), max_size=12))
def test_what_protobuf_writes_is_read(records, tags):
    """With tags."""
    found = deaggregate(_sealed([message(records, tags)]))
    assert [one[:4] for one in found] == [one[:4] for one in numbered(records)]
    assert [one.tags for one in found] == [
        tuple(tags[place : place + 1]) for place in range(len(records))
    ]


@given(rows)
def test_aws_kinesis_agg_reads_what_is_written(records):
    """Data, keys and hash keys; where a record has none, it reports another record's."""
    found = read_by_aws(aggregated(records))
    assert [
        (base64.b64decode(one["kinesis"]["data"]), one["kinesis"]["partitionKey"]) for one in found
    ] == [(data, key) for data, key, _ in records]
    for one, (_, _, hash_key) in zip(found, records, strict=True):
        assert hash_key in {None, one["kinesis"].get("explicitHashKey")}


@given(rows)
def test_what_aws_kinesis_agg_writes_is_read(records):
    """Data, keys and hash keys."""
    writer = RecordAggregator()
    for data, key, hash_key in records:
        writer.add_user_record(key, data, hash_key)
    found = deaggregate(writer.clear_and_get().get_contents()[2])
    assert [one[:3] for one in found] == records


def read_by_aws(blob):
    kinesis = {
        "data": base64.b64encode(blob).decode(),
        "partitionKey": "a",
        "sequenceNumber": "1",
        "kinesisSchemaVersion": "1.0",
        "approximateArrivalTimestamp": 1.0,
    }
    names = "eventVersion eventID eventSource eventName invokeIdentityArn awsRegion eventSourceARN"
    event = {"kinesis": kinesis, **dict.fromkeys(names.split(), "x")}
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        return deaggregate_records([event])


@given(rows, st.integers(0, 2**32))
def test_a_message_that_was_changed_is_read_as_protobuf_reads_it(records, seed):
    """Where protobuf finds no message there is one plain record; groups and bad text apart."""
    body = mutated(message(records), seed)
    blob = _sealed([body])
    plain = [UserRecord(blob)]
    try:
        expected = AggregatedRecord.FromString(body)
    except DecodeError:
        with contextlib.suppress(CorruptAggregate):
            assert deaggregate(blob) == plain
        return
    try:
        found = deaggregate(blob)
    except CorruptAggregate:
        return  # a key that is not there, or no number
    if found != plain:
        assert [one.data for one in found] == [one.data for one in expected.records]
        keys = [expected.partition_key_table[one.partition_key_index] for one in expected.records]
        assert [one.partition_key for one in found] == keys


@pytest.mark.parametrize(
    "body",
    [
        "08 00",  # a field of no meaning here
        "0a 01 61  1a 8401  08 00  1a ff00" + "78" * 127,  # its data's length likewise
        "0a 01 61  1a 05  08 00  1a 01 78  50 05",  # one of no meaning behind the record
        "0a 01 61  1a 09  08 00  1a 01 78  51 1122334455667788",  # eight bytes, no: too long
        "0a 01 61  1a 8400  0800  1a 00",  # a length in more bytes than it needs
        "0a 01 61  1a 0c  08 00  1a 01 78  1a 01 79  50 05 50 05",  # data twice: the last counts
    ],
)
def test_what_is_unusual_is_read_as_protobuf_reads_it(body):
    """Or is no message to both."""
    body = bytes.fromhex(body)
    blob = _sealed([body])
    try:
        expected = [one.data for one in AggregatedRecord.FromString(body).records]
    except DecodeError:
        expected = [blob]
    assert [one.data for one in deaggregate(blob)] == expected


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("0a 01 61  1a 04  08 01  1a 00", "key is missing"),
        ("0a 01 61  1a 06  08 00  10 00  1a 00", "key is missing"),
        ("0a 01 61  12 01 78  1a 06  08 00  10 00  1a 00", "no number"),
        ("0a 01 ff  1a 04  08 00  1a 00", "not UTF-8"),
        ("0a 01 61  1a 09  08 00  1a 00  22 03 0a 01 ff", "not UTF-8"),
    ],
)
def test_an_aggregate_that_makes_no_sense_is_corrupt(body, why):
    """Its digest says that it is one."""
    with pytest.raises(CorruptAggregate, match=why):
        deaggregate(_sealed([bytes.fromhex(body)]))


@pytest.mark.parametrize(
    "blob",
    [
        b"",
        MAGIC,
        MAGIC + b"x" * 16,
        GOLDEN[:-1] + b"x",
        GOLDEN[:-1],
        b"x" + GOLDEN[1:],
        _sealed([bytes.fromhex("1a 05  08 00  1a 00")]),  # ends too soon
        _sealed([bytes.fromhex("1a 02  08 00")]),  # no data
        _sealed([bytes.fromhex("1a 02  1a 00")]),  # no key
        _sealed([bytes.fromhex("0b 0c")]),  # a group
        _sealed([bytes.fromhex("02 00")]),  # no field has the number 0
        _sealed([bytes.fromhex("e980808010 0000000000000000")]),  # a tag of more than 32 bits
        _sealed([bytes.fromhex("0a ffffffffffffffffffff01")]),  # no number of 64 bits
        _sealed([bytes.fromhex("0a 01 61  1a 06  08 00  1a 00  22 00")]),  # a tag without a key
    ],
)
def test_what_is_no_aggregate_is_a_record(blob):
    """As the KCL has it: magic number, digest and grammar have to be right."""
    assert deaggregate(blob) == [UserRecord(blob)]


def test_fields_are_limited():
    """Also those that mean nothing, and are left out."""
    blob = _sealed([bytes.fromhex("28 00") * 100])
    assert deaggregate(blob) == []
    with pytest.raises(CorruptAggregate, match="more fields than its limits allow"):
        deaggregate(blob, limits=ReadLimits(records=10))
