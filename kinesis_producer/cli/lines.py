"""The lines of a file or a pipe: nothing waits for ever, and no line fills the memory."""

from __future__ import annotations

import io
import os
import select
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, cast

from kinesis_producer.errors import ConfigError, RecordTooLarge
from kinesis_producer.limits import MAX_RECORD_SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Bytes read at a time.
_CHUNK: Final = 1 << 18

#: Seconds after which whoever iterates gets a chance to look around.
_LOOK_AROUND: Final = 0.5


class Readable(Protocol):
    """What is asked of a file: that of ``open(name, "rb")``, and of ``sys.stdin.buffer``."""

    def fileno(self) -> int:
        """The file descriptor, if it has one."""
        ...

    def read(self, size: int = -1, /) -> bytes:
        """So much, or what there is until its end."""
        ...

    def read1(self, size: int = -1, /) -> bytes:
        """What is there, at most so much; blocks for the first byte."""
        ...


@contextmanager
def opened(name: str) -> Iterator[Readable]:
    """The file of that name, or stdin for ``-``.

    Raises:
        OSError: it cannot be opened.
        ConfigError: stdin is closed.
    """
    if name != "-":
        with Path(name).open("rb") as file:
            yield file
    elif sys.stdin is None:
        raise ConfigError("stdin is closed: name a file, or connect it")
    else:
        yield cast("Readable", sys.stdin.buffer)


def lines(file: Readable) -> Iterator[bytes | RecordTooLarge | None]:
    """Each line without its end; ``None`` now and then, also while nothing comes.

    A line that no Kinesis record can hold is skipped, and an error given in its place.

    Raises:
        OSError: reading failed.
    """
    rest, skipped = b"", 0
    for chunk in _chunks(file):
        if chunk is None:
            yield None
            continue
        first, *others = chunk.split(b"\n")
        rest += first
        for line in others:
            yield _line(rest, skipped)
            rest, skipped = line, 0
        if len(rest) > MAX_RECORD_SIZE:
            rest, skipped = b"", skipped + len(rest)
    if rest or skipped:
        yield _line(rest, skipped)


def _line(rest: bytes, skipped: int) -> bytes | RecordTooLarge:
    size = skipped + len(rest)
    if size <= MAX_RECORD_SIZE:
        return rest
    return RecordTooLarge(
        f"the line has {size} bytes; no Kinesis record can hold more than {MAX_RECORD_SIZE}"
    )


def _chunks(file: Readable) -> Iterator[bytes | None]:
    number = _descriptor(file)
    look_at = time.monotonic() + _LOOK_AROUND
    while True:
        ready = number is None or select.select([number], [], [], _LOOK_AROUND)[0]
        if time.monotonic() >= look_at:
            look_at = time.monotonic() + _LOOK_AROUND
            yield None
        if ready:
            chunk = file.read1(_CHUNK) if number is None else os.read(number, _CHUNK)
            if not chunk:
                return
            yield chunk


def _descriptor(file: Readable) -> int | None:
    """What to wait for; a file in memory has nothing, and never makes anybody wait."""
    try:
        return file.fileno()
    except io.UnsupportedOperation:
        return None
