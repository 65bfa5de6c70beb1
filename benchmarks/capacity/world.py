"""One run: a stream, its producers, and what happens, all fixed by a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from benchmarks.capacity.book import Book, within
from benchmarks.capacity.clock import Clock
from benchmarks.capacity.site import Application, Site
from benchmarks.capacity.stream import CAPACITY, Stream
from kinesis_producer.limits import MIB

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.capacity.policy import Policy
    from kinesis_producer.records import Keys

#: Seconds that are not measured.
WARM_UP: Final = 10.0

#: Seconds in which what is pending at the end goes out.
DRAIN: Final = 30.0

#: Seconds within which producers begin, so that none keeps step with another.
STAGGER: Final = 0.5


@dataclass(frozen=True, slots=True)
class Member:
    """A producer and its application.

    Attributes:
        kind: makes its policy.
        offers: share of what is offered to the stream, unless it is even.
        begins: seconds after the warm-up; ``None``: long before it.
        size: data of an entry.
        record: bytes that one offer adds to an entry.
        keys: makes what makes the keys of records, or there are none.
        memory: bytes that may be pending.
    """

    kind: Callable[[World, Member, Book, random.Random], Policy]
    offers: float | None = None
    begins: float | None = None
    size: int = 25_000
    record: int = 5_000
    keys: Callable[[random.Random], Callable[[], Keys]] | None = None
    memory: int = 64 * MIB


@dataclass(frozen=True, slots=True)
class Setting:
    """What a run is made of.

    Attributes:
        members: the producers.
        shards: how many the stream has at first.
        offered: what is offered to the stream, as a share of what these take.
        trip: seconds of a round trip.
        share: of a provisioned shard's rate, that each shard takes at first.
        on_demand: the stream promises no rate.
        events: arranges what happens.
    """

    members: Sequence[Member]
    shards: int = 8
    offered: float = 2.0
    trip: float = 0.02
    share: float = 1.0
    on_demand: bool = False
    events: Callable[[World], None] = field(default=lambda _: None)


class World:
    """Everything in one run.

    Args:
        setting: what it is made of.
        seed: of all that is random.
        seconds: that are measured, after the warm-up.

    Attributes:
        begin: of what is measured.
        end: of it, and of the run.
        late: seconds until a map is loaded that is known to be wrong.
    """

    def __init__(self, setting: Setting, seed: int, seconds: float) -> None:
        self.setting = setting
        self.dice = random.Random(seed)
        self.begin, self.end = WARM_UP, WARM_UP + seconds
        self.late = 2.0 * self.dice.random()
        self.clock = Clock()
        self.stream = Stream(
            self.clock, setting.shards, share=setting.share, on_demand=setting.on_demand
        )
        self.books: list[Book] = []
        self.sites: list[Site] = []
        self._applications: list[Application] = []
        setting.events(self)
        for member in setting.members:
            self._settle_down(member)

    def run(self) -> World:
        """To its end."""
        self.clock.run(self.end)
        return self

    def drain(self) -> None:
        """Offer nothing more, and let go out what is pending."""
        for application in self._applications:
            application.over = True
        self.clock.run(self.end + DRAIN)

    def _settle_down(self, member: Member) -> None:
        dice = random.Random(self.dice.random())
        book = Book()
        self.books.append(book)
        begins = STAGGER * dice.random()
        if member.begins is not None:
            begins += self.begin + member.begins
        self.clock.at(begins, lambda: self._start(member, book, dice))

    def _start(self, member: Member, book: Book, dice: random.Random) -> None:
        policy = member.kind(self, member, book, dice)
        trip = self.setting.trip
        site = Site(self.clock, policy, self.stream, book, dice=dice, trip=trip)
        self.sites.append(site)
        share = member.offers or 1 / len(self.setting.members)
        offered = self.setting.offered * self.setting.shards * CAPACITY
        interval = member.record / (offered * share)
        keys = member.keys and member.keys(dice)
        application = Application(self.clock, site, interval, keys)
        self._applications.append(application)
        application.begin()

    # What came of it

    def accepted(self, begin: float, end: float, shards: Sequence[str] | None = None) -> float:
        """What the accepted entries took of the capacity of these shards, or of all, then."""
        return sum(
            within(counts, begin, end)
            for book in self.books
            for name, counts in book.accepted.items()
            if shards is None or name in shards
        )
