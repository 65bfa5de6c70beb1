"""What is measured: so many producers, something that happens to them, and what is asked of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from benchmarks.capacity import kinds, loads
from benchmarks.capacity.figures import figures, jain, partly, reached, shares, throttled
from benchmarks.capacity.stream import CAPACITY
from benchmarks.capacity.world import Member, Setting, World
from kinesis_producer.limits import MIB

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.capacity.figures import Figures
    from benchmarks.capacity.kinds import Kind

#: Seconds after the warm-up at which the late one joins; and that it is given to have its share.
JOINS: Final = 20.0
GIVEN: Final = 20.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """One row or more of the table.

    Attributes:
        setting: from the policy that its producers have.
        policies: those that are compared in it, by the names in the table.
        asked: what it asks beside `figures`.
    """

    setting: Callable[[Kind], Setting]
    policies: Mapping[str, Kind] = field(default_factory=lambda: {**kinds.OURS, **kinds.RIVALS})
    asked: Callable[[World], Figures] = field(default=lambda _: {})

    def run(self, policy: str, seed: int, seconds: float) -> Figures:
        """One run with one policy."""
        world = World(self.setting(self.policies[policy]), seed, seconds).run()
        return {**figures(world), **self.asked(world)}


def member(kind: Kind, **given: object) -> Member:
    """A producer of that policy; a rival is offered entries that are ready to be sent."""
    made = Member(kind, **given)  # type: ignore[arg-type]
    return replace(made, record=made.size) if kind in kinds.ENTRIES else made


def together(count: int, **given: object) -> Callable[[Kind], Setting]:
    """So many producers, none of which knows of the others."""
    return lambda kind: Setting([member(kind)] * count, **given)  # type: ignore[arg-type]


def joined(count: int) -> Callable[[Kind], Setting]:
    """The last one of so many begins late."""
    return lambda kind: Setting([member(kind)] * (count - 1) + [member(kind, begins=JOINS)])


def beside(others: Sequence[Member]) -> Callable[[Kind], Setting]:
    """One producer beside others."""
    return lambda kind: Setting([member(kind), *others])


def lone(*, memory: int = 64 * MIB, **given: object) -> Callable[[Kind], Setting]:
    """One producer, to which something happens."""
    return lambda kind: Setting([member(kind, memory=memory)], **given)  # type: ignore[arg-type]


def keyed(keys: object, **given: object) -> Callable[[Kind], Setting]:
    """One producer, of records with keys, each of which fills an entry; it has 16 MiB."""
    one = {"keys": keys, "record": 25_000, "memory": 16 * MIB}
    return lambda kind: Setting([member(kind, **one)], **given)  # type: ignore[arg-type]


def _of_each(world: World) -> Figures:
    each = shares(world, world.begin, world.end)
    return {f"share {place}": share for place, share in enumerate(each, 1)}


def _of_the_last(world: World) -> Figures:
    """How all share from when its time is over; that is after 40 seconds."""
    each = shares(world, world.begin + JOINS + GIVEN, world.end)
    return {"producers": jain(each), "newcomer": each[-1]}


def _of_the_others(world: World) -> Figures:
    """How it went beside the shard that is held down, and with it once it is free."""
    free = world.begin + loads.HELD[1]
    first = world.stream.ids()[:1]
    recovery = reached(world, free, 0.9 * CAPACITY, span=2.0, shards=first)
    return {"other seven": partly(world, range(1, 8)), "recovery": recovery}


def _of_the_split(world: World) -> Figures:
    at = world.begin + loads.SPLIT_AT
    capacity = len(world.stream.open) * CAPACITY
    return {
        "97 % after": reached(world, at, 0.97 * capacity, span=1.0),
        "throttled after": throttled(world, at, at + 5.0),
        "after 5 s": world.accepted(at + 5.0, world.end) / (capacity * (world.end - at - 5.0)),
    }


_OURS: Final = kinds.OURS
_AWARE: Final = {"this producer": kinds.ours}
_ANCESTOR: Final = {"kinesis_producer 0.2.1": kinds.ancestor}
_EVERY: Final = {**kinds.OURS, **kinds.RIVALS}
_SINGLE: Final = {
    "this producer": kinds.single,
    "one fate for 100": kinds.several,
}
_SMALL: Final = {**_SINGLE, **kinds.RIVALS}

_KPL: Final = member(kinds.kpl)
_MIXED: Final = (member(kinds.ours, size=51_200, record=5_120), member(kinds.ours, size=5_000))


def _in_order(trip: float) -> Scenario:
    """Small records with keys, aggregated by shard."""
    one = member(kinds.ordered, keys=loads.uniform, record=5_000)
    return Scenario(lambda _: Setting([one], trip=trip), {"this producer": kinds.ordered})


def _small(kind: Kind) -> Setting:
    return Setting([member(kind, size=1_000, record=1_000)])


#: By name.
SCENARIOS: Final[Mapping[str, Scenario]] = {
    "one producer": Scenario(together(1), {**_EVERY, **_ANCESTOR}),
    "one producer, 1,000-byte entries": Scenario(_small, _SMALL),
    "three producers": Scenario(together(3)),
    "ten producers": Scenario(together(10)),
    "the third of three joins late": Scenario(joined(3), asked=_of_the_last),
    "three producers, one of them a KPL": Scenario(
        lambda kind: Setting([member(kind), member(kind), _KPL]), _AWARE, _of_each
    ),
    "entries of 25,000, 51,200 and 5,000 bytes": Scenario(beside(_MIXED), _AWARE, _of_each),
    "a shard held down": Scenario(lone(events=loads.hold), asked=_of_the_others),
    "a shard held down, 16 MiB": Scenario(
        lone(events=loads.hold, memory=16 * MIB), asked=_of_the_others
    ),
    "a shard held down, uniform keys": Scenario(
        keyed(loads.uniform, events=loads.hold), asked=_of_the_others
    ),
    "a shard held down, Zipf keys": Scenario(
        keyed(loads.zipf, events=loads.hold), asked=_of_the_others
    ),
    "every shard split": Scenario(lone(events=loads.split, offered=4.0), _OURS, _of_the_split),
    "half the capacity, one producer": Scenario(together(1, offered=0.5)),
    "half the capacity, three producers": Scenario(together(3, offered=0.5)),
    "half the capacity, ten producers": Scenario(together(10, offered=0.5)),
    "half the capacity, uniform keys": Scenario(keyed(loads.uniform, offered=0.5)),
    "an on-demand stream that grows": Scenario(
        lone(events=loads.grow, offered=4.0, share=0.5, on_demand=True)
    ),
    "in order, 20 ms": _in_order(0.02),
    "in order, 100 ms": _in_order(0.1),
}
