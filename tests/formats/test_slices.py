"""What is made slice by slice is the same as what is made at once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer.core import cbor
from kinesis_producer.core.base64s import decode
from kinesis_producer.core.bodies import wire_format
from kinesis_producer.core.entries import Entry
from kinesis_producer.core.formats.kpl import KplFormat, aggregated
from kinesis_producer.core.formats.packed import PackedFormat
from kinesis_producer.core.formats.plain import DelimiterFormat, NoFormat
from kinesis_producer.core.formats.slices import MOST, SLICE_COUNT, SLICE_SIZE, Slices, cut, stride
from kinesis_producer.records import NO_KEYS, Keys

KEYS = Keys("key", "17")
FORMS = [
    DelimiterFormat(b"\n"),
    DelimiterFormat(b"--|"),
    KplFormat(),
    PackedFormat(),
]
#: Of a few sizes, delimiters among them; and how many, which may be more than there are in a slice.
some = st.lists(
    st.sampled_from([b"", b"a", b"\n", b"--|", b"-", b"x" * 100, b"y" * 999, b"z" * 5000]),
    min_size=1,
    max_size=12,
)
counts = st.integers(1, 1200)


def repeated(some, count):
    """So many, in turn."""
    return (some * count)[:count]


@pytest.mark.parametrize("form", FORMS)
@given(some=some, count=counts)
def test_it_is_the_same(form, some, count):
    """Byte by byte; and as long, before it has been made and after."""
    records = repeated(some, count)
    whole = form.encode(records, KEYS, "key")
    poured = form.pour(records, KEYS, "key")
    assert len(poured) == len(whole)
    assert bytes(poured) == whole
    assert bytes(poured) == whole
    assert len(poured) == len(whole)


@pytest.mark.parametrize("keys", [NO_KEYS, KEYS])
def test_a_kpl_aggregate_in_slices_has_its_keys(keys):
    """As one that is written record by record."""
    records = [b"%d" % number for number in range(3 * SLICE_COUNT)]
    poured = KplFormat().pour(records, keys, "key")
    assert isinstance(poured, Slices)
    assert bytes(poured) == aggregated((one, "key", keys.explicit_hash_key) for one in records)


@pytest.mark.parametrize("delimiter", [b"\n", b"--|", b"aa"])
@given(some=some, count=counts)
def test_delimiters_are_counted_while_it_is_made(delimiter, some, count):
    """Once, however often it is made."""
    records = repeated(some, count)
    form = DelimiterFormat(delimiter)
    poured = form.pour(records, NO_KEYS, "key")
    for _ in range(2):
        whole = bytes(poured)
        assert form.count_broken(poured, records) == form.count_broken(whole, records)


@given(some, counts)
def test_slices_fit_into_a_cache(some, count):
    """Unless they were too many."""
    alike = [some[0]] * count
    together = stride(alike)
    small = together * len(some[0]) <= SLICE_SIZE and together <= SLICE_COUNT
    assert together >= 1
    assert small or together in {1, -(-count // MOST)}


@pytest.mark.parametrize("first", [b"", b"x" * 70_000])
def test_one_record_unlike_the_others_does_not_say_how_many_go_together(first):
    """A slice for each would take ten times the CPU; one for all, too much memory."""
    assert 8000 // MOST <= stride([first, *[b"x" * 100] * 8000]) <= SLICE_COUNT
    assert len(list(cut([first, *[b"x" * 20] * 4000]))) <= MOST


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("wire", ["json", "cbor"])
@given(some=some, count=counts)
def test_it_is_the_same_on_the_wire(wire, form, some, count):
    """Wherever slices end."""
    records = repeated(some, count)
    entries = [Entry(form.pour(records, KEYS, "key"), "key", None), Entry(b"next", "key", None)]
    body = bytes(wire_format(wire).body({"StreamName": "s"}, [entries], bytearray()))
    told: Any = json.loads(body) if wire == "json" else cbor.loads(body)
    first, second = (one["Data"] for one in told["Records"])
    assert (decode(first) if wire == "json" else first) == form.encode(records, KEYS, "key")
    assert (decode(second) if wire == "json" else second) == b"next"


def test_boto3_gets_bytes():
    """From whatever the data is."""
    poured = DelimiterFormat(b"\n").pour([b"x" * 100] * 1000, NO_KEYS, "key")
    assert Entry(poured, "key", None).named() == {
        "Data": (b"x" * 100 + b"\n") * 1000,
        "PartitionKey": "key",
    }


def test_records_that_go_as_they_are_have_no_slices():
    """Each is its own data."""
    assert NoFormat().pour([b"x" * SLICE_SIZE * 2], NO_KEYS, "key") == b"x" * SLICE_SIZE * 2
