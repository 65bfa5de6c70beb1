"""The pytest fixture ``local_kinesis``. Loaded with every pytest: it imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kinesis_producer.testing import LocalKinesis


@pytest.fixture
def local_kinesis() -> Iterator[LocalKinesis]:
    """A local Kinesis without streams, for this test alone, stopped when the test ends."""
    from kinesis_producer.testing import LocalKinesis  # noqa: PLC0415 - see the module's docstring

    with LocalKinesis() as kinesis:
        yield kinesis
