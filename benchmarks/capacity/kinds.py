"""The policies that are compared, made for a member of a world."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from benchmarks.capacity.kpl import Kpl
from benchmarks.capacity.ours import Ours, rules
from benchmarks.capacity.rivals import InTurn, at_once, exponential
from kinesis_producer.core.formats.packed import PackedFormat
from kinesis_producer.core.formats.plain import NoFormat
from kinesis_producer.core.shard_map import ShardMap

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from benchmarks.capacity.book import Book
    from benchmarks.capacity.policy import Policy
    from benchmarks.capacity.world import Member, World
    from kinesis_producer.core.rules import BacklogRules

    Kind = Callable[[World, Member, Book, Random], Policy]


def ours(world: World, member: Member, book: Book, dice: Random) -> Policy:
    """This producer, which knows the shards."""
    return _aware(world, book, dice, rules(member.size, member.memory), b"x" * (member.record - 1))


def single(world: World, member: Member, book: Book, dice: Random) -> Policy:
    """This producer, with each record an entry of its own."""
    form = rules(member.size, member.memory, NoFormat())
    return _aware(world, book, dice, form, b"x" * member.record)


def several(world: World, member: Member, book: Book, dice: Random) -> Policy:
    """The same, where a hundred of them share a delivery."""
    form = rules(100_000, member.memory, NoFormat(shared=True))
    return _aware(world, book, dice, form, b"x" * member.record)


def ordered(world: World, member: Member, book: Book, dice: Random) -> Policy:
    """This producer, which keeps the order of each key; its format is msgpack."""
    form = rules(member.size, member.memory, PackedFormat(), ordered=True)
    return _aware(world, book, dice, form, b"x" * member.record)


def unaware(_: World, member: Member, book: Book, dice: Random) -> Policy:
    """This producer where it may not list the shards."""
    return Ours(book, dice, rules(member.size, member.memory), b"x" * (member.record - 1))


def _aware(world: World, book: Book, dice: Random, form: BacklogRules, record: bytes) -> Ours:
    """It learns of the shards as it begins, and again a while after it finds that they changed."""

    def learn(made: Ours) -> None:
        made.learn(world.stream.facts(), world.clock.now)

    def reload(made: Ours) -> None:
        world.clock.at(world.clock.now + world.late, lambda: learn(made))

    made = Ours(book, dice, form, record, reload)
    learn(made)
    return made


def ancestor(_: World, member: Member, book: Book, dice: Random) -> Policy:
    """kinesis_producer 0.2.1: an entry in each request (PutRecord), random keys, backoff."""
    return InTurn(book, dice, member.size, member.memory, pause=exponential, most=1)


def backoff(_: World, member: Member, book: Book, dice: Random) -> Policy:
    """The ancestor's way with full requests (PutRecords)."""
    return InTurn(book, dice, member.size, member.memory, pause=exponential)


def loop(_: World, member: Member, book: Book, dice: Random) -> Policy:
    """What failed goes again at once."""
    return InTurn(book, dice, member.size, member.memory, pause=at_once)


def kpl(world: World, member: Member, book: Book, dice: Random) -> Policy:
    """The KPL's way."""
    shards = world.stream.facts().shards or ShardMap([])
    return Kpl(book, dice, member.size, member.memory, shards)


#: As they stand in the table.
OURS: Final[Mapping[str, Kind]] = {
    "this producer": ours,
    "without a shard map": unaware,
}
RIVALS: Final[Mapping[str, Kind]] = {
    "random keys, backoff": backoff,
    "KPL's policy": kpl,
    "plain loop": loop,
}
#: Whose records are entries as they are offered.
ENTRIES: Final = (*RIVALS.values(), ancestor)
