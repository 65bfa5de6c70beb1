"""A subscription: what one consumer is pushed of one shard, and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from kinesis_producer.limits import MIB
from kinesis_producer.testing.sequence import following

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence

    from kinesis_producer.testing.eventstream import Event
    from kinesis_producer.testing.shard import Page, Shard
    from kinesis_producer.testing.stream import Moment, Stream

#: Seconds after a call in which another one for the same consumer and shard is refused (API
#: reference, SubscribeToShard).
EXCLUSIVE: Final = 5.0

#: Bytes that one shard pushes to one consumer in a second (API reference, RegisterStreamConsumer).
PUSHED_PER_SECOND: Final = 2 * MIB

#: Bytes and records of one push. Own: the service documents neither.
_PUSH_SIZE: Final = PUSHED_PER_SECOND
_PUSH_RECORDS: Final = 10_000


class Push(NamedTuple):
    """What one event brings.

    Attributes:
        continuation: all up to this number is done; None at the end of the shard.
        children: the shards that go on, at the end of the shard.
        now: the instant of the push.
    """

    page: Page
    continuation: str | None
    children: Sequence[Shard]
    now: Moment


@dataclass(slots=True, kw_only=True, eq=False, repr=False)
class Subscription:
    """One consumer's subscription to one shard. The room's lock guards it.

    Attributes:
        changed: what its reader waits on; the lock of it is the room's.
        position: the smallest sequence number that is still wanted.
        began, until: monotonic seconds: the call, and the natural end.
        throttled: whether a push of N bytes is followed by a pause of N / 2 MiB seconds.
        rests_until: monotonic seconds: no records before.
        ending: None while it runs; then what is still to be said, and nothing after that.
    """

    stream: Stream
    shard: Shard
    changed: threading.Condition
    position: str
    began: float
    until: float
    throttled: bool
    rests_until: float = 0.0
    ending: Sequence[Event] | None = None

    def excludes(self, now: Moment) -> bool:
        """Whether it is too young for another call.

        The service knows no subscription whose life is shorter than that: one that is set to less
        can be followed as soon as it is over.
        """
        return now.monotonic < min(self.began + EXCLUSIVE, self.until)

    def wake(self) -> None:
        """Let its reader look again."""
        self.changed.notify_all()

    def end(self, *last_words: Event) -> None:
        """Let nothing more come but these; nothing if it has ended already."""
        if self.ending is None:
            self.ending = last_words
            self.wake()

    def take(self, now: Moment, *, overdue: bool) -> Push | None:
        """What is to be pushed now; None if nothing is, or if that was all.

        Args:
            now: this instant.
            overdue: whether there is to be an event even if there is no record.
        """
        if now.monotonic >= self.until:
            self.end()
        if self.ending is not None:
            return None
        page = self.shard.page(self.position, limit=_PUSH_RECORDS, size=_PUSH_SIZE)
        if page.records and now.monotonic < self.rests_until:
            return None
        # Records first: the last ones of a shard may have come just before it was closed.
        at_end = not page.more and not self.shard.is_open
        if not (page.records or at_end or overdue):
            return None
        return self._pushed(page, at_end=at_end, now=now)

    def next_look(self, now: Moment) -> float:
        """When something is due of which nobody tells: seconds from ``now``."""
        change = self.stream.change
        times = [self.until] if change is None else [self.until, change.due]
        if self.rests_until > now.monotonic:
            times.append(self.rests_until)
        return min(times) - now.monotonic

    def _pushed(self, page: Page, *, at_end: bool, now: Moment) -> Push:
        if at_end:
            self.end()
            return Push(page, None, list(self.shard.children), now)
        # Without records the number moves on all the same, as far as nothing can be missed.
        continuation = self.stream.numbers.reached(self.shard.index)
        if page.records:
            continuation = page.records[-1].sequence_number
            self.position = following(continuation)
        if self.throttled:
            self.rests_until = now.monotonic + page.size / PUSHED_PER_SECOND
        return Push(page, continuation, (), now)
