"""After the faults: within a bounded time everything is handled, and has exactly one owner."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.fleet.scenario import Scenario

#: Seconds in which a table that lacks nothing is at rest: leases that run out, are handed over, and
#: found to be missing, each a few times, one after the other.
_MOST: Final = 400.0

#: Seconds in which calls that were made before have their answers, or none: one of them may make
#: its worker late, which then loses a lease.
_IN_FLIGHT: Final = 20.0

#: Intervals for which nothing may change then.
_STILL: Final = 4


def judge(run: Scenario) -> None:
    """Wait for the rest, see that it lasts, kill a worker, and wait once more.

    Raises:
        AssertionError: it does not come.
    """
    run.world.run(run.world.now + _IN_FLIGHT)
    _wait(run)
    before = _owners(run)
    run.world.run(run.world.now + _STILL * run.rules.worker.interval)
    assert _owners(run) == before, f"no rest: {before}, {_owners(run)}"
    if len(run.living) > 1:
        _judge_take_over(run)
        _wait(run)


def _judge_take_over(run: Scenario) -> None:
    """What a worker had that is killed, others have within the failover time and two intervals."""
    victim = run.dice.choice(run.living)[0]
    victim.end("is killed in the end")
    rules = run.rules.worker
    run.world.run(run.world.now + rules.failover_time + 2 * rules.interval)
    left = [name for name, owner in _owners(run).items() if owner == victim.name]
    assert not left, f"nobody takes {left}"


def _wait(run: Scenario) -> None:
    until = run.world.now + _MOST
    while (unrest := _unrest(run)) and run.world.now < until:
        run.world.run(run.world.now + run.rules.worker.interval)
    assert not unrest, unrest


def _unrest(run: Scenario) -> str:
    """What is left to be done."""
    for shard in run.stream.shards.values():
        if (front := run.judge.front(shard)) is not None:
            return f"nobody has handled {front} of {shard.shard_id}"
    owners = _owners(run)
    names = {process.name for process, _ in run.living}
    strays = {name: owner for name, owner in owners.items() if owner not in names}
    if strays:
        return f"not owned: {strays}"
    missing = {one.shard_id for one in run.stream.open} - set(owners)
    if missing:
        return f"no lease: {missing}"
    ended = {one for one in owners if run.stream.shards[one].closed_at is not None}
    if ended:
        return f"not finished: {ended}"
    return _unjust(run, owners, names)


def _unjust(run: Scenario, owners: dict[str, str | None], names: set[str]) -> str:
    counts = Counter(dict.fromkeys(names, 0))
    counts.update(owner for owner in owners.values() if owner is not None)
    if max(counts.values()) - min(counts.values()) > 1:
        return f"not balanced: {counts}"
    for process, _ in run.living:
        held = {one.shard_id for one in process.worker.held}
        if held != {name for name, owner in owners.items() if owner == process.name}:
            return f"{process.name} thinks that it has {held}: {owners}"
    return ""


def _owners(run: Scenario) -> dict[str, str | None]:
    return {name: row.owner for name, row in run.table.rows.items() if not row.is_finished}
