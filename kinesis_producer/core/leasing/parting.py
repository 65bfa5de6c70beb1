"""When a worker parts with a lease: its shard is finished, or another worker asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kinesis_producer.core.leasing.lease import finished
from kinesis_producer.core.leasing.news import Happened
from kinesis_producer.core.leasing.requests import AWAY, ListShards

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinesis_producer.core.leasing.holdings import Held, Holdings
    from kinesis_producer.core.leasing.requests import Steps
    from kinesis_producer.core.leasing.syncing import Syncing
    from kinesis_producer.core.leasing.worker import WorkerRules
    from kinesis_producer.core.reading.desk import Desk
    from kinesis_producer.core.reading.reading import Reading
    from kinesis_producer.core.shards import Shard


class Parting:
    """Finishes leases, and hands them over. Its steps are as those of `Worker`.

    Args:
        held: the leases that the worker has.
        sync: makes the leases of children.
        desk: where shards are read.
        rules: how the worker behaves.
    """

    def __init__(self, held: Holdings, sync: Syncing, desk: Desk, rules: WorkerRules) -> None:
        self._held: Final = held
        self._sync: Final = sync
        self._desk: Final = desk
        self._rules: Final = rules
        self._next_handoff = 0.0

    def is_urgent(self, now: float) -> bool:
        """Whether there is a lease to part with."""
        return any(
            self._is_over(held) or self._is_free(held, now)
            for held in self._held
            if not held.writing
        )

    def stop_if_asked(self, held: Held, now: float) -> None:
        """Give out nothing more of a shard that another asks for, where that leaves nothing open.

        What the caller checkpoints by itself may never be all that it was given, if it is given
        nothing more; so there, that is waited for.
        """
        reading = self._desk.get(held.shard_id)
        if held.asked_at is not None and reading is not None:
            dealt_with = self._rules.auto or self._held.is_dealt_with(held)
            reading.stopping |= dealt_with or self._is_late(held, now)

    def round(self, now: float) -> Steps:
        """Finish what is over, and hand over what is free; whether that could be done."""
        done = True
        for held in self._held:
            if held.writing or not self._held.has(held):
                continue
            reading = self._desk.get(held.shard_id)
            if reading is not None and self._is_over(held):
                done &= yield from self._finish(held, reading)
            elif self._is_free(held, now):
                done &= yield from self._hand_over(held, now)
        return done

    def _hand_over(self, held: Held, now: float) -> Steps:
        """One at a time: several may have asked at once that would have too many then."""
        if not (yield from self._held.release(held, to=held.row.wanted_by)):
            return False
        self._held.news.add(Happened.HANDED_OVER, held.shard_id)
        self._next_handoff = now + self._rules.interval
        return True

    def _finish(self, held: Held, reading: Reading) -> Steps:
        """The children's leases come first: were they forgotten, nobody would read them."""
        reader = reading.reader
        children: Sequence[Shard] | None = reader.children
        if not children or not self._sync.knows_parents(children):
            reply = yield ListShards()
            if reply.value is AWAY:
                return False
            children = self._sync.children(reading.shard_id, reply.value, gone=reader.gone)
            if not reader.children and (children is None or not reader.is_believed):
                reader.reopen(closed=children is not None)
                self._desk.resume(reading)
                return False
            if children is None:  # the list is older than the answer that told of children
                return False
        if not (yield from self._sync.follow(children, ended=reading.shard_id)):
            return False
        return (yield from self._write_end(held, children))

    def _write_end(self, held: Held, children: Sequence[Shard]) -> Steps:
        names = [one.shard_id for one in children]
        if not (yield from self._held.put(held, lambda row: finished(row, children=names))):
            return not self._held.has(held)
        self._held.finish(held)
        return True

    def _is_over(self, held: Held) -> bool:
        """Whether the shard was read to its end, and all of it dealt with."""
        reading = self._desk.get(held.shard_id)
        return reading is not None and reading.has_ended and self._held.is_dealt_with(held)

    def _is_free(self, held: Held, now: float) -> bool:
        """Whether a lease that another asks for can be handed over without giving records twice.

        Or must be: what the caller was given and did not checkpoint is given out once more then.
        """
        if held.asked_at is None or now < self._next_handoff:
            return False
        reading = self._desk.get(held.shard_id)
        if reading is None:
            return True
        if self._held.is_dealt_with(held):
            return reading.stopping
        return self._is_late(held, now) and not reading.is_in_hand

    def _is_late(self, held: Held, now: float) -> bool:
        return held.asked_at is not None and now - held.asked_at >= self._rules.handoff_time
