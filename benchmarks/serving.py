"""Servers of the benchmarks, each in a process of its own: its CPU time is in no figure."""

from __future__ import annotations

import multiprocessing
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def served(run: Callable[..., None], *args: object) -> Iterator[str]:
    """Its endpoint; it ends with the block.

    Args:
        run: serves; it is given a pipe for the number of its port, and the rest.
        args: the rest.
    """
    ours, theirs = multiprocessing.Pipe()
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=run, args=(theirs, *args), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join(10)
