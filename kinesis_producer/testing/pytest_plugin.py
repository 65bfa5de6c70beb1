"""The pytest fixtures ``local_kinesis`` and ``fault_proxy``.

Loaded with every pytest: it imports nothing heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kinesis_producer.testing import FaultProxy, LocalKinesis


@pytest.fixture
def local_kinesis() -> Iterator[LocalKinesis]:
    """A local Kinesis without streams, for this test alone, stopped when the test ends."""
    from kinesis_producer.testing import LocalKinesis  # noqa: PLC0415 - see the module's docstring

    with LocalKinesis() as kinesis:
        yield kinesis


@pytest.fixture
def fault_proxy(local_kinesis: LocalKinesis) -> Iterator[FaultProxy]:
    """A proxy before the test's ``local_kinesis`` that passes everything until it is told."""
    from kinesis_producer.testing import FaultProxy  # noqa: PLC0415 - see the module's docstring

    with FaultProxy(local_kinesis.endpoint_url) as proxy:
        yield proxy
