"""How records come in: at once while there is room, else as the configuration says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from kinesis_producer.errors import BufferFull, KinesisProducerError, ProducerClosed, ProducerFailed
from kinesis_producer.limits import RECORD_OVERHEAD
from kinesis_producer.producer import interruption
from kinesis_producer.producer.room import Reentered
from kinesis_producer.producer.waiting import STRETCH, Waiter

if TYPE_CHECKING:
    from kinesis_producer.config import ProducerConfig
    from kinesis_producer.producer.delivery import Delivery
    from kinesis_producer.producer.outbox import Outbox
    from kinesis_producer.records import Keys

_FULL: Final = (
    "no room within max_pending_bytes={limit} for {seconds:g} s; the stream takes less than is"
    " sent, or does not answer"
)


class Parcel(NamedTuple):
    """A record that has passed all checks, on its way into the outbox."""

    record: bytes
    keys: Keys
    key_size: int

    @property
    def charge(self) -> int:
        """Bytes charged for it."""
        return len(self.record) + self.key_size + RECORD_OVERHEAD


class Intake:
    """The slow path of ``send``: whatever is not an append to an open aggregate.

    Args:
        outbox: where records go.
        config: what to do without room, and for how long.
    """

    def __init__(self, outbox: Outbox, config: ProducerConfig) -> None:
        self._outbox = outbox
        self._when_full = config.when_full
        self._max_block = config.longest_wait if config.max_block is None else config.max_block
        self._stream = config.stream_name or config.stream_arn

    def accept(self, parcel: Parcel, max_block: float | None) -> Delivery:
        """Accept a record; blocks for room at most ``max_block`` seconds where so configured.

        Raises:
            BufferFull: no room in time; or at once, in a callback or a signal handler.
            ProducerClosed: nothing more is accepted.
            ProducerFailed: a fatal answer has ended this producer.
        """
        try:
            answer = self._outbox.room.decide(self._offer, parcel, None)
        except Reentered:
            return self._accept_later(parcel)
        if answer is None:
            answer = self._wait(parcel, self._max_block if max_block is None else max_block)
        if isinstance(answer, KinesisProducerError):
            raise answer
        return answer

    def _offer(
        self, parcel: Parcel, caller: Waiter | None
    ) -> Delivery | KinesisProducerError | None:
        """Accept or refuse; ``None`` if the caller has to wait."""
        refusal = self._refusal()
        if refusal is not None:
            return refusal
        if self._is_next(caller) and self._outbox.backlog.memory.ask(parcel.charge):
            return self._outbox.backlog.append(*parcel, self._outbox.clock())
        return self._without_room(parcel)

    def _refusal(self) -> KinesisProducerError | None:
        fatal = self._outbox.backlog.service.fatal
        if fatal is not None:
            return ProducerFailed(
                f"stream {self._stream}: {fatal.code}: {fatal.message}; nothing more can be sent"
            )
        if self._outbox.closed:
            return ProducerClosed("the producer is closed; make a new one to send more")
        return None

    def _is_next(self, caller: Waiter | None) -> bool:
        callers = self._outbox.callers
        return not callers or callers[0] is caller

    def _without_room(self, parcel: Parcel) -> Delivery | KinesisProducerError | None:
        if self._when_full == "block":
            return None
        if self._when_full == "raise":
            return self._full(0.0)
        return self._drop(parcel)

    def _drop(self, parcel: Parcel) -> Delivery | KinesisProducerError:
        backlog = self._outbox.backlog
        if backlog.memory.owes_too_much:
            return BufferFull("dropped records wait for an on_delivery that does not keep up")
        if self._when_full == "drop_oldest":
            while not backlog.memory.ask(parcel.charge) and backlog.drop_oldest():
                pass
            if backlog.memory.ask(parcel.charge):
                return backlog.append(*parcel, self._outbox.clock())
        return backlog.drop_newest(*parcel, self._outbox.clock())

    def _wait(self, parcel: Parcel, max_block: float) -> Delivery | KinesisProducerError:
        """Stand in the queue of callers until it is this one's turn and there is room."""
        if max_block <= 0 or not interruption.may_wait(self._outbox):
            return self._full(0.0)
        until = self._outbox.clock() + max_block
        caller = Waiter()
        answer = self._outbox.room.decide(self._line_up, parcel, caller)
        try:
            while answer is None:
                left = until - self._outbox.clock()
                if left <= 0:
                    return self._full(max_block)
                caller.wait(min(left, STRETCH))
                answer = self._outbox.room.decide(self._offer, parcel, caller)
        finally:
            self._outbox.room.decide(self._step_out, caller)
        return answer

    def _line_up(self, parcel: Parcel, caller: Waiter) -> Delivery | KinesisProducerError | None:
        self._outbox.callers.append(caller)
        return self._offer(parcel, caller)

    def _step_out(self, caller: Waiter) -> None:
        if caller in self._outbox.callers:
            self._outbox.callers.remove(caller)

    def _full(self, seconds: float) -> BufferFull:
        limit = self._outbox.backlog.memory.limit
        return BufferFull(_FULL.format(limit=limit, seconds=seconds))

    def _accept_later(self, parcel: Parcel) -> Delivery:
        """From a signal handler that came into the middle of a decision of this very thread."""
        refusal = self._refusal()
        if refusal is None and not self._outbox.backlog.memory.ask(parcel.charge):
            refusal = self._full(0.0)
        if refusal is not None:
            raise refusal
        delivery = self._outbox.new_delivery()
        now = self._outbox.clock()
        self._outbox.room.later(lambda: self._outbox.backlog.append_alone(*parcel, now, delivery))
        return delivery
