"""Whatever the bytes, a decoder gives records or `CorruptAggregate`."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.making import mutated
from tests.fuzz.corpus import found, seeds
from tests.fuzz.targets import TARGETS, look

EVERY = pytest.mark.parametrize("target", TARGETS)


@EVERY
@settings(max_examples=300)
@given(data=st.data(), seed=st.integers(0, 2**32))
def test_what_was_changed_a_little(target, data, seed):
    """A valid one, with some bytes other than they were."""
    TARGETS[target](mutated(data.draw(st.sampled_from(seeds(target))), seed))


@EVERY
@given(st.binary(max_size=300))
def test_what_has_nothing_to_do_with_it(target, content):
    """Any bytes."""
    TARGETS[target](content)


@EVERY
def test_what_once_went_wrong(target):
    """Every input that a fuzzer has found, and those that it begins with."""
    for content in [*seeds(target), *found(target)]:
        TARGETS[target](content)


def test_it_would_be_noticed():
    """What comes out is looked at."""
    with pytest.raises(TypeError):
        look("text")  # type: ignore[arg-type]
