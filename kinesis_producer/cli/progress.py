"""Progress on stderr: a bar where rich is installed and a person looks, else lines."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol, Self

from kinesis_producer.cli.stderr import is_watched, say

if TYPE_CHECKING:
    from types import TracebackType

#: Seconds between lines of plain progress.
_INTERVAL = 5.0


class Progress(Protocol):
    """Shows how far it came. Used by one thread."""

    def show(self, done: int, note: str = "") -> None:
        """So many of the total are done."""
        ...

    def __enter__(self) -> Self:
        """Begin to show."""
        ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave stderr as it was."""
        ...


class PlainProgress:
    """One line every few seconds, and none for what is done before the first."""

    def __init__(self, title: str, total: int | None) -> None:
        self._title = title
        self._of = "" if total is None else f" of {total:,}"
        self._next = time.monotonic() + _INTERVAL

    def show(self, done: int, note: str = "") -> None:
        """Write a line if it is time."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _INTERVAL
            say(f"{self._title}: {done:,}{self._of} {note}".rstrip())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is to be put right."""


def progress(title: str, total: int | None = None) -> Progress:
    """A bar for a person, lines for a log."""
    if not is_watched():
        return PlainProgress(title, total)
    try:
        from kinesis_producer.cli.bar import Bar  # noqa: PLC0415 -- rich is an extra
    except ImportError:
        return PlainProgress(title, total)
    return Bar(title, total)
