"""Bodies of PutRecords requests: what a reader of JSON or CBOR finds in them is what was to go."""

from __future__ import annotations

import base64
import ctypes
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer.core import cbor
from kinesis_producer.core.bodies import WIRE_FORMATS, CborFormat, JsonFormat, wire_format
from kinesis_producer.core.entries import Entry
from kinesis_producer.core.put_records import read_body
from kinesis_producer.records import Accepted, Failure

STREAM = {"StreamName": "orders"}
keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300)
hash_keys = st.none() | st.integers(0, 2**128 - 1).map(str)
#: Of few keys, so that neighbours share some of them.
few_keys = st.sampled_from(["k", "ü"])
#: Also as large as is written piece by piece.
data = st.binary(max_size=400) | st.builds(
    lambda more, filling: filling * (48 * 1024 + more),
    st.integers(-4, 50_000),
    st.binary(min_size=1, max_size=1),
)
entries = st.lists(
    st.builds(Entry, data, keys | few_keys, hash_keys | st.sampled_from("17")), max_size=20
)
#: What the body before has left there.
memories = st.integers(0, 200_000).map(lambda size: bytearray(b"?" * size))


def in_lots(given_entries):
    """As they come: some at a time."""
    return [given_entries[start : start + 3] for start in range(0, len(given_entries), 3)]


def as_boto3_has_them(given_entries):
    """The parameter of put_records."""
    return [entry.named() for entry in given_entries]


@given(entries, memories)
def test_json_says_what_boto3_would_say(given_entries, memory):
    """The same members, and data in base64."""
    told = json.loads(JsonFormat().body(STREAM, in_lots(given_entries), memory))
    for one in told["Records"]:
        one["Data"] = base64.b64decode(one["Data"], validate=True)
    assert told == {**STREAM, "Records": as_boto3_has_them(given_entries)}


@given(entries, memories)
def test_cbor_says_it_too(given_entries, memory):
    """With data as it is."""
    told = cbor.loads(bytes(CborFormat().body(STREAM, in_lots(given_entries), memory)))
    assert told == {**STREAM, "Records": as_boto3_has_them(given_entries)}


@pytest.mark.parametrize("name", WIRE_FORMATS)
@given(given_entries=entries)
def test_entries_are_read_back(name, given_entries):
    """Which is how a request is said again in the other format."""
    form = wire_format(name)
    stream = {"StreamARN": "arn:aws:kinesis:us-east-1:1:stream/ü"}
    assert form.read(form.body(stream, in_lots(given_entries), bytearray())) == given_entries


@pytest.mark.parametrize("name", WIRE_FORMATS)
def test_many_small_entries_are_put_together(name):
    """As many as a request may have."""
    made = [Entry(b"%d" % number, f"k{number % 7}", None) for number in range(500)]
    form = wire_format(name)
    assert form.read(form.body(STREAM, [made], bytearray())) == made


@pytest.mark.parametrize("name", WIRE_FORMATS)
def test_a_body_of_the_same_size_takes_no_other_memory(name):
    """What the system has to clear for each request costs more than anything else."""
    made = [Entry(b"x" * 200_000, "k", None)]
    form = wire_format(name)
    memory = bytearray()
    first = form.body(STREAM, [made], memory)
    address = ctypes.addressof(ctypes.c_char.from_buffer(first))
    again = form.body(STREAM, [made], memory)
    assert again is memory
    assert ctypes.addressof(ctypes.c_char.from_buffer(again)) == address


def test_cbor_is_smaller_and_holds_the_data_once():
    """A quarter less on the wire."""
    made = [Entry(b"x" * 30_000, "k", None)]
    sizes = {
        name: len(wire_format(name).body(STREAM, [made], bytearray())) for name in WIRE_FORMATS
    }
    assert 30_000 < sizes["cbor"] < 30_100
    assert 40_000 < sizes["json"] < 40_200


ANSWER = {"FailedRecordCount": 0, "Records": [{"SequenceNumber": "7", "ShardId": "s"}]}


@pytest.mark.parametrize(
    "body",
    [json.dumps(ANSWER).encode(), json.dumps(ANSWER, indent=1).encode(), b" \n{}"],
)
def test_an_answer_in_json_is_read(body):
    """Whatever was sent."""
    read = read_body(body, 1)
    assert read == [Accepted("s", "7")] or getattr(read, "code", None) == "MalformedAnswer"


def test_an_answer_in_cbor_is_read():
    """A map of text, as AWS writes it."""
    body = bytes.fromhex(
        "bf7146 61696c65645265636f7264436f756e74 00 675265636f726473 9f"
        "bf 6e53657175656e63654e756d626572 6137 6753686172644964 6173 ff ff ff".replace(" ", "")
    )
    assert read_body(body, 1) == [Accepted("s", "7")]


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{", b'{"Records": [', b"\xbf", b"\xff", b"[" * 5000, b"\x00\x00"]
)
def test_what_cannot_be_read_is_no_answer(body):
    """Nobody knows what became of the records then."""
    read = read_body(body, 1)
    assert isinstance(read, Failure)
    assert read.code == "MalformedAnswer"
