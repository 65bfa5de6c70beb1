"""Which way everything goes out: by the lanes of the shards, or all in one where none are known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Generic

from kinesis_producer.core.accumulator import Accumulator
from kinesis_producer.core.aggregate import Aggregate, CloseReason, H, State
from kinesis_producer.core.lanes import Lanes
from kinesis_producer.core.pieces import crumble
from kinesis_producer.core.shard_map import StreamFacts
from kinesis_producer.core.stream_queue import StreamQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.core.landings import Landings
    from kinesis_producer.core.live import Live
    from kinesis_producer.core.memory import Memory
    from kinesis_producer.core.rules import BacklogRules
    from kinesis_producer.core.settled import Settled
    from kinesis_producer.core.shard_map import ShardMap
    from kinesis_producer.core.stream_queue import Queue

#: Entries that landed elsewhere, at the least, before a map that was confirmed is not believed.
_MOST_MISSES: Final = 10


class Traffic(Generic[H]):
    """Open aggregates, and the queue that they are closed into.

    Args:
        rules: sizes and times.
        live: all aggregates that are not settled.
        memory: whether callers wait for room.
        settled: what has its outcome.
        in_flight: whether a request has not returned, and somebody waits for it.
        dice: a random number from 0 to 1, without 1.

    Attributes:
        accumulator: the open ones.
        queue: the closed ones.
    """

    def __init__(  # noqa: PLR0913, PLR0917 -- each is a fact of its own
        self,
        rules: BacklogRules,
        live: Live[H],
        memory: Memory,
        settled: Settled[H],
        in_flight: Callable[[], bool],
        dice: Callable[[], float],
    ) -> None:
        self._rules = rules
        self._live = live
        self._memory = memory
        self._settled = settled
        self._in_flight = in_flight
        self._dice = dice
        self._told = StreamFacts()
        self._facts = StreamFacts()
        self.accumulator: Accumulator[H] = Accumulator(rules.aggregates, live, self._closed)
        self.queue: Queue[H] = self._without_shards()

    @property
    def stale(self) -> bool:
        """Whether something landed where it was not expected: the shards have changed."""
        return isinstance(self.queue, Lanes) and self.queue.landings.stale

    @property
    def places(self) -> ShardMap | None:
        """Where the records of an aggregate have to be; ``None`` where that does not matter."""
        return self._facts.shards if self._rules.strict else None

    def learn(self, told: StreamFacts, now: float) -> None:
        """Take what is known of the stream now; what is pending goes accordingly."""
        facts = self._believed(told)
        self._told = told
        if facts != self._facts:
            self._go_by(facts, now)
            self._facts = facts  # last: what was broken off is done again
        self.queue.looked(now)

    def _go_by(self, facts: StreamFacts, now: float) -> None:
        self.accumulator.alone = facts.auto is True and self._rules.filtered
        if facts.shards is None:
            self._forget_shards()
        elif isinstance(self.queue, Lanes):
            self.queue.change(facts, now, self._live)
        else:
            self.accumulator.close_shared()  # before: in order of their numbers with the rest
            self.queue = lanes = self._with_shards()
            lanes.change(facts, now, self._live)
            lanes.adopt(self._live, now)

    def scatter(self, aggregate: Aggregate[H]) -> None:
        """Have each record go alone, where no reader would find them in an aggregate."""
        if self.accumulator.alone and len(aggregate.records) > 1 and not aggregate.pieces:
            crumble(aggregate)

    def _believed(self, told: StreamFacts) -> StreamFacts:
        """Nothing, of shards that were confirmed though most records land elsewhere.

        Then the service spreads the records by itself, and there was no permission to be told.
        """
        if told.auto is not None or told.shards is None or told.shards != self._told.shards:
            return told
        queue = self.queue
        if isinstance(queue, Lanes) and not _is_doubtful(queue.landings):
            return told
        return replace(told, shards=None, auto=True)

    def _forget_shards(self) -> None:
        self.accumulator.close_shared()
        if self.accumulator.alone:
            self.accumulator.close_all(CloseReason.SHARDS)
        if isinstance(self.queue, Lanes):
            self.queue = self._without_shards()
            for aggregate in self._live:
                aggregate.move_to(None)
                aggregate.aim = aggregate.hash_key = None
            self.accumulator.regroup(self.queue.lane_of)
            self.queue.rebuild(self._live)
        for aggregate in self._live:
            if aggregate.state is State.CLOSED:
                self.scatter(aggregate)

    def _closed(self, aggregate: Aggregate[H]) -> None:
        self.queue.add(aggregate)

    def _without_shards(self) -> Queue[H]:
        return StreamQueue(self._rules, self.accumulator, self._memory, self._in_flight)

    def _with_shards(self) -> Lanes[H]:
        return Lanes(
            self._rules,
            self.accumulator,
            self._memory,
            self._settled,
            self._in_flight,
            self._dice,
        )


def _is_doubtful(landings: Landings[H]) -> bool:
    return landings.misses > max(_MOST_MISSES, landings.hits)
