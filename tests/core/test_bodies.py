"""Bodies of PutRecords requests: what a reader of JSON or CBOR finds in them is what was to go."""

from __future__ import annotations

import base64
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
entries = st.lists(
    st.builds(Entry, st.binary(max_size=400), keys | few_keys, hash_keys | st.sampled_from("17")),
    max_size=20,
)


def as_boto3_has_them(given_entries):
    """The parameter of put_records."""
    return [entry.named() for entry in given_entries]


@given(entries)
def test_json_says_what_boto3_would_say(given_entries):
    """The same members, and data in base64."""
    told = json.loads(JsonFormat().body(STREAM, given_entries))
    for one in told["Records"]:
        one["Data"] = base64.b64decode(one["Data"], validate=True)
    assert told == {**STREAM, "Records": as_boto3_has_them(given_entries)}


@given(entries)
def test_cbor_says_it_too(given_entries):
    """With data as it is."""
    told = cbor.loads(CborFormat().body(STREAM, given_entries))
    assert told == {**STREAM, "Records": as_boto3_has_them(given_entries)}


@pytest.mark.parametrize("name", WIRE_FORMATS)
@given(given_entries=entries)
def test_entries_are_read_back(name, given_entries):
    """Which is how a request is said again in the other format."""
    form = wire_format(name)
    body = form.body({"StreamARN": "arn:aws:kinesis:us-east-1:1:stream/ü"}, given_entries)
    assert form.read(body) == given_entries


def test_cbor_is_smaller_and_holds_the_data_once():
    """A quarter less on the wire."""
    made = [Entry(b"x" * 30_000, "k", None)]
    sizes = {name: len(wire_format(name).body(STREAM, made)) for name in WIRE_FORMATS}
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
