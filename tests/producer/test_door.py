"""What records and keys are let in, and what the refusal of the others says."""

from __future__ import annotations

import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer import ConfigError, InvalidRecord, InvalidRecordType, RecordTooLarge
from kinesis_producer.config import ProducerConfig
from kinesis_producer.limits import MAX_HASH_KEY, MIB, RANDOM_KEY_SIZE
from kinesis_producer.producer.door import Door
from kinesis_producer.producer.serializers import serializer_of
from kinesis_producer.producer.wiring import format_of


def door(*, serializer=None, **keys):
    config = ProducerConfig(stream_name="s", **keys)
    return Door(config, format_of(config), serializer_of(serializer))


@pytest.mark.parametrize(
    ("told", "limit"),
    [(None, MIB), (2 * MIB, 2 * MIB)],
)
def test_before_anything_is_known_of_the_stream_its_default_holds(told, limit):
    """Or what was configured."""
    checked = door(aggregation="none", max_record_size=told)
    assert checked.parcel(bytes(limit - RANDOM_KEY_SIZE))
    with pytest.raises(RecordTooLarge):
        checked.parcel(bytes(limit - RANDOM_KEY_SIZE + 1))


@pytest.mark.parametrize(
    ("told", "allowed", "limit"),
    [
        (None, 2 * MIB, 2 * MIB),
        (None, 10 * MIB, 5 * MIB),
        (2 * MIB, 10 * MIB, 2 * MIB),
        (2 * MIB, MIB, 2 * MIB),
    ],
    ids=["raised", "no more than a request", "configured", "configured, though wrong"],
)
def test_what_the_stream_allows_is_let_in(told, allowed, limit):
    """Unless it was configured, and as far as a request holds it."""
    checked = door(aggregation="none", max_record_size=told)
    checked.allow(allowed)
    assert checked.parcel(bytes(limit - RANDOM_KEY_SIZE))
    with pytest.raises(RecordTooLarge, match=f"can be {limit} bytes"):
        checked.parcel(bytes(limit - RANDOM_KEY_SIZE + 1))


def test_what_the_stream_allows_may_become_less():
    """The door follows."""
    checked = door(aggregation="none")
    checked.allow(2 * MIB)
    checked.allow(MIB)
    with pytest.raises(RecordTooLarge):
        checked.parcel(bytes(MIB))


class Text(bytes):
    """Bytes of another name."""


@pytest.mark.parametrize(
    "record",
    [b"abc", bytearray(b"abc"), memoryview(b"abc"), Text(b"abc"), array.array("B", b"abc")],
)
def test_what_is_bytes_like_becomes_bytes(record):
    """Copied where it can change."""
    data = door().parcel(record).record
    assert data == b"abc"
    assert type(data) is bytes


@pytest.mark.parametrize("record", ["abc", 5, None, {"a": 1}, [b"x"]])
def test_what_is_not_bytes_like_is_refused_by_the_name_of_its_type(record):
    """It says what to do about it."""
    with pytest.raises(InvalidRecordType, match=f"not {type(record).__name__};.*serializer"):
        door().parcel(record)


@pytest.mark.parametrize(
    ("serializer", "record", "data"),
    [
        ("json", {"a": "é"}, '{"a":"é"}'.encode()),
        ("msgpack", {"a": 1}, b"\x81\xa1a\x01"),
        ("str", 12.5, b"12.5"),
        (lambda record: bytearray(record["x"]), {"x": b"y"}, b"y"),
        ("json", b"raw", b"raw"),
    ],
)
def test_a_serializer_makes_bytes_of_the_rest(serializer, record, data):
    """Bytes go as they are."""
    assert door(serializer=serializer).parcel(record).record == data


