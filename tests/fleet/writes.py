"""What must hold of each write to the lease table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from kinesis_producer.core.positions import TRIM_HORIZON
from tests.fleet.rules import DRIFT

if TYPE_CHECKING:
    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.core.positions import Position
    from tests.fleet.judge import Judge, Tenure

#: Seconds after the first lease in which workers that come at the same time may begin anywhere.
_BEGINNING: Final = 60.0


class Writes:
    """Holds every write that is done against what was there."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._world = judge.world
        self._changed: dict[str, float] = {}
        self._wanted: dict[str, float] = {}
        self._withdrawn: dict[str, float] = {}
        self._first: float | None = None
        self.hindered: dict[str, float] = {}

    def replaced(self, who: str, found: Lease, row: Lease) -> None:
        """Who writes, what was there, and what is there now."""
        name = row.shard_id
        assert row.checkpoint >= found.checkpoint, f"{name} moves back: {row.checkpoint}"
        if row.checkpoint != found.checkpoint:
            self._judge.judge_covered(name, row.checkpoint)
        if row.counter == found.counter:
            self._asked(who, found, row)
            return
        tenure = self._judge.tenures.get(name)
        if tenure is not None and tenure.owner == who:
            self._judge_owner(tenure, row)
        else:
            self._judge_take(who, found, row, tenure)
        self._changed[name] = self._world.now

    def created(self, who: str, lease: Lease) -> None:
        """A new row."""
        judge, name = self._judge, lease.shard_id
        self._world.say(who, f"creates {name} at {lease.checkpoint}")
        assert name not in judge.known, f"{who} makes {name} anew"
        shard = judge.stream.shards[name]
        self._first = self._world.now if self._first is None else self._first
        if lease.checkpoint != TRIM_HORIZON:
            early = self._world.now < self._first + _BEGINNING
            assert early or not judge.known & set(shard.parents), f"{name} begins too late"
            since = self._world.now if lease.since is None else lease.since
            judge.excuse(one for one in shard.flat if judge.stream.arrived[one][1] < since)
        judge.known.add(name)
        self._changed[name] = self._world.now

    def deleted(self, who: str, lease: Lease) -> None:
        """A row goes: its children have theirs."""
        name = lease.shard_id
        self._world.say(who, f"deletes {name}")
        assert lease.is_finished, f"{name} is needed"
        for child in self._judge.stream.shards.values():
            if name in child.parents and child.gone_at is None:
                assert child.shard_id in self._judge.known, f"{child.shard_id} is forgotten"

    def excuse_all(self, who: str, why: str) -> None:
        """Whatever a worker has may be given once more."""
        for tenure in self._judge.tenures.values():
            if tenure.owner == who:
                tenure.excused = why

    def ended(self, who: str, why: str) -> None:
        """A process is no more."""
        self._world.say(who, why)
        self.excuse_all(who, why)
        self.hindered[who] = float("inf")

    def answered(self, who: str, shard_id: str, position: Position, *, written: bool) -> None:
        """A checkpoint by hand was said to be written, or not."""
        row = self._judge.rows.get(shard_id)
        covered = row is None or row.checkpoint >= position
        assert covered or not written, f"{who}: {position} of {shard_id} is not written"

    def _asked(self, who: str, found: Lease, row: Lease) -> None:
        assert replace(row, wanted_by=found.wanted_by) == found
        name, now = row.shard_id, self._world.now
        self._world.say(who, f"asks for {name}" if row.wanted_by else f"withdraws {name}")
        if row.wanted_by is None:
            self._withdrawn[name] = now
        elif found.wanted_by is None and not self._is_unnoticed(name):
            self._wanted[name] = now

    def _is_unnoticed(self, name: str) -> bool:
        """Whether the owner may not have seen that a lease was not asked for any more.

        Then it has been asked for all the time, and the caller has had that time.
        """
        since = self._world.now - self._withdrawn.get(name, float("-inf"))
        return since < 2 * self._judge.rules.worker.failover_time

    def _judge_owner(self, tenure: Tenure, row: Lease) -> None:
        """Its owner renews, checkpoints, finishes or lets go."""
        name = row.shard_id
        if row.owner == tenure.owner:
            return
        del self._judge.tenures[name]
        if row.is_finished:
            self._world.say(tenure.owner, f"finishes {name} {row.children}")
            self._judge.finished.add(name)
            return
        self._world.say(tenure.owner, f"hands {name} at {row.checkpoint} to {row.owner}")
        if tenure.last > row.checkpoint and not tenure.excused:
            self._judge_early(tenure, name)

    def _judge_early(self, tenure: Tenure, name: str) -> None:
        """Handed over with records that were given and not checkpointed: only if it is late."""
        rules = self._judge.rules.worker
        waited = self._world.now - self._wanted.get(name, self._world.now)
        assert not rules.auto, f"{tenure.owner} hands {name} over, with {tenure.last} in hand"
        assert waited >= rules.handoff_time / (1 + DRIFT), f"{name} handed over early: {waited}"
        tenure.excused = "late"

    def _judge_take(self, who: str, found: Lease, row: Lease, tenure: Tenure | None) -> None:
        name = row.shard_id
        assert row.owner == who, f"{who} writes {name}, which {tenure and tenure.owner} has"
        assert row.checkpoint == found.checkpoint, f"{who} takes {name}, and checkpoints it"
        assert not found.is_finished, f"{name} is finished"
        self._world.say(who, f"takes {name} at {row.checkpoint} from {found.owner}")
        if tenure is not None:
            self._judge_expiry(name, tenure)
        self._judge.takes(who, row)

    def _judge_expiry(self, name: str, tenure: Tenure) -> None:
        """Of a worker that has not handed it over: it has not renewed it, and could not."""
        rules = self._judge.rules
        still = self._world.now - self._changed[name]
        assert still >= rules.worker.failover_time / (1 + DRIFT), f"{name} taken after {still}"
        hindered = self.hindered.get(tenure.owner, float("-inf"))
        recently = hindered > self._world.now - 2 * rules.worker.failover_time
        assert not rules.calm or recently, f"{tenure.owner} lost {name}, and was well"
        tenure.excused = "expired"
