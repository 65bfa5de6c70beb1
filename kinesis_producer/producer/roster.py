"""Which senders are idle, and which of them watches the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kinesis_producer.producer.waiting import Waiter

_NEVER: Final = float("inf")


class Roster:
    """At most one idle sender has an alarm set, for when the next thing is due.

    It is guarded by the lock of the room.
    """

    def __init__(self) -> None:
        self._idle: list[Waiter] = []
        self._watch: Waiter | None = None
        self._alarm = _NEVER

    def rest(self, sender: Waiter, due: float) -> float:
        """A sender goes idle; until when it is to wait, unless it is called."""
        self._idle.append(sender)
        if due >= self._alarm:
            return _NEVER
        self._watch = sender
        self._alarm = due
        return due

    def rise(self, sender: Waiter) -> None:
        """A sender is awake, by a call or by its alarm."""
        if sender in self._idle:
            self._idle.remove(sender)
        if sender is self._watch:
            self._watch = None
            self._alarm = _NEVER

    def call(self, due: float) -> None:
        """Something is due then: call an idle sender, unless one will be awake by itself."""
        if due < self._alarm and self._idle:
            sender = self._idle.pop()
            self._watch = sender
            self._alarm = due
            sender.wake()

    def call_all(self) -> None:
        """Have every idle sender look around."""
        while self._idle:
            self._idle.pop().wake()
