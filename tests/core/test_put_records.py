"""What the answer to a request says of each entry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer.core.put_records import read_answer
from kinesis_producer.records import Accepted, Failure

WRITTEN = {"ShardId": "shardId-000000000001", "SequenceNumber": "49123"}
REFUSED = {"ErrorCode": "InternalFailure", "ErrorMessage": "Internal service failure."}


def read_one(entry):
    read = read_answer({"Records": [entry]}, 1)
    assert not isinstance(read, Failure)
    return read[0]


def test_each_entry_is_read_by_itself():
    """The count of failures in the answer is not looked at."""
    answer = {"FailedRecordCount": 0, "Records": [WRITTEN, REFUSED]}
    assert read_answer(answer, 2) == [
        Accepted("shardId-000000000001", "49123"),
        Failure("InternalFailure", "Internal service failure."),
    ]


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"Records": None},
        {"Records": "xx"},
        {"Records": [WRITTEN]},
        {"Records": [WRITTEN] * 3},
        [],
        None,
        "<html>",
    ],
)
def test_an_answer_that_does_not_fit_says_nothing(answer):
    """No list of records as long as the request: nobody knows what was written."""
    read = read_answer(answer, 2)
    assert isinstance(read, Failure)
    assert read.code == "MalformedAnswer"


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        ({}, "NoSequenceNumber"),
        ({"ShardId": "s"}, "NoSequenceNumber"),
        *(({"SequenceNumber": odd}, "NoSequenceNumber") for odd in ("", True, 7.5, ["7"], {})),
        ({"ErrorCode": None, "ErrorMessage": None}, "NoSequenceNumber"),
        ("text", "MalformedAnswer"),
        ({"ErrorCode": "X", "SequenceNumber": "1"}, "X"),
    ],
)
def test_only_a_sequence_number_without_an_error_is_success(entry, code):
    """Neither error nor sequence number is not a success; an error beside one is an error."""
    read = read_one(entry)
    assert isinstance(read, Failure)
    assert read.code == code


def test_the_words_about_an_entry_quote_nothing():
    """They are filtered as those about a whole request."""
    said = "Value 'canary' at 'x' " + "y" * 5000
    read = read_one({"ErrorCode": "KMSAccessDeniedException", "ErrorMessage": said})
    assert isinstance(read, Failure)
    assert read.message.startswith("Value at 'x' yyy")
    assert len(read.message) == 300
    assert read_one({"ErrorCode": "Bad key", "ErrorMessage": said}) == Failure("Unknown", "Unknown")


def test_an_error_code_of_null_is_no_error():
    """Some servers send null beside a sequence number."""
    read = read_one({"ErrorCode": None, "SequenceNumber": "1"})
    assert read == Accepted("", "1")


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@given(json, st.integers(0, 3))
def test_any_answer_can_be_read(answer, sent):
    """Whatever the wire brings, each entry has a result or the request has a failure."""
    read = read_answer({"Records": answer}, sent)
    assert isinstance(read, Failure) or len(read) == sent
