"""Positions: their order, and how they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer.core.positions import (
    AT_TIMESTAMP,
    LATEST,
    SHARD_END,
    TRIM_HORIZON,
    Position,
    read_position,
)

NAMED = [AT_TIMESTAMP, TRIM_HORIZON, LATEST, SHARD_END]
records = st.builds(Position, st.integers(0, 10**129 - 1), st.integers(0, 10**9 - 1))
positions = records | st.sampled_from(NAMED)


def test_positions_have_the_order_of_the_kcl():
    """Numbers are compared as numbers; within an aggregate, by the place in it."""
    ordered = [*NAMED[:3], Position(9), Position(10), Position(10, 1), Position(11), SHARD_END]
    assert sorted(set(ordered)) == ordered


@given(positions)
def test_a_position_is_read_as_it_is_written(position):
    """Whatever it is."""
    assert read_position(str(position)) == position


@given(records)
def test_a_record_is_told_from_what_is_none(position):
    """It comes after all beginnings, and before the end."""
    assert position.is_record
    assert LATEST < position < SHARD_END
    assert not any(one.is_record for one in NAMED)


@pytest.mark.parametrize(
    "text",
    ["", "x", "-1", "1:", ":1", "1:2:3", " 1", "1\n", "latest", "9" * 130, "1:-1", "٣", "1.0"],
)
def test_other_texts_are_refused(text):
    """With the text, cut short."""
    with pytest.raises(ValueError, match="is not a position, such as TRIM_HORIZON or 4965:3"):
        read_position(text)
