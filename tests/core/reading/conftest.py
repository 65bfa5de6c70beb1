"""Here, a record takes the bytes of its data and key alone: sums are easier to follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kinesis_producer.core.reading import pages

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True, scope="package")
def _plain_sizes() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "OVERHEAD", 0)
        yield
