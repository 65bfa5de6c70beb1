"""After a fork, the child has none of the threads, and must not touch what they were working on."""

from __future__ import annotations

import os
import weakref
from typing import Final, Protocol


class Forks(Protocol):
    """Somebody who has to begin anew in a child process."""

    def after_fork(self) -> None:
        """Called in the child, by the only thread it has."""
        ...


_watched: Final[weakref.WeakSet[Forks]] = weakref.WeakSet()


def watch(one: Forks) -> None:
    """Have it begin anew after a fork, as long as it lives."""
    _watched.add(one)


def _in_child() -> None:
    for one in list(_watched):
        one.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_child)
