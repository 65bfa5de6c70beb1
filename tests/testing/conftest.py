"""Fixtures: a local Kinesis on a clock that the test moves, and a client of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer.testing import LocalKinesis
from tests.testing.clients import client_of
from tests.testing.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kinesis(clock: Clock) -> Iterator[LocalKinesis]:
    with LocalKinesis(clock=clock.wall, monotonic=clock.monotonic) as kinesis:
        yield kinesis


@pytest.fixture
def client(kinesis: LocalKinesis) -> Iterator[Any]:
    with client_of(kinesis) as client:
        yield client


@pytest.fixture
def slow_kinesis(clock: Clock) -> Iterator[LocalKinesis]:
    """A local Kinesis whose passing states last ten seconds of the test's clock."""
    with LocalKinesis(state_delay=10.0, clock=clock.wall, monotonic=clock.monotonic) as kinesis:
        yield kinesis


@pytest.fixture
def slow_client(slow_kinesis: LocalKinesis) -> Iterator[Any]:
    with client_of(slow_kinesis) as client:
        yield client


@pytest.fixture
def throttled_kinesis(clock: Clock) -> Iterator[LocalKinesis]:
    with LocalKinesis(throttle=True, clock=clock.wall, monotonic=clock.monotonic) as kinesis:
        yield kinesis


@pytest.fixture
def throttled_client(throttled_kinesis: LocalKinesis) -> Iterator[Any]:
    with client_of(throttled_kinesis) as client:
        yield client
