"""Answers to GetRecords: pages, however they are written; and whatever else comes is malformed."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer.core.cbor_writing import dumps
from kinesis_producer.core.hash_keys import HashRange
from kinesis_producer.core.reading.answers import MalformedAnswer, read_page
from kinesis_producer.core.reading.pages import KinesisRecord
from kinesis_producer.core.shards import Shard

RECORD = {
    "SequenceNumber": "49590338271490256608559692538361571095921575989136588898",
    "ApproximateArrivalTimestamp": 1763798400.123,
    "Data": "aGVsbG8=",
    "PartitionKey": "k",
}
IN_CBOR = {**RECORD, "ApproximateArrivalTimestamp": 1763798400123, "Data": b"hello"}
CHILD = {
    "ShardId": "s-2",
    "ParentShards": ["s-1", "s-0"],
    "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "99"},
}
READ = KinesisRecord(int(str(RECORD["SequenceNumber"])), b"hello", "k", 1763798400.123)

#: No record of any answer.
BAD_RECORDS = [
    None,
    "text",
    7,
    [],
    {},
    {**RECORD, "Data": None},
    {**RECORD, "Data": 7},
    {**RECORD, "Data": "aGVsbG8"},
    {**RECORD, "Data": "aGVs bG8="},
    {**RECORD, "SequenceNumber": None},
    {**RECORD, "SequenceNumber": 4959033827149025},
    {**RECORD, "SequenceNumber": ""},
    {**RECORD, "SequenceNumber": "-5"},
    {**RECORD, "SequenceNumber": "4_9"},
    {**RECORD, "SequenceNumber": "\u0664"},
    {**RECORD, "SequenceNumber": "1" * 130},
    {**RECORD, "SequenceNumber": "1" * 5000},
    {**RECORD, "PartitionKey": 7},
    {**RECORD, "PartitionKey": ["k"]},
    {**RECORD, "ApproximateArrivalTimestamp": "yesterday"},
    {**RECORD, "ApproximateArrivalTimestamp": [1]},
    {**RECORD, "ApproximateArrivalTimestamp": True},
    {**RECORD, "ApproximateArrivalTimestamp": 1e308 * 10},
]

#: No answers.
BAD_ANSWERS = [
    None,
    7,
    "text",
    [],
    {},
    {"NextShardIterator": "n", "MillisBehindLatest": 0},
    {"Records": None, "NextShardIterator": "n"},
    {"Records": {}, "NextShardIterator": "n"},
    {"Records": "text", "NextShardIterator": "n"},
    {"Records": [], "NextShardIterator": 7},
    {"Records": [], "NextShardIterator": ""},
    {"Records": [], "NextShardIterator": "n", "MillisBehindLatest": "0"},
    {"Records": [], "NextShardIterator": "n", "MillisBehindLatest": 1.5},
    {"Records": [], "NextShardIterator": "n", "MillisBehindLatest": True},
    {"Records": [], "ChildShards": 7},
    {"Records": [], "ChildShards": ["s-1"]},
    {"Records": [], "ChildShards": [{}]},
    {"Records": [], "ChildShards": [{**CHILD, "HashKeyRange": {"StartingHashKey": "0"}}]},
    {"Records": [], "ChildShards": [{**CHILD, "HashKeyRange": 7}]},
    {"Records": [], "ChildShards": [{**CHILD, "ParentShards": 7}]},
    *({"Records": [RECORD, one], "NextShardIterator": "n"} for one in BAD_RECORDS),
]


def in_json(value):
    return json.dumps(value).encode()


@pytest.mark.parametrize("write", [in_json, dumps])
def test_a_page_is_read(write):
    """However it is written."""
    record = RECORD if write is in_json else IN_CBOR
    told = {"Records": [record, record], "NextShardIterator": "n", "MillisBehindLatest": 12}
    page = read_page(write(told))
    assert page.records == [READ, READ]
    assert (page.millis_behind, page.iterator, page.ended, page.children) == (12, "n", False, [])
    assert page.size == 12


@pytest.mark.parametrize("write", [in_json, dumps])
def test_the_end_of_a_shard_names_those_that_follow(write):
    """There is no iterator then."""
    page = read_page(write({"Records": [], "NextShardIterator": None, "ChildShards": [CHILD]}))
    assert page.ended
    assert page.iterator is None
    assert page.children == [Shard("s-2", ("s-0", "s-1"), HashRange(0, 99))]


@pytest.mark.parametrize("write", [in_json, dumps])
def test_what_may_be_missing(write):
    """How far behind, the iterator, the children; and a record's key and time."""
    bare = {"SequenceNumber": "7", "Data": "" if write is in_json else b""}
    page = read_page(write({"Records": [bare]}))
    assert page.records == [KinesisRecord(7, b"", None, 0.0)]
    assert (page.millis_behind, page.iterator, page.ended, page.children) == (0, None, True, [])
    assert read_page(write({"Records": [{**bare, "PartitionKey": None}]})).records == page.records


def test_cbor_as_some_servers_write_it():
    """With data in base64, and times in seconds."""
    page = read_page(dumps({"Records": [RECORD, IN_CBOR], "NextShardIterator": "n"}))
    assert page.records == [READ, READ]


@pytest.mark.parametrize("told", BAD_ANSWERS)
@pytest.mark.parametrize("write", [in_json, dumps])
def test_what_is_no_answer_is_malformed(write, told):
    """It is not taken for the end of a shard, say; and nothing else is raised."""
    with pytest.raises(MalformedAnswer):
        read_page(write(told))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"{",
        b"[]",
        b'{"Records":[]',
        b'{"Records":[]}}',
        b'{"Records":[],"\xff":0}',
        b"[" * 100_000,
        b'{"Records":' + b"[" * 100_000,
        b'{"Records":[{"SequenceNumber":"1","Data":"","ApproximateArrivalTimestamp":NaN}]}',
    ],
)
def test_other_bytes_are_malformed(body):
    """However deep."""
    with pytest.raises(MalformedAnswer):
        read_page(body)


@pytest.mark.parametrize("write", [in_json, dumps])
@given(cut=st.integers(0, 10**6))
def test_what_is_cut_off_is_malformed(write, cut):
    """Wherever that was."""
    record = RECORD if write is in_json else IN_CBOR
    body = write({"Records": [record] * 3, "NextShardIterator": "n", "MillisBehindLatest": 0})
    with pytest.raises(MalformedAnswer):
        read_page(body[: cut % len(body)])


@given(body=st.binary(max_size=100))
def test_any_bytes_are_a_page_or_malformed(body):
    """Nothing else is raised."""
    for one in (body, b"{" + body):
        try:
            page = read_page(one)
        except MalformedAnswer:
            continue
        assert page.records == []


@given(data=st.lists(st.binary(max_size=30)))
def test_data_comes_back(data):
    """In their order."""
    rows = [{"SequenceNumber": "1", "Data": base64.b64encode(one).decode()} for one in data]
    assert [one.data for one in read_page(in_json({"Records": rows})).records] == data
    rows = [{"SequenceNumber": "1", "Data": one} for one in data]
    assert [one.data for one in read_page(dumps({"Records": rows})).records] == data
