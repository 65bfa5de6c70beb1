"""Which senders are idle, which of them watches the clock, and which are lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.core.put_records import is_given_up

if TYPE_CHECKING:
    from kinesis_producer.core.put_records import Batch
    from kinesis_producer.waiting import Waiter

_NEVER: Final = float("inf")


class Roster:
    """At most one idle sender has an alarm set, for when the next thing is due.

    A sender is lost while it carries a batch whose time is over: a server that answers a byte now
    and then can hold it for hours. Another takes its place, and it leaves when it comes back.

    It is guarded by the lock of the room.

    Args:
        most: places that may be taken by others at a time.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._carried: dict[Waiter, Batch[Any]] = {}
        self._lost: set[Waiter] = set()
        self._irreplaceable = 0
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
            sender = self._idle[-1]
            sender.wake()  # first: who is called twice does no harm, who never is sleeps on
            self._idle.pop()
            self._watch = sender
            self._alarm = due

    def carry(self, sender: Waiter, batch: Batch[Any]) -> None:
        """A sender sets out with a batch."""
        self._carried[sender] = batch

    def carried(self, sender: Waiter) -> Batch[Any] | None:
        """What a sender has set out with, and not brought back."""
        return self._carried.get(sender)

    def put_down(self, batch: Batch[Any]) -> None:
        """The batch has come back."""
        for sender, carried in list(self._carried.items()):
            if carried is batch:
                del self._carried[sender]

    def lose(self) -> int:
        """How many senders are lost that were not when this was asked the last time."""
        before = len(self._lost)
        for sender, batch in self._carried.items():
            if len(self._lost) < self._most and is_given_up(batch):
                self._lost.add(sender)
        return len(self._lost) - before

    def replaced(self, sender: Waiter) -> bool:
        """Whether another has taken the place of this sender, which has come back."""
        if sender not in self._lost:
            return False
        self._lost.discard(sender)
        if self._irreplaceable:
            self._irreplaceable -= 1
            return False
        return True

    def keep_one(self) -> None:
        """No other could be started for one that is lost: it stays when it comes back."""
        self._irreplaceable += 1

    def call_all(self) -> None:
        """Have every idle sender look around."""
        while self._idle:
            self._idle[-1].wake()
            self._idle.pop()
