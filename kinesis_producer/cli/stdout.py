"""Lines of bytes on stdout, whole or not at all as far as this process can tell."""

from __future__ import annotations

import sys


def write_line(line: bytes) -> None:
    """Write a line, to its end. Blocks.

    With ``PYTHONUNBUFFERED`` a write may take a part: into a pipe whose reader ends meanwhile, say.

    Raises:
        OSError: it was not taken to its end.
    """
    left = memoryview(line + b"\n")
    while left:
        taken = sys.stdout.buffer.write(left)
        if taken is None:
            raise BlockingIOError("stdout does not wait, and takes no more now")
        left = left[taken:]
    sys.stdout.buffer.flush()
