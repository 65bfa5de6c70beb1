"""What of the product's surroundings is replaced while something is staged."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from unittest import mock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@contextmanager
def replaced(names: Iterable[tuple[Any, str, object]]) -> Iterator[None]:
    """Each a place, a name there, and what stands there instead until the block ends."""
    with ExitStack() as stack:
        for place, name, made in names:
            stack.enter_context(mock.patch.object(place, name, made))
        yield
