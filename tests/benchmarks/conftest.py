"""A sink for a module of tests, where one can be compiled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.sink import NotBuilt, Sink, built, sink

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Few, so that each gets records.
SHARDS = 7


@pytest.fixture(scope="session")
def running() -> Iterator[Sink]:
    """The one that all tests share."""
    try:
        built()
    except NotBuilt as reason:
        pytest.skip(str(reason).partition("\n")[0])
    with sink(SHARDS) as found:
        yield found


@pytest.fixture
def counting(running: Sink) -> Sink:
    """The same, having counted nothing yet."""
    running.delay(0.0)
    running.reset()
    return running
