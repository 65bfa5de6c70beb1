"""Words for a person: whoever reads them may have gone, and that stops nothing."""

from __future__ import annotations

import contextlib
import sys


def say(message: str) -> None:
    """Write a line to stderr, if there is one that takes it."""
    # A closed stderr is None; a broken one raises OSError; one that is closing, ValueError.
    with contextlib.suppress(OSError, ValueError):
        if sys.stderr is not None:
            print(message, file=sys.stderr, flush=True)


def is_watched() -> bool:
    """Whether stderr is a terminal."""
    return sys.stderr is not None and sys.stderr.isatty()
