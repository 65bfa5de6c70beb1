"""The lease table: compare and set, slow, away for a while, with answers that get lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.core.leasing.lease import merged
from kinesis_producer.core.leasing.requests import AWAY, Create, Delete, Find, Look, Put

if TYPE_CHECKING:
    from collections.abc import Generator

    from kinesis_producer.core.leasing.lease import Lease
    from tests.fleet.judge import Judge
    from tests.fleet.troubles import Troubles
    from tests.fleet.world import Sleep, World

_EVERYBODY: Final = ""
_LOST: Final = object()

#: What is asked of the table.
TableRequest = Look | Find | Put | Create | Delete


class Table:
    """Rows by shard. Every write is held before the judge.

    Attributes:
        rows: as they are.
        away: until when it cannot be reached, by worker; under the empty name, by anybody.
    """

    def __init__(self, world: World, judge: Judge, troubles: Troubles) -> None:
        self._world = world
        self._judge = judge
        self._troubles = troubles
        self.rows: dict[str, Lease] = judge.rows
        self.away: dict[str, float] = {}

    def away_for(self, who: str | None, seconds: float) -> None:
        """Cannot be reached from now on, by one or by all."""
        self.away[who or _EVERYBODY] = self._world.now + seconds
        self._world.say("table", f"away for {who or 'all'}: {seconds:.1f} s")

    def ask(
        self, who: str, request: TableRequest, *, patience: float
    ) -> Generator[Sleep, None, Any]:
        """Try until there is an answer, or for so long; as the driver does."""
        world = self._world
        until = world.now + patience
        while True:
            answer = yield from self._attempt(who, request)
            if answer is not _LOST:
                return answer
            if world.now >= until:
                world.say(who, f"no answer to {type(request).__name__}")
                return AWAY
            yield world.dice.uniform(0.05, 1.0)

    def _attempt(self, who: str, request: TableRequest) -> Generator[Sleep, None, Any]:
        """One request; what is lost may have been done, or be done later."""
        dice, troubles = self._world.dice, self._troubles
        yield troubles.delay()
        if self._is_away(who) or dice.random() < troubles.lost / 2:
            if not isinstance(request, Look | Find) and dice.random() < troubles.late:
                self._world.later(dice.uniform(0.1, 15.0), lambda: self._do(who, request))
            yield dice.choice((0.05, 1.0))
            return _LOST
        if isinstance(request, Look) and dice.random() < troubles.torn:
            return (yield from self._torn())
        answer = self._do(who, request)
        yield troubles.delay()
        if self._is_away(who) or dice.random() < troubles.lost / 2:
            yield dice.choice((0.05, 1.0))
            return _LOST
        return answer

    def _torn(self) -> Generator[Sleep, None, list[Lease]]:
        """A scan takes a while: what it finds was not there all at once."""
        early = {one for one in (*self.rows, *self._judge.known) if self._world.dice.random() < 0.5}
        found = [row for name, row in self.rows.items() if name in early]
        yield self._troubles.delay() * 3
        return found + [row for name, row in self.rows.items() if name not in early]

    def _is_away(self, who: str) -> bool:
        return self._world.now < max(self.away.get(who, 0.0), self.away.get(_EVERYBODY, 0.0))

    def _do(self, who: str, request: TableRequest) -> Any:
        match request:
            case Look():
                return list(self.rows.values())
            case Find(shard_id):
                return self.rows.get(shard_id)
            case Put(old, new):
                return self._replace(who, old, new)
            case Create(lease):
                return self._create(who, lease)
            case Delete(lease):
                return self._delete(who, lease)

    def _replace(self, who: str, old: Lease, new: Lease) -> bool:
        found = self.rows.get(old.shard_id)
        if found is None or found.counter != old.counter:
            return False
        row = merged(found, old, new)
        self._judge.writes.replaced(who, found, row)
        self.rows[row.shard_id] = row
        return True

    def _create(self, who: str, lease: Lease) -> bool:
        if lease.shard_id in self.rows:
            return False
        self._judge.writes.created(who, lease)
        self.rows[lease.shard_id] = lease
        return True

    def _delete(self, who: str, lease: Lease) -> bool:
        found = self.rows.get(lease.shard_id)
        if found is None or found.counter != lease.counter:
            return False
        self._judge.writes.deleted(who, found)
        del self.rows[lease.shard_id]
        return True
