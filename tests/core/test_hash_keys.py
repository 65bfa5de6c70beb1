"""Routing: hash keys and ranges."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer.core.hash_keys import HashRange, hash_key, read_hash_key, uniform_ranges
from kinesis_producer.limits import MAX_HASH_KEY


def test_hash_key_is_md5_of_utf8_big_endian() -> None:
    """The hash key of "a" is the MD5 that RFC 1321 gives for it."""
    assert hash_key("a") == 0x0CC175B9C0F1B6A831C399E269772661


def test_hash_key_of_text_beyond_ascii() -> None:
    """A key beyond ASCII is hashed by its UTF-8 (vector of md5sum)."""
    assert hash_key("é") == 0x66DDCD97CFDEABB2F6FB8A999B4BC76F


@given(st.integers(min_value=1, max_value=500))
def test_uniform_ranges_cover_everything_once(count: int) -> None:
    """Uniform ranges begin at 0, end at 2^128-1 and leave neither gap nor overlap."""
    ranges = uniform_ranges(count)
    assert len(ranges) == count
    assert ranges[0].first == 0
    assert ranges[-1].last == MAX_HASH_KEY
    assert all(a.last + 1 == b.first for a, b in pairwise(ranges))


@given(st.integers(min_value=1, max_value=500))
def test_uniform_ranges_are_equal_but_the_last(count: int) -> None:
    """All ranges but the last have the same width, and the last has less than one key per shard."""
    widths = [r.last - r.first for r in uniform_ranges(count)]
    assert len(set(widths[:-1])) <= 1
    assert 0 <= widths[-1] - widths[0] < count


def test_range_includes_both_ends() -> None:
    """A hash range holds its first and its last key, and nothing beyond."""
    whole = HashRange(10, 20)
    assert (9 in whole, 10 in whole, 20 in whole, 21 in whole) == (False, True, True, False)


def test_range_middle_begins_the_second_half() -> None:
    """The middle of a range is where the second of two halves begins."""
    assert HashRange(0, 9).middle == 5


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("0", 0),
        ("000", 0),
        ("007", 7),
        (str(MAX_HASH_KEY), MAX_HASH_KEY),
        ("0" * 5000 + "1", 1),
        (str(MAX_HASH_KEY + 1), None),
        ("-1", None),
        ("9" * 5000, None),
    ],
)
def test_read_hash_key(text: str, key: int | None) -> None:
    """A decimal hash key may have leading zeros, and one out of range is none."""
    assert read_hash_key(text) == key
