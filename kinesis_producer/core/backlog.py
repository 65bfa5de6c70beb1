"""Everything pending, and every decision about it: the pure half of the outbox.

It has no lock, no clock and no dice: one caller at a time, and time and jitter are arguments. What
it decides for others to do (announce, log) it leaves in its attributes.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final, Generic

from kinesis_producer.core.aggregate import Aggregate, CloseReason, H, State
from kinesis_producer.core.live import Live
from kinesis_producer.core.memory import Memory
from kinesis_producer.core.pieces import UNFINISHED, Told, fold
from kinesis_producer.core.put_records import Batch, is_given_up
from kinesis_producer.core.retry import Action, meaning
from kinesis_producer.core.service import Service
from kinesis_producer.core.settled import Settled
from kinesis_producer.core.short_path import ShortPath
from kinesis_producer.core.traffic import Traffic
from kinesis_producer.records import NO_KEYS, Accepted, Failure, Keys, Totals

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kinesis_producer.core.lane import Lane
    from kinesis_producer.core.put_records import Answer, Result
    from kinesis_producer.core.rules import BacklogRules
    from kinesis_producer.core.shard_map import StreamFacts

_OVERDUE: Final = Failure("DeliveryTimeout", "the delivery timeout ran out")
_DROPPED: Final = Failure("Dropped", "dropped to make room in a full buffer")
_ABORTED: Final = Failure("Aborted", "the producer was aborted")

#: Stands where no aggregate may be appended to: the short path finds it full, and asks.
NOWHERE: Final[Aggregate[Any]] = Aggregate(0, NO_KEYS, 0, 0.0, None)


class Backlog(Generic[H]):
    """What is pending: open aggregates, closed ones, those in flight.

    Args:
        rules: sizes, times and bounds.
        new_handle: makes the handle given out for a new aggregate.
        kept: whether an aggregate with this handle, once settled, stays charged until it is
            reported to somebody.
        dice: a random number from 0 to 1, without 1, for each choice between equals.

    Attributes:
        memory: what is charged for all of it.
        service: what the answers so far say of the service.
        settled: what has its outcome.
        short_path: of records with keys.
        front: the open aggregate to which the short path of ``send`` may append records without
            keys, up to its ``full_at``; `NOWHERE` while anything is being decided.
    """

    def __init__(
        self,
        rules: BacklogRules,
        new_handle: Callable[[], H],
        kept: Callable[[H], bool],
        dice: Callable[[], float],
    ) -> None:
        self._rules = rules
        self.memory = Memory(rules.memory)
        self.service = Service(rules.delivery_timeout)
        self._live: Live[H] = Live(
            new_handle,
            overhead=rules.aggregates.overhead,
            delivery_timeout=rules.delivery_timeout,
            request_timeout=rules.retries.request_timeout,
        )
        self.settled: Settled[H] = Settled(self._live, self.memory, kept)
        self._traffic: Traffic[H] = Traffic(
            rules, self._live, self.memory, self.settled, lambda: self.in_flight, dice
        )
        self.accumulator = self._traffic.accumulator
        self.short_path: ShortPath[H] = ShortPath(rules.aggregates, self._traffic, self.memory)
        self._flying: list[Batch[H]] = []
        self.front: Aggregate[H] = NOWHERE

    # The shards

    @property
    def stale(self) -> bool:
        """Whether something landed where it was not expected: the shards have changed."""
        return self._traffic.stale

    def learn(self, facts: StreamFacts, now: float) -> None:
        """Take what is known of the stream now; what is pending goes accordingly."""
        self._traffic.learn(facts, now)

    # The short path

    def shut(self) -> None:
        """Keep the short path out, and charge for what came in by it, no more."""
        self.front = NOWHERE
        keyless = self.accumulator.keyless
        if keyless is not None:
            keyless.full_at = -1
            self._charge(keyless)

    def reopen(self) -> None:
        """Let the short path in, as far as sizes and memory allow whatever comes by it."""
        keyless = self.accumulator.keyless
        if keyless is None:
            return
        rules = self._rules.aggregates
        room = rules.headroom(keyless, self.memory.free)
        self.memory.charge(keyless, keyless.charge + rules.worst_charge(keyless, room))
        keyless.full_at = keyless.size + room
        self.front = keyless

    def _charge(self, aggregate: Aggregate[H]) -> None:
        self.memory.charge(aggregate, self._rules.aggregates.charge(aggregate))

    # What comes in

    def fits(self, keys: Keys, charge: int) -> bool:
        """Whether a record with these keys, charged so much, may come in."""
        return self.has_quota(self.lane_of(keys), charge) and self.memory.ask(charge)

    def lane_of(self, keys: Keys) -> Lane[H] | None:
        """The lane of the shard that records with these keys belong to, if it is known."""
        return self._traffic.queue.lane_of(keys)

    def has_quota(self, lane: Lane[H] | None, charge: int) -> bool:
        """Whether a lane may have so many bytes more of the memory bound."""
        return self._traffic.queue.fits(lane, charge)

    def append(self, record: bytes, keys: Keys, key_size: int, now: float) -> H:
        """Accept a record for which `fits` said yes."""
        lane = self.lane_of(keys)
        aggregate = self.accumulator.append(record, keys, key_size, now, lane)
        self._charge(aggregate)
        if len(aggregate.records) == 1 and aggregate.state is State.OPEN:
            self._traffic.queue.opened(aggregate)
        return aggregate.handle

    def append_alone(self, record: bytes, keys: Keys, key_size: int, now: float, handle: H) -> None:
        """Accept a record whose handle was given out already, in an aggregate of its own.

        Doing it again, where an interruption broke it off, does what was left to do.
        """
        if handle in self.handles():
            return
        if self._rules.ordered:
            self.accumulator.close_all(CloseReason.FLUSH)  # what came before goes before
        aggregate = self._live.admit(record, keys, key_size, now, handle)
        aggregate.lane = self.lane_of(keys)
        self._charge(aggregate)
        self.accumulator.close(aggregate, CloseReason.FLUSH)

    def drop_newest(self, record: bytes, keys: Keys, key_size: int, now: float) -> H:
        """Accept a record and settle it at once as not written."""
        aggregate = self._live.admit(record, keys, key_size, now)
        self._charge(aggregate)
        self._live.close(aggregate)
        self.settled.fail(aggregate, _DROPPED, dropped=True)
        return aggregate.handle

    def drop_oldest(self, keys: Keys) -> bool:
        """Give up the oldest aggregate that is closed and not in flight; whether there was one.

        Where the lane of a record with these keys has no room, one of that lane.
        """
        lane = self.lane_of(keys)
        full = lane if lane is not None and lane.starved else None
        aggregate = self._live.oldest_closed(full)
        if aggregate is None:
            return False
        self.settled.fail(aggregate, _DROPPED, dropped=True)
        return True

    def flush(self, reason: CloseReason) -> None:
        """Close everything and have it go without waiting for full requests."""
        self.accumulator.close_all(reason)
        self._traffic.queue.hurry()

    # What goes out

    def due(self) -> float:
        """When `take` has something: minus infinity for now, infinity for not by itself."""
        return max(self._traffic.queue.due(), self.service.due(self._probes))

    def take(self, now: float) -> Batch[H] | None:
        """The next request, or ``None`` while nothing may go."""
        self.expire(now)
        if self.service.due(self._probes) > now:
            return None
        aggregates = self._traffic.queue.take(now)
        return self._send(aggregates, now) if aggregates else None

    def _send(self, aggregates: Sequence[Aggregate[H]], now: float) -> Batch[H]:
        for aggregate in aggregates:
            aggregate.move(State.IN_FLIGHT)
            aggregate.aboard = True
            aggregate.attempts += 1
            aggregate.take_off()
            aggregate.taken_at = aggregate.taken_at or now
        batch = Batch(aggregates, now, probe=self.service.probing)
        self._flying.append(batch)
        return batch

    @property
    def in_flight(self) -> bool:
        """Whether there is a request that has not returned, and that somebody waits for."""
        return not all(map(is_given_up, self._flying))

    def _probes(self) -> bool:
        return not all(is_given_up(batch) for batch in self._flying if batch.probe)

    # What comes back

    def settle(self, batch: Batch[H], answer: Answer, *, now: float, spread: float) -> None:
        """Read the answer to a request: settle its aggregates, or have them go again.

        Args:
            batch: what was sent.
            answer: one failure for all of it, or a result for each entry.
            now: monotonic time.
            spread: jitter for all waits that follow from this answer.
        """
        self._flying = [one for one in self._flying if one is not batch]
        split = isinstance(answer, Failure) and len(batch.aggregates) > 1
        told = self._read(batch, answer)
        each = [one.each for one in told]
        whole = isinstance(answer, Failure)
        results = list(chain.from_iterable(each))
        self.service.learn(batch, results, now=now, spread=spread, whole=whole)
        self._traffic.queue.learn(batch, each, now=now, spread=spread)
        halves = [
            aggregate
            for aggregate, one in zip(batch.aggregates, told, strict=True)
            if not self._judge(aggregate, one.fate, now=now, spread=spread, split=split)
        ]
        self._traffic.queue.bisect(halves)
        if self.service.fatal is not None:
            self.end(self.service.fatal)

    def _read(self, batch: Batch[H], answer: Answer) -> Sequence[Told]:
        """One for each aggregate; some have several entries."""
        if isinstance(answer, Failure):
            return [Told(answer, [answer])] * len(batch.aggregates)
        entries = iter(answer)
        return [fold(aggregate, entries, self._traffic.places) for aggregate in batch.aggregates]

    def _judge(
        self, aggregate: Aggregate[H], result: Result, *, now: float, spread: float, split: bool
    ) -> bool:
        """Settle it or have it go again; false if it is to go at once with half of its batch."""
        aggregate.aboard = False
        if aggregate.state is State.SETTLED:
            self.settled.return_late(aggregate)
        elif isinstance(result, Accepted):
            self.settled.deliver(aggregate, result)
        elif split and meaning(result).action in {Action.BISECT, Action.HALVE}:
            aggregate.doubts += meaning(result).written
            aggregate.move(State.CLOSED)
            return False
        else:
            self._again(aggregate, result, now=now, spread=spread)
        return True

    def _again(
        self, aggregate: Aggregate[H], failure: Failure, *, now: float, spread: float
    ) -> None:
        if failure is UNFINISHED:
            aggregate.move(State.CLOSED)
            self._traffic.queue.retry(aggregate, now, failure)
            return
        self._traffic.scatter(aggregate)
        what = meaning(failure)
        aggregate.failure = failure
        aggregate.doubts += what.written
        at = self._rules.retries.next_attempt(
            aggregate.retries, now=now, deadline=self._live.deadline(aggregate), spread=spread
        )
        if at is None or what.action in {Action.BISECT, Action.FAIL}:
            self.settled.fail(aggregate, failure)
            return
        aggregate.retries += 1
        aggregate.move(State.CLOSED)
        self._traffic.queue.retry(aggregate, at, failure)

    # How it ends

    def next_overdue(self, now: float) -> float:
        """When `expire` has something, at the earliest."""
        return self._live.next_overdue(now)

    def expire(self, now: float) -> None:
        """Settle what is overdue.

        What the time ran out for while the process was stopped (SIGSTOP, a container or a function
        that is frozen between two calls) gets one attempt if it never had any.
        """
        for aggregate in self._live.overdue(now):
            if aggregate.state is State.OPEN:
                self.accumulator.close(aggregate, CloseReason.AGE)
            if self._live.slept_through(aggregate, now):
                self._live.reprieve(aggregate, now)
            else:
                self.settled.fail(aggregate, aggregate.failure or _OVERDUE)

    def abort(self) -> None:
        """Settle everything, also what is in flight."""
        self._give_up(_ABORTED)
        for aggregate in list(self._live):
            self.settled.fail(aggregate, _ABORTED)

    def end(self, failure: Failure) -> None:
        """Nothing more can be sent: settle what is not in flight, and accept no more."""
        self.service.fatal = self.service.fatal or failure
        self._give_up(failure)

    def _give_up(self, failure: Failure) -> None:
        """Settle everything that is not in flight."""
        self.accumulator.close_all(CloseReason.CLOSE)
        for aggregate in list(self._live):
            if aggregate.state is State.CLOSED:
                self.settled.fail(aggregate, failure)

    def __len__(self) -> int:
        """Aggregates that are not settled."""
        return len(self._live)

    def handles(self) -> list[H]:
        """The handles of all aggregates that are not settled, oldest first."""
        return [aggregate.handle for aggregate in self._live]

    def totals(self) -> Totals:
        """The counts now."""
        return self.settled.totals(received=self._live.closed + self.accumulator.pending)

    def repair(self) -> None:
        """Make every queue and sum agree with the register again, after an interruption."""
        self._live.repair()
        self.settled.finish()
        self.accumulator.rebuild(self._live)
        self._traffic.queue.rebuild(self._live)
        for aggregate in self._live:
            aggregate.mend()
            aggregate.charge = self._rules.aggregates.charge(aggregate)
        self._traffic.queue.uncharge()
        self.memory.recount(self._live)
