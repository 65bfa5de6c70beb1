"""What ends a thread unexpectedly must reach the caller: it would wait for ever."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from kinesis_producer import log

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kinesis_producer.consumer.room import Room


@contextmanager
def guarded(room: Room) -> Iterator[None]:
    """Have the caller meet whatever a thread meets, and read no more."""
    try:
        yield
    except BaseException as error:  # noqa: BLE001 -- the top of a thread
        log.exception("a thread of the consumer has ended")
        with room.lock:
            room.broken = error
            room.changed()
