"""A producer that keeps the order, its troubles, and a checker of what is in the shards."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmarks.capacity.book import Book
from benchmarks.capacity.clock import Clock
from benchmarks.capacity.ours import Ours, rules
from benchmarks.capacity.site import Site
from benchmarks.capacity.stream import Stream
from kinesis_producer.core.entries import Lot, lots
from kinesis_producer.core.formats.packed import PackedFormat
from kinesis_producer.core.hash_keys import hash_key
from kinesis_producer.records import Failure, Keys

if TYPE_CHECKING:
    from benchmarks.capacity.policy import Policy, Request

SILENCE = Failure("NoAnswer", "the connection was reset")

#: Seconds between two ticks of the application; and until it waits for an answer no more.
TICK = 0.01
TIMEOUT = 1.0


class Sealed(NamedTuple):
    """An entry that knows what is in it."""

    size: int
    hash_key: int
    lot: Lot


class Ledger(Stream):
    """A stream that remembers, for each shard, what it took, in order."""

    def __init__(self, clock: Clock, shards: int) -> None:
        super().__init__(clock, shards)
        self.taken: list[tuple[str, Lot]] = []

    def write(self, entries: Any, book: Book) -> list[Any]:
        results = super().write(entries, book)
        for entry, result in zip(entries, results, strict=True):
            if not isinstance(result, Failure):
                self.taken.append((result.shard_id, entry.lot))
        return results


class Sender(Ours):
    """Its records are the numbers of a key, from 0, each as long as any."""

    def __init__(self, *given: Any, size: int) -> None:
        super().__init__(*given)
        self.size = size
        self.counts: Counter[Keys] = Counter()

    def offer(self, keys: Keys, now: float) -> bool:
        self._record = b"%0*d" % (self.size, self.counts[keys])
        taken = super().offer(keys, now)
        self.counts[keys] += taken
        return taken

    def _entries(self, aggregate: Any) -> Any:
        entries = super()._entries(aggregate)
        return [Sealed(*entry, lot) for entry, lot in zip(entries, lots(aggregate), strict=True)]

    def _settle(self, batch: Any, results: Any, now: float) -> None:
        answer = SILENCE if results is SILENCE else list(results)
        self.backlog.settle(
            batch, answer, now=now + self._ahead, spread=self._dice.uniform(0.5, 1.5)
        )
        if self.backlog.stale and not self._reloading:
            self._reloading = True
            self._reload(self)
        self._announce(now)


class Troubled(Site):
    """Requests are reset, before the stream has read them and after; and some come in late."""

    troubles = 0.02

    def _arrive(self, request: Request, half: float) -> None:
        luck = self._dice.random() / (self.troubles or 1e-9)
        if luck > 1:
            super()._arrive(request, half)
            return
        if luck < 0.4:
            self._stream.write(request.entries, self._book)
        wait = half
        if luck > 0.8:
            wait = TIMEOUT
            late = self._clock.now + self._dice.uniform(0.0, 3 * TIMEOUT)
            self._clock.at(late, partial(self._stream.write, request.entries, self._book))
        answered: Any = SILENCE
        self._clock.at(self._clock.now + wait, partial(self._return, request, answered))


class Play:
    """One run: so many records over so many keys, with all that may happen.

    Args:
        seed: of it.
        records: how many are accepted.
        keys: of them.
        size: of each.
        shards: at the beginning.
        offered: as a share of what these take.
        ordered: as ``ordering="shard"``.
    """

    def __init__(
        self,
        seed: int,
        records: int,
        *,
        keys: int,
        size: int,
        shards: int = 4,
        offered: float = 2,
        ordered: bool = True,
    ) -> None:
        self.dice = Random(seed)
        self.clock = Clock()
        self.stream = Ledger(self.clock, shards)
        self.left = records
        self.keys = [Keys(f"key-{number}", None) for number in range(keys)]
        form = rules(25_000, form=PackedFormat(), ordered=ordered)
        given = (Book(), self.dice, form, b"", self._reload)
        self.policy = Sender(*given, size=size)
        policy: Policy = self.policy
        self.book = Book()
        site = Troubled(self.clock, policy, self.stream, self.book, dice=self.dice, trip=0.02)
        self.site = site
        self.each = int(TICK * offered * shards * 1_048_576 / size)
        self.lasts = records * size / (shards * 1_048_576)

    def _reload(self, _: Ours) -> None:
        self.clock.at(self.clock.now + 2 * self.dice.random(), self._learn)

    def _learn(self) -> None:
        self.policy.learn(self.stream.facts(), self.clock.now)
        self.site.look()

    def run(self) -> Play:
        """Until everything is settled."""
        self._learn()
        self._happen()
        self._tick()
        while self.left or len(self.policy.backlog):
            assert self.clock.now < 300, "it does not end"
            self.clock.run(self.clock.now + 1.0)
        return self

    def _happen(self) -> None:
        """Two splits, a merge, and a shard that is held down for a while."""
        stream = self.stream
        events = (
            lambda: stream.split_one(0),
            lambda: stream.hold(2, 0.1),
            lambda: stream.split_one(len(stream.open) - 1),
            lambda: stream.hold(2, 1.0),
            lambda: stream.merge(0),
        )
        for number, event in enumerate(events, 1):
            self.clock.at(self.lasts * number / (len(events) + 1), event)

    def _tick(self) -> None:
        for _ in range(min(self.each, self.left)):
            self.left -= self.policy.offer(self.dice.choice(self.keys), self.clock.now)
        self.site.look()
        if self.left:
            self.clock.at(self.clock.now + TICK, self._tick)


def judge(play: Play) -> None:
    """First copies are in order, and none is missing: of all, and of those where they belong.

    Who reads a key reads the shards that its hash key belongs to, parents before their children.

    Raises:
        AssertionError: one is not, or is.
    """
    assert not play.policy._book.lost
    ranges = {
        shard.shard_id: shard.hash_range
        for shard in (*play.stream._closed, *(one.shard for one in play.stream.open))
    }
    anywhere: defaultdict[Keys, int] = defaultdict(int)
    at_home: defaultdict[Keys, int] = defaultdict(int)
    places = {keys: hash_key(keys.partition_key or "") for keys in play.keys}
    for shard_id, lot in play.stream.taken:
        span = ranges[shard_id]
        assert span is not None
        for record, keys in zip(
            lot.records, lot.pairs or [lot.keys] * len(lot.records), strict=True
        ):
            number = int(record)
            _see(anywhere, keys, number)
            if places[keys] in span:
                _see(at_home, keys, number)
    assert anywhere == at_home == dict(play.policy.counts)


def _see(seen: defaultdict[Keys, int], keys: Keys, number: int) -> None:
    assert number <= seen[keys], f"{keys.partition_key}: {number} before {seen[keys]}"
    seen[keys] = max(seen[keys], number + 1)
