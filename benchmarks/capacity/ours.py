"""This library's producer: its pure core, asked as its threads ask it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from benchmarks.capacity.policy import Entry, Request
from benchmarks.capacity.site import SENDERS
from kinesis_producer.core.aggregate import CloseReason
from kinesis_producer.core.backlog import Backlog
from kinesis_producer.core.entries import lots
from kinesis_producer.core.formats.plain import DelimiterFormat
from kinesis_producer.core.hash_keys import hash_key
from kinesis_producer.core.put_records import RequestLimits
from kinesis_producer.core.retry import SPREAD, RetryRules
from kinesis_producer.core.rules import AggregateRules, BacklogRules
from kinesis_producer.limits import (
    AGGREGATE_OVERHEAD,
    DEFAULT_RECORD_SIZE,
    MAX_RECORDS_PER_AGGREGATE,
    MIB,
    RECORD_OVERHEAD,
)
from kinesis_producer.producer.wiring import LONGEST_COMPANY
from kinesis_producer.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from benchmarks.capacity.book import Book
    from kinesis_producer.core.aggregate import Aggregate
    from kinesis_producer.core.entries import Lot
    from kinesis_producer.core.formats import Format
    from kinesis_producer.core.put_records import Batch, Result
    from kinesis_producer.core.shard_map import StreamFacts
    from kinesis_producer.records import Keys

#: Seconds; ``buffer_time_limit`` as it is unless set.
AGE: Final = 0.2

#: Seconds that the sum of two times may be off.
ROUNDING: Final = 1e-9

_hash_key = cache(hash_key)


class Note:
    """The handle of an aggregate.

    Attributes:
        last: when its last record came.
    """

    __slots__ = ("last",)

    def __init__(self) -> None:
        self.last = 0.0


class Ours:
    """A `Policy`.

    Args:
        book: where deliveries are noted.
        dice: for keys, ties and jitter.
        rules: sizes, times and bounds.
        record: the one that is offered again and again.
        reload: called when what is known of the shards is found to be wrong; `learn` follows.
    """

    def __init__(
        self,
        book: Book,
        dice: Random,
        rules: BacklogRules,
        record: bytes,
        reload: Callable[[Ours], None] = lambda _: None,
    ) -> None:
        self._book = book
        self._dice = dice
        self._record = record
        self._reload = reload
        self._reloading = False
        self._ahead = 1000.0 * dice.random()  # no two machines' monotonic clocks agree
        self.backlog: Backlog[Note] = Backlog(rules, Note, lambda _: False, dice.random)

    def learn(self, facts: StreamFacts, now: float) -> None:
        """The shards have been listed."""
        self._reloading = False
        self.backlog.learn(facts, now + self._ahead)

    def offer(self, keys: Keys, now: float) -> bool:
        """Accept a record, or refuse it."""
        key_size = len(keys.partition_key or "")
        charge = len(self._record) + key_size + RECORD_OVERHEAD + AGGREGATE_OVERHEAD
        if not self.backlog.fits(keys, charge):
            return False
        note = self.backlog.append(self._record, keys, key_size, now + self._ahead)
        note.last = now + self._ahead
        return True

    def take(self, now: float) -> Request | None:
        """The next request."""
        batch = self.backlog.take(now + self._ahead)
        if batch is None:
            return None
        entries = [entry for one in batch.aggregates for entry in self._entries(one)]
        return Request(entries, lambda results, then: self._settle(batch, results, then))

    def due(self) -> float:
        """When there is one."""
        return self.backlog.due() - self._ahead + ROUNDING

    def _entries(self, aggregate: Aggregate[Note]) -> list[Entry]:
        """All its records are of one size, so that each piece of it has its part of the whole."""
        each = aggregate.wire_size / len(aggregate.records)
        made = [Entry(int(len(lot.records) * each), self._hash_key(lot)) for lot in lots(aggregate)]
        aggregate.sent_size = sum(entry.size for entry in made)
        return made

    def _hash_key(self, lot: Lot) -> int:
        if lot.steered is not None:
            return lot.steered
        if lot.keys.partition_key is None:
            return self._dice.getrandbits(128)
        return _hash_key(lot.keys.partition_key, lot.keys.explicit_hash_key)

    def _settle(self, batch: Batch[Note], results: Sequence[Result], now: float) -> None:
        spread = self._dice.uniform(*SPREAD)
        self.backlog.settle(batch, list(results), now=now + self._ahead, spread=spread)
        if self.backlog.stale and not self._reloading:
            self._reloading = True
            self._reload(self)
        self._announce(now)

    def _announce(self, now: float) -> None:
        settled = self.backlog.settled.unannounced
        while settled:
            aggregate = settled.popleft()
            if aggregate.settlement and aggregate.settlement.outcome is Outcome.DELIVERED:
                self._book.deliver(_closed_at(aggregate) - self._ahead, now)
            else:
                self._book.lost += 1


def _closed_at(aggregate: Aggregate[Note]) -> float:
    """When it closed, or would have, had anybody looked."""
    if aggregate.reason is CloseReason.AGE:
        return aggregate.opened_at + AGE
    return aggregate.handle.last


def _count_limit(form: Format) -> int:
    if not form.single:
        return MAX_RECORDS_PER_AGGREGATE
    return 100 if form.mixes else 1


def rules(
    size: int, memory: int = 64 * MIB, form: Format | None = None, *, ordered: bool = False
) -> BacklogRules:
    """Those of the default configuration, with aggregates of that size.

    Args:
        size: as ``buffer_size_limit``.
        memory: as ``max_pending_bytes``.
        form: delimiter unless given.
        ordered: as ``ordering="shard"``.
    """
    form = form or DelimiterFormat(b"\n")
    return BacklogRules(
        aggregates=AggregateRules(
            size_limit=size,
            record_limit=DEFAULT_RECORD_SIZE,
            time_limit=AGE,
            form=form,
            count_limit=_count_limit(form),
        ),
        requests=RequestLimits(5 * MIB),
        retries=RetryRules(None, 10.0),
        memory=memory,
        delivery_timeout=300.0,
        linger=AGE if form.single else 0.0,
        company=min(AGE, LONGEST_COMPANY),
        ordered=ordered,
        filtered=form.filtered,
        senders=SENDERS,
    )
