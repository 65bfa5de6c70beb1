"""What must hold at every step: of what is given out, what is handled, and what is written."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kinesis_producer.core.positions import AT_TIMESTAMP, SHARD_END, Position
from tests.fleet.writes import Writes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kinesis_producer.core.leasing.lease import Lease
    from tests.fleet.rules import Rules
    from tests.fleet.stream import SimShard, Stream
    from tests.fleet.world import World


@dataclass(slots=True, eq=False)
class Tenure:
    """The time for which one worker has a lease, by the table.

    Attributes:
        owner: the worker.
        start: the checkpoint that it found.
        last: the last position that was given out.
        excused: it came to an end in a way after which records may be given once more.
    """

    owner: str
    start: Position
    last: Position = AT_TIMESTAMP
    excused: str = ""


@dataclass(slots=True)
class Judge:
    """Whatever is wrong raises AssertionError, at the step where it goes wrong.

    Attributes:
        tenures: open ones, by shard.
        given: under which tenure a record was given out last.
        handled: positions of records whose handling has ended.
        excused: positions that nobody needs to handle: trimmed, or older than the start.
        rows: of the lease table.
        known: shards that have, or had, a lease.
        finished: shards whose lease was written to be at its end.
        duplicates: records that were given out once more.
    """

    world: World
    stream: Stream
    rules: Rules
    tenures: dict[str, Tenure] = field(default_factory=dict)
    given: dict[Position, Tenure] = field(default_factory=dict)
    handled: set[Position] = field(default_factory=set)
    excused: set[Position] = field(default_factory=set)
    rows: dict[str, Lease] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    finished: set[str] = field(default_factory=set)
    duplicates: int = 0
    writes: Writes = field(init=False)
    _begun: set[Position] = field(default_factory=set)
    _keys: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    _skipped: set[tuple[int, int]] = field(default_factory=set)
    _fronts: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def __post_init__(self) -> None:
        self.writes = Writes(self)

    # what is given out

    def takes(self, who: str, row: Lease) -> None:
        """A worker has a lease from now on."""
        self.tenures[row.shard_id] = Tenure(who, row.checkpoint)

    def gives(self, who: str, shard_id: str, positions: Sequence[Position]) -> None:
        """A worker has decided to give these to its caller."""
        tenure = self.tenures.get(shard_id)
        assert tenure is not None, f"{who} gives {shard_id}, which nobody has"
        assert tenure.owner == who, f"{who} gives {shard_id}, which {tenure.owner} has"
        self._judge_parents(shard_id)
        for position in positions:
            assert position > tenure.start, f"{position} was dealt with: {tenure.start}"
            assert position > tenure.last, f"{position} comes after {tenure.last}"
            tenure.last = position
            self._judge_copy(who, shard_id, position)
            self.given[position] = tenure

    def _judge_copy(self, who: str, shard_id: str, position: Position) -> None:
        before = self.given.get(position)
        if before is not None:
            self.duplicates += 1
            assert before.excused, f"{who}: {shard_id} {position}, after {before.owner} for nothing"

    def _judge_parents(self, shard_id: str) -> None:
        for parent in self.stream.shards[shard_id].parents:
            assert parent in self.finished or parent not in self.known, f"{parent} has not ended"

    def took_back(self, who: str, shard_id: str, before: Position | None, after: Position) -> None:
        """What was given last did not reach the caller."""
        tenure = self.tenures.get(shard_id)
        if tenure is None or tenure.owner != who:
            return
        last = AT_TIMESTAMP if before is None else before
        for position in self.stream.shards[shard_id].flat:
            if last < position <= after:
                self.given.pop(position, None)
        tenure.last = last

    # what is handled

    def begins(self, position: Position) -> None:
        """A handler begins with a record: of each key, in order where it is the first time."""
        if position in self._begun:
            return
        self._begun.add(position)
        told = self.stream.contents[position.sequence_number]
        if told:
            one = told[position.sub_sequence_number]
            self._pass(one.key)
            assert self._keys[one.key] == one.number, f"key {one.key}: {one.number} comes too soon"
            self._keys[one.key] += 1

    def _pass(self, key: int) -> None:
        while (key, self._keys[key]) in self._skipped:
            self._keys[key] += 1

    def ends(self, position: Position) -> None:
        """A handler has done with it."""
        self.handled.add(position)

    def excuse(self, positions: Iterable[Position]) -> None:
        """Nobody needs to handle these."""
        for position in positions:
            self.excused.add(position)
            told = self.stream.contents[position.sequence_number]
            if told and position not in self._begun:
                self._begun.add(position)
                one = told[position.sub_sequence_number]
                self._skipped.add((one.key, one.number))

    # what is written

    def judge_covered(self, shard_id: str, checkpoint: Position) -> None:
        """A checkpoint covers only what was handled."""
        shard = self.stream.shards[shard_id]
        front = self.front(shard)
        if checkpoint == SHARD_END:
            assert shard.closed_at is not None, f"{shard_id} ended, and is open"
        assert front is None or front > checkpoint, f"{shard_id} at {checkpoint}: {front} left out"

    def front(self, shard: SimShard) -> Position | None:
        """The first record that nobody has handled, of those that somebody should."""
        place = self._fronts[shard.shard_id]
        while place < len(shard.flat) and self._is_done(shard.flat[place]):
            place += 1
        self._fronts[shard.shard_id] = place
        return shard.flat[place] if place < len(shard.flat) else None

    def _is_done(self, position: Position) -> bool:
        return position in self.handled or position in self.excused
