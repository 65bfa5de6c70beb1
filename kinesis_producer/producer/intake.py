"""How records come in: at once while there is room, else as the configuration says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kinesis_producer.errors import BufferFull, KinesisProducerError
from kinesis_producer.producer import interruption
from kinesis_producer.producer.callers import Caller, Parcel
from kinesis_producer.producer.room import Reentered
from kinesis_producer.waiting import STRETCH

if TYPE_CHECKING:
    from kinesis_producer.config import ProducerConfig
    from kinesis_producer.core.short_path import Known
    from kinesis_producer.producer.delivery import Delivery
    from kinesis_producer.producer.outbox import Outbox

#: Partition keys that were checked before, and need not be again.
_REMEMBERED: Final = 10_000

_FULL: Final = (
    "no room within max_pending_bytes={limit} for {seconds:g} s; the stream takes less than is"
    " sent, or does not answer"
)


class Intake:
    """The slow path of ``send``: whatever is not an append to an open aggregate.

    Args:
        outbox: where records go.
        config: what to do without room, and for how long.
    """

    def __init__(self, outbox: Outbox, config: ProducerConfig) -> None:
        self._outbox = outbox
        self._known: dict[str, Known] = {}
        self._when_full = config.when_full
        self._max_block = config.longest_wait if config.max_block is None else config.max_block

    def accept(self, parcel: Parcel, max_block: float | None) -> Delivery:
        """Accept a record; blocks for room at most ``max_block`` seconds where so configured.

        Raises:
            BufferFull: no room in time; or at once, in a callback or a signal handler.
            ProducerClosed: nothing more is accepted.
            ProducerFailed: a fatal answer has ended this producer.
        """
        if parcel.keys.partition_key is not None and parcel.keys.explicit_hash_key is None:
            self._remember(parcel.keys.partition_key, parcel)
        try:
            answer = self._outbox.room.decide(self._offer, parcel)
        except Reentered:
            return self._accept_later(parcel)
        if answer is None:
            answer = self._wait(parcel, self._max_block if max_block is None else max_block)
        if isinstance(answer, KinesisProducerError):
            raise answer
        return answer

    def add(self, record: bytes, partition_key: object) -> Delivery | None:
        """Accept a record into an aggregate that is open for it; ``None`` if more follows."""
        known = self._known.get(partition_key) if type(partition_key) is str else None
        return None if known is None else self._outbox.room.slip_in(self._add, record, known)

    def _add(self, record: bytes, known: Known) -> Delivery | None:
        """Unless somebody waits, or nothing is accepted any more."""
        outbox = self._outbox
        if outbox.closed or len(outbox.callers) or outbox.backlog.service.fatal is not None:
            return None
        return outbox.backlog.short_path.add(record, known)

    def _remember(self, partition_key: str, parcel: Parcel) -> None:
        if partition_key not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._outbox.backlog.short_path.known(parcel.keys, parcel.key_size)
            self._known[partition_key] = known

    def _offer(self, parcel: Parcel) -> Delivery | KinesisProducerError | None:
        """Accept or refuse; ``None`` if the caller has to wait."""
        refusal = self._outbox.refusal()
        if refusal is not None:
            return refusal
        backlog = self._outbox.backlog
        first = not self._outbox.callers.come_before(backlog.lane_of(parcel.keys))
        if first and backlog.fits(parcel.keys, parcel.charge):
            return backlog.append(*parcel, self._outbox.clock())
        return self._without_room(parcel)

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
            while not backlog.fits(parcel.keys, parcel.charge) and backlog.drop_oldest(parcel.keys):
                pass
            if backlog.fits(parcel.keys, parcel.charge):
                return backlog.append(*parcel, self._outbox.clock())
        return backlog.drop_newest(*parcel, self._outbox.clock())

    def _wait(self, parcel: Parcel, max_block: float) -> Delivery | KinesisProducerError:
        """Stand in the queue of callers until the record was let in, or time runs out."""
        if max_block <= 0 or not interruption.may_wait(self._outbox):
            return self._full(0.0)
        until = self._outbox.clock() + max_block
        caller = Caller(parcel)
        try:
            self._outbox.room.decide(self._outbox.callers.add, caller)
            while caller.answer is None and (left := until - self._outbox.clock()) > 0:
                caller.waiter.wait(min(left, STRETCH))
                # room may come from what is overdue, and the reporter be held up by a callback
                self._outbox.room.decide(self._outbox.expire)
        finally:
            self._outbox.room.decide(self._outbox.callers.remove, caller)
        return caller.answer or self._full(max_block)

    def _full(self, seconds: float) -> BufferFull:
        limit = self._outbox.backlog.memory.limit
        return BufferFull(_FULL.format(limit=limit, seconds=seconds))

    def _accept_later(self, parcel: Parcel) -> Delivery:
        """From a signal handler that came into the middle of a decision of this very thread."""
        refusal = self._outbox.refusal()
        if refusal is None and not self._outbox.backlog.fits(parcel.keys, parcel.charge):
            refusal = self._full(0.0)
        if refusal is not None:
            raise refusal
        delivery = self._outbox.new_delivery()
        now = self._outbox.clock()
        self._outbox.room.later(lambda: self._outbox.backlog.append_alone(*parcel, now, delivery))
        return delivery
