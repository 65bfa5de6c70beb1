"""A producer's own machine: senders, the way to the stream, and an application that offers."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Final

from kinesis_producer.records import NO_KEYS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from benchmarks.capacity.book import Book
    from benchmarks.capacity.clock import Clock
    from benchmarks.capacity.policy import Policy, Request
    from benchmarks.capacity.stream import Stream
    from kinesis_producer.core.put_records import Result
    from kinesis_producer.records import Keys

SENDERS: Final = 4

#: Sigma of the logarithm of the jitter: its 99th percentile is 1.7.
JITTER: Final = math.log(1.7) / 2.326

#: Seconds: an application offers what came due meanwhile so often.
TICK: Final = 0.001

#: Seconds until a sender asks again that was told there is something, and got nothing.
AGAIN: Final = 0.001


class Site:
    """Senders that are all alike: an idle one asks, and sleeps for as long as it is told.

    Args:
        clock: of the simulation.
        policy: whom they ask.
        stream: where they carry it.
        book: where it is noted what the stream says.
        dice: for the round trips.
        trip: seconds of a round trip, in the median.

    Attributes:
        spins: how often a request was due, and there was none.
    """

    def __init__(  # noqa: PLR0913 -- each is a fact of its own
        self,
        clock: Clock,
        policy: Policy,
        stream: Stream,
        book: Book,
        *,
        dice: Random,
        trip: float,
    ) -> None:
        self._clock = clock
        self.policy = policy
        self._stream = stream
        self._book = book
        self._dice = dice
        self._trip = trip
        self._idle = SENDERS
        self._wakes_at = math.inf
        self.spins = 0

    def look(self) -> None:
        """Something has changed: whoever is idle asks."""
        now = self._clock.now
        while self._idle:
            due = self.policy.due()
            if due > now:
                self._sleep(due)
                return
            request = self.policy.take(now)
            if request is None:
                self._spin(now)
                return
            self._carry(request)

    def _spin(self, now: float) -> None:
        due = self.policy.due()
        self.spins += due <= now
        self._sleep(max(due, now + AGAIN))

    def _sleep(self, until: float) -> None:
        if until < self._wakes_at:
            self._wakes_at = until
            self._clock.at(until, partial(self._wake, until))

    def _wake(self, until: float) -> None:
        if until == self._wakes_at:
            self._wakes_at = math.inf
            self.look()

    def _carry(self, request: Request) -> None:
        self._idle -= 1
        half = self._trip * self._dice.lognormvariate(0.0, JITTER) / 2
        self._clock.at(self._clock.now + half, partial(self._arrive, request, half))

    def _arrive(self, request: Request, half: float) -> None:
        results = self._stream.write(request.entries, self._book)
        self._clock.at(self._clock.now + half, partial(self._return, request, results))

    def _return(self, request: Request, results: Sequence[Result]) -> None:
        self._idle += 1
        request.answered(results, self._clock.now)
        self.look()


class Application:
    """Offers records at a steady rate; one that finds no room is offered again by the next tick.

    Args:
        clock: of the simulation.
        site: whose policy they are offered to.
        interval: seconds between two records.
        keys: makes the keys of the next one.

    Attributes:
        over: it has no more to offer.
    """

    def __init__(
        self, clock: Clock, site: Site, interval: float, keys: Callable[[], Keys] | None
    ) -> None:
        self._clock = clock
        self._site = site
        self._interval = interval
        self._keys = keys
        self._next = 0.0
        self.over = False

    def begin(self) -> None:
        """Now."""
        self._next = self._clock.now
        self._tick()

    def _tick(self) -> None:
        if self.over:
            return
        now = self._clock.now
        offer = self._offer_any if self._keys is None else self._offer
        while self._next <= now:
            offer(now)
        self._site.look()
        self._clock.at(max(self._next, now + TICK), self._tick)

    def _offer(self, now: float) -> None:
        """One of many callers; where it has to wait, others go on."""
        assert self._keys is not None
        self._site.policy.offer(self._keys(), now)
        self._next += self._interval

    def _offer_any(self, now: float) -> None:
        """All records are alike: with no room for one, there is none for those of this tick."""
        self._next += self._interval
        if not self._site.policy.offer(NO_KEYS, now):
            missed = math.floor((now - self._next) / self._interval) + 1
            self._next += max(0, missed) * self._interval