@pytest.mark.parametrize(
    ("serializer", "record", "error"),
    [
        ("json", {1, 2}, InvalidRecord),
        ("msgpack", object(), InvalidRecord),
        ("str", "\ud800", InvalidRecord),
        (lambda _: "text", 5, InvalidRecordType),
    ],
)
def test_what_a_serializer_refuses_was_not_accepted(serializer, record, error):
    """Its error is the cause of ours."""
    with pytest.raises(error):
        door(serializer=serializer).parcel(record)


def test_an_unknown_serializer_is_a_config_error():
    """The names that there are stand in the message."""
    with pytest.raises(ConfigError, match="'json', 'msgpack', 'str'"):
        serializer_of("yaml")


def test_data_key_and_framing_share_the_record_limit():
    """At the limit it fits, one byte more and both numbers are named."""
    box = door(max_record_size=1100, buffer_size_limit=1000)
    assert len(box.parcel(b"x" * (1100 - 16 - 1)).record) == 1083
    with pytest.raises(RecordTooLarge, match=r"1084 bytes, and 16 of .* can be 1099 bytes"):
        box.parcel(b"x" * 1084)
    assert box.parcel(b"x" * 1000, "k" * 99).key_size == 99
    with pytest.raises(RecordTooLarge, match=r"1000 bytes, and 100 of partition key"):
        box.parcel(b"x" * 1000, "é" * 50)


def test_a_record_that_the_buffer_can_never_hold_is_refused():
    """Waiting for room would never end."""
    with pytest.raises(RecordTooLarge, match="max_pending_bytes allows 36"):
        door(max_pending_bytes=900).parcel(b"x" * 37)


def test_the_buffer_has_to_hold_the_key_of_a_record_too():
    """Also where the data alone would fit."""
    box = door(max_pending_bytes=1000)
    assert box.parcel(b"x" * 4, "k" * 4).charge == 1000
    with pytest.raises(RecordTooLarge, match=r"4 bytes and 5 of partition key; .* allows 8"):
        box.parcel(b"x" * 4, "k" * 5)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", "has 1 to 256 characters, not 0"),
        ("k" * 257, "has 1 to 256 characters, not 257"),
        ("\N{GRINNING FACE}" * 129, "has 1 to 256 characters, not 258"),
        ("\ud800", "cannot be encoded"),
        (b"bytes", "must be text, not bytes"),
        (5, "must be text, not int"),
    ],
)
def test_a_partition_key_that_is_not_valid_is_refused(key, message):
    """One bad entry would fail 499 neighbours."""
    with pytest.raises(InvalidRecord, match=message):
        door().parcel(b"x", key)


@pytest.mark.parametrize(
    ("given_key", "canonical"),
    [(0, "0"), (7, "7"), ("007", "7"), (MAX_HASH_KEY, str(MAX_HASH_KEY)), ("0" * 5000, "0")],
)
def test_an_explicit_hash_key_is_canonical(given_key, canonical):
    """Equal keys are equal text."""
    assert door().parcel(b"x", "k", given_key).keys.explicit_hash_key == canonical


@pytest.mark.parametrize(
    "key", [-1, MAX_HASH_KEY + 1, "-1", "1.0", "", "x", True, 2**128 * 10**400, "٣"]
)
def test_an_explicit_hash_key_out_of_range_is_refused(key):
    """It says what it has to be."""
    with pytest.raises(InvalidRecord, match="from 0 to 2"):
        door().parcel(b"x", None, key)


def test_a_record_with_the_delimiter_is_refused_where_so_configured():
    """And let in by default."""
    assert door().parcel(b"a\n").record == b"a\n"
    with pytest.raises(InvalidRecord, match="delimiter_in_record is 'error'"):
        door(delimiter_in_record="error").parcel(b"a\n")


@given(st.text(), st.integers() | st.text())
def test_keys_are_let_in_or_refused(partition_key, hash_key):
    """Whatever the text, there is a parcel or an InvalidRecord."""
    try:
        parcel = door().parcel(b"x", partition_key, hash_key)
    except InvalidRecord:
        return
    assert parcel.key_size == len(partition_key.encode())
