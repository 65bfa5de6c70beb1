"""The room of a consumer: everything that its threads share, behind one lock."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Final

from kinesis_producer import log
from kinesis_producer.consumer.clock import now
from kinesis_producer.core.retry import SPREAD
from kinesis_producer.errors import CallFailed
from kinesis_producer.waiting import Waiter

if TYPE_CHECKING:
    from kinesis_producer.core.leasing.worker import Worker
    from kinesis_producer.core.reading.desk import Desk
    from kinesis_producer.core.reading.pages import Call, GetRecords, Page
    from kinesis_producer.core.reading.reading import Reading
    from kinesis_producer.records import Failure

#: Seconds that any thread waits at a stretch: a signal is seen where a lock cannot be interrupted.
STRETCH: Final = 0.5

#: Failures in a row of which the log is told.
_TOLD: Final = 6


class Room:
    """The lock guards the desk, the worker, and what is below. It is never held during I/O.

    Attributes:
        lock: of everything here.
        arrived: callers wait on it for records; without the lock, since Ctrl-C may end the wait.
        ending: who closes the consumer waits on it.
        work: threads that read wait on it for calls.
        tending: the keeper waits on it for something to do.
        written: who wants to write to a lease waits on it for another's write.
        stopped: nothing is given out any more.
        closing: leases are to be let go.
        closed: they were.
        trouble: to be raised where the caller asks next; then it is forgotten.
        broken: what has ended a thread that nothing goes on without.
    """

    def __init__(self, desk: Desk, worker: Worker) -> None:
        self.desk: Final = desk
        self.worker: Final = worker
        self.lock: Final = threading.Lock()
        self.arrived: Final = Waiter()
        self.ending: Final = threading.Condition(self.lock)
        self.work: Final = threading.Condition(self.lock)
        self.tending: Final = threading.Condition(self.lock)
        self.written: Final = threading.Condition(self.lock)
        self.stopped = False
        self.closing = False
        self.closed = False
        self.trouble: BaseException | None = None
        self.broken: BaseException | None = None

    # with the lock held

    def tell(self, error: BaseException) -> None:
        """Have the caller meet an error when it asks next; the first one counts."""
        if self.trouble is None:
            self.trouble = error
        self.arrived.wake()

    def changed(self) -> None:
        """Leases, or what is read, may have changed: everybody looks again."""
        self.arrived.wake()
        for condition in (self.ending, self.work, self.written):
            condition.notify_all()

    def read_on(self) -> None:
        """Call a thread that reads, if there is room again for what was waiting for it."""
        if self.desk.due() <= now():
            self.work.notify()

    def urge(self) -> None:
        """Call the keeper, if there is something to be done at once."""
        if self.worker.is_urgent(now()):
            self.tending.notify_all()

    # without it

    def stop(self) -> None:
        """Give out nothing more. The lock is not needed, so a signal handler may call this."""
        self.stopped = True
        self.arrived.wake()

    def next_call(self) -> tuple[Call, Reading] | None:
        """Wait for a call to be made; ``None`` when the consumer closes."""
        with self.lock:
            while not self.closing:
                call = self.desk.next_call(now())
                if call is not None:
                    reading = self.desk.get(call.shard_id)
                    if self.desk.due() <= now():
                        self.work.notify()
                    return (call, reading) if reading is not None else None
                self.work.wait(min(max(0.0, self.desk.due() - now()), STRETCH))
        return None

    def opened(self, call: Call, reading: Reading, iterator: str) -> None:
        """GetShardIterator has answered."""
        with self.lock:
            self.desk.opened(call, reading, iterator)
            self.work.notify()

    def answered(self, call: GetRecords, reading: Reading, page: Page, *, at: float) -> None:
        """GetRecords has answered."""
        with self.lock:
            self.desk.answered(call, reading, page, at=at)
            self._came(reading)

    def pushed(self, call: Call, reading: Reading, page: Page) -> bool:
        """A subscription has an event; whether to go on. Waits until there is room for another."""
        with self.lock:
            going_on = self.desk.pushed(call, reading, page)
            self._came(reading)
            while going_on and not self.closing and not self.desk.has_room(reading):
                self.work.wait(STRETCH)
                going_on = self.desk.get(call.shard_id) is reading and not reading.stopping
            return going_on and not self.closing

    def unsubscribed(self, call: Call, reading: Reading) -> None:
        """A subscription has ended."""
        with self.lock:
            self.desk.unsubscribed(call, reading, at=now())
            self.work.notify()

    def failed(self, call: Call, reading: Reading, failure: Failure) -> None:
        """A call has failed."""
        spread = random.uniform(*SPREAD)  # noqa: S311 -- jitter, no secret
        with self.lock:
            telling = self.desk.failed(call, reading, failure, at=now(), spread=spread)
            failures = reading.reader.failures
            if telling:
                self.tell(CallFailed(_words(call, failure), code=failure.code))
            if reading.reader.gone:
                self.worker.due = min(self.worker.due, now())
                self.tending.notify_all()
            self.work.notify()
        if failures == _TOLD:
            log.warning("%s; going on trying", _words(call, failure))

    def _came(self, reading: Reading) -> None:
        self.work.notify()
        if reading.has_more or reading.is_caught_up:
            self.arrived.wake()
        if reading.reader.has_ended:
            self.urge()


def _words(call: Call, failure: Failure) -> str:
    return f"{type(call).__name__} of {call.shard_id}: {failure.code}: {failure.message}"
