"""What a run says, in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.capacity.book import BINS, within
from benchmarks.capacity.stream import CAPACITY

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from benchmarks.capacity.world import World

    #: By name.
    Figures = dict[str, float]


def figures(world: World) -> Figures:
    """What is asked of every run."""
    begin, end = world.begin, world.end
    times = sorted(took for book in world.books for took in book.times(begin, end))
    return {
        "goodput": goodput(world, begin, end),
        "throttled": throttled(world, begin, end),
        "shards": jain(world.accepted(begin, end, [name]) for name in world.stream.ids()),
        "producers": jain(shares(world, begin, end)),
        "p50": quantile(times, 0.5),
        "p99": quantile(times, 0.99),
        "lost": sum(book.lost for book in world.books),
        "spins": sum(site.spins for site in world.sites),
    }


def goodput(world: World, begin: float, end: float) -> float:
    """What was accepted, as a share of what the stream could take."""
    return world.accepted(begin, end) / world.stream.capacity(begin, end)


def throttled(world: World, begin: float, end: float) -> float:
    """Entries that were throttled, as a share of those sent."""
    sent = sum(within(book.sent, begin, end) for book in world.books)
    return sum(within(book.throttled, begin, end) for book in world.books) / (sent or 1)


def shares(world: World, begin: float, end: float) -> list[float]:
    """What each producer had of the capacity, as a share of an equal part of it."""
    fair = world.stream.capacity(begin, end) / len(world.books) or 1.0
    return [
        sum(within(counts, begin, end) for counts in book.accepted.values()) / fair
        for book in world.books
    ]


def jain(values: Iterable[float]) -> float:
    """Jain's index: 1 if all are alike, 1/n if one has everything."""
    values = list(values)
    squares = sum(value * value for value in values)
    return sum(values) ** 2 / (len(values) * squares) if squares else 1.0


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value that so many of them do not exceed; 0 of none."""
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


# What is asked of some


def partly(world: World, places: Collection[int]) -> float:
    """Goodput of these shards, which nothing holds down, while it is measured."""
    names = [world.stream.ids()[place] for place in places]
    capacity = len(names) * CAPACITY * (world.end - world.begin)
    return world.accepted(world.begin, world.end, names) / capacity


def reached(
    world: World, since: float, least: float, *, span: float, shards: Sequence[str] | None = None
) -> float:
    """Seconds from then until so many bytes are accepted in a second, as the mean of a span.

    It is the beginning of the span; infinity if it does not come to that.
    """
    step = 1 / BINS
    place = 0
    while since + place * step + span <= world.end:
        begin = since + place * step
        if world.accepted(begin, begin + span, shards) >= least * span:
            return place * step
        place += 1
    return float("inf")
