"""Formats without a layout of their own: delimiter and none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer import deaggregate
from kinesis_producer.core.formats.plain import DelimiterFormat, NoFormat
from kinesis_producer.records import NO_KEYS, Keys

delimiters = st.binary(min_size=1, max_size=4)
records = st.lists(st.binary(max_size=20), min_size=1, max_size=20)


def encode(form, sent):
    return form.encode(sent, NO_KEYS, "key")


def split(data, delimiter):
    found = deaggregate(data, aggregation="delimiter", record_delimiter=delimiter)
    return [record.data for record in found]


@given(delimiters, records)
def test_records_without_the_delimiter_come_back(delimiter, sent):
    """What is joined is split into the same records, empty ones included."""
    form = DelimiterFormat(delimiter)
    sent = [record for record in sent if not form.breaks(record)]
    assert split(encode(form, sent), delimiter) == sent


@given(delimiters, records)
def test_a_broken_record_is_counted(delimiter, sent):
    """The count is zero exactly when every record comes back as one."""
    form = DelimiterFormat(delimiter)
    data = encode(form, sent)
    assert (form.count_broken(data, sent) == 0) == (split(data, delimiter) == sent)


@given(delimiters, records)
def test_the_framing_is_exact(delimiter, sent):
    """The data is as long as the records and their framing."""
    form = DelimiterFormat(delimiter)
    assert len(encode(form, sent)) == sum(len(one) + form.framing for one in sent)


def test_a_delimiter_that_overlaps_itself_is_counted_record_by_record():
    """In the joined data its matches could lie across the end of a record."""
    form = DelimiterFormat(b"aa")
    sent = [b"xa", b"b", b"yaa"]
    assert form.count_broken(encode(form, sent), sent) == 2


def test_each_record_is_followed_by_the_delimiter():
    """The last record is ended as all others, as the ancestor did."""
    assert encode(DelimiterFormat(b"\n"), [b"a", b"", b"c"]) == b"a\n\nc\n"


def test_what_follows_the_last_delimiter_is_a_record():
    """Data that others wrote without a last delimiter loses nothing."""
    assert split(b"a\nb", b"\n") == [b"a", b"b"]


@pytest.mark.parametrize(
    ("delimiter", "record", "broken"),
    [
        (b"\n", b"line\n", True),
        (b"\n", b"line", False),
        (b"aa", b"xa", True),
        (b"ab", b"xa", False),
        (b"\n\n", b"x\n", True),
    ],
)
def test_a_record_is_broken_by_what_a_reader_would_find(delimiter, record, broken):
    """A record breaks if it, or its end with the delimiter, makes an earlier match."""
    assert DelimiterFormat(delimiter).breaks(record) is broken


def test_without_a_format_a_record_is_the_data():
    """Aggregation none sends every record as it is, and nothing in it can break it."""
    form = NoFormat()
    assert encode(form, [b"a\n"]) == b"a\n"
    assert form.container([b"a\n"], Keys(None, "5"), "key") == Keys("key", "5")
    assert not form.breaks(b"a\n")
    assert form.count_broken(b"a\n", [b"a\n"]) == 0
    assert form.single
    assert form.framing == 0
