"""What is replaced because frontrun cannot see through it: one lock, and a loop that gives way."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from kinesis_producer.producer import intake, patience, room
from tests.patching import replaced

if TYPE_CHECKING:
    from collections.abc import Iterator

_NEVER = float("inf")


class Lock:
    """The lock of a room, announced.

    frontrun changes the order of accesses to attributes. Of two threads that take a lock it leaves
    the first the first, whatever it guards. So whoever wants this one writes that down before.

    Attributes:
        wanted: written to before the lock is taken, and never read.
        depth: how often it is taken; a look at it from outside is an access, too.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.wanted = False
        self.depth = 0

    def __enter__(self) -> None:
        self.wanted = True
        self.lock.acquire()
        self.depth += 1

    def __exit__(self, *_: object) -> None:
        self.depth -= 1
        self.lock.release()

    def _is_owned(self) -> bool:
        owned: bool = self.lock._is_owned()  # type: ignore[attr-defined]
        return owned


def _give_way(_: room.Room) -> None:
    """Go on, to wait for the lock: frontrun sees no end to a loop that hands on the interpreter.

    It goes on with the same thread as long as that can go on.
    """


@contextmanager
def staged() -> Iterator[None]:
    """Producers made inside can be explored; nobody looks around who waits to be woken."""
    names: list[tuple[Any, str, object]] = [
        (room, "threading", SimpleNamespace(RLock=Lock)),
        (room.Room, "give_way", _give_way),
        *((place, "STRETCH", _NEVER) for place in (intake, patience)),
    ]
    with replaced(names):
        yield
