"""Who was given what of a shard, and what of it was checkpointed, whatever kind of worker it was.

A tenancy lasts from taking the lease of a shard to losing it. What was checkpointed during one must
never be given in a later one; what was not, is given again.
"""

from __future__ import annotations

import base64
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kinesis_producer.core.positions import SHARD_END, Position
from tests.kcl import received

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.workers.fleet import Member


@dataclass(slots=True)
class Tenancy:
    """One.

    Attributes:
        worker: a name.
        shard: its id.
        given: each user record's number, key, position and moment, in order.
        checkpoint: the last that was written; ``None``: there was none.
    """

    worker: str
    shard: str
    given: list[tuple[int, str, Position, float]] = field(default_factory=list)
    checkpoint: Position | None = None

    @property
    def kept(self) -> list[int]:
        """The numbers of what was given and checkpointed."""
        last = self.checkpoint
        return [] if last is None else [one for one, _, at, _ in self.given if at <= last]


def of_kcl(directory: Path) -> list[Tenancy]:
    """Those of a KCL, which begins each with a process."""
    return [one for file in received.files(directory) if (one := _of_process(file)) is not None]


def _of_process(file: Path) -> Tenancy | None:
    entries = received.entries_of(file)
    if not entries:
        return None
    tenancy = Tenancy("the KCL", entries[0]["shardId"])
    for entry in entries:
        if "data" in entry:
            number = int(base64.b64decode(entry["data"]))
            tenancy.given.append((number, entry["partitionKey"], _position(entry), entry["at"]))
        else:
            tenancy.checkpoint = _position(entry["checkpoint"])
    return tenancy


def _position(place: dict[str, Any]) -> Position:
    """Without a number it is the end of the shard."""
    number = place["sequenceNumber"]
    return SHARD_END if number is None else Position(int(number), place["subSequenceNumber"] or 0)


def of_member(member: Member) -> list[Tenancy]:
    """Those of a worker program, which begins each with another token."""
    found: dict[tuple[str, int], Tenancy] = {}
    newest: dict[str, Tenancy] = {}
    for kind, *entry in member.entries():
        if kind == "r":
            number, key, shard, position, token, moment = entry
            newest[shard] = found.setdefault((shard, token), Tenancy("Python", shard))
            newest[shard].given.append((number, key, Position(*position), moment))
        elif kind == "c":
            shard, position = entry
            newest[shard].checkpoint = Position(*position)
    return list(found.values())


def times_kept(tenancies: Iterable[Tenancy]) -> Counter[int]:
    """In how many tenancies each record was given and checkpointed."""
    return Counter(number for one in tenancies for number in one.kept)


def times_given(tenancies: Iterable[Tenancy]) -> Counter[int]:
    """How often each record was given, by its number."""
    return Counter(number for one in tenancies for number, *_ in one.given)


def are_in_order(tenancies: Iterable[Tenancy]) -> bool:
    """Whether each key's records were given for the first time as they were written."""
    first: dict[int, tuple[float, str]] = {}
    for number, key, _, moment in (given for one in tenancies for given in one.given):
        first[number] = min((moment, key), first.get(number, (moment, key)))
    by_key: defaultdict[str, list[tuple[float, int]]] = defaultdict(list)
    for number, (moment, key) in first.items():
        by_key[key].append((moment, number))
    return all(_rises(given) for given in by_key.values())


def _rises(given: list[tuple[float, int]]) -> bool:
    numbers = [number for _, number in sorted(given)]
    return numbers == sorted(numbers)
