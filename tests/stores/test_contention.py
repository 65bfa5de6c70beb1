"""Many who want the same lease at once."""

from __future__ import annotations

import multiprocessing
import threading
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from kinesis_producer.core.leasing.lease import renewed, taken
from tests.stores.kinds import LASTING
from tests.stores.rows import BARE, SHARD, STREAM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from threading import Barrier

    from kinesis_producer.stores import LeaseTable, Store
    from tests.stores.kinds import Kind

#: How many fight, for how many changes in all, and the seconds until all of them have begun.
FIGHTERS, CHANGES, START = 4, 100, 60

# what a process of the fight is given when it starts: a barrier cannot be an argument later
_begin: list[Barrier] = []


def fight(table: LeaseTable) -> int:
    """Count up the lease until it was changed often enough; how often it was changed here."""
    won = 0
    while (lease := table.lease(SHARD)) is not None and lease.counter < CHANGES:
        won += table.replace(lease, renewed(lease))
    return won


def fight_all(table: LeaseTable) -> None:
    """Let threads fight, and see that none is told of a change that was not made."""
    table.create(BARE)
    with ThreadPoolExecutor(FIGHTERS) as pool:
        won = list(pool.map(fight, [table] * FIGHTERS))
    lease = table.lease(SHARD)
    assert lease is not None
    assert lease.counter == sum(won) == CHANGES


@pytest.fixture(scope="module")
def fighters() -> Iterator[ProcessPoolExecutor]:
    """Processes that begin together, of which each has imported everything once."""
    context = multiprocessing.get_context("spawn")
    begin = context.Barrier(FIGHTERS)
    with ProcessPoolExecutor(
        FIGHTERS, mp_context=context, initializer=begin_with, initargs=(begin,)
    ) as pool:
        yield pool


def begin_with(barrier: Barrier) -> None:
    _begin.append(barrier)


def fight_in_process(opened: Callable[[], Store], application: str) -> int:
    with closing(opened()) as store:
        table = store.table(application, STREAM)
        _begin[0].wait(START)
        return fight(table)


def test_threads_change_a_lease_one_at_a_time(table: LeaseTable) -> None:
    """However many threads fight for a lease, its counter says how many of them succeeded."""
    fight_all(table)


@pytest.mark.parametrize("kind", LASTING, indirect=True)
def test_processes_change_a_lease_one_at_a_time(
    kind: Kind, store: Store, application: str, fighters: ProcessPoolExecutor
) -> None:
    """However many processes fight for a lease, its counter says how many of them succeeded."""
    table = store.table(application, STREAM)
    table.create(BARE)
    fights = [fighters.submit(fight_in_process, kind.opened, application) for _ in range(FIGHTERS)]
    won = [one.result() for one in fights]
    lease = table.lease(SHARD)
    assert lease is not None
    assert lease.counter == sum(won) == CHANGES


def test_one_of_many_workers_takes_a_free_lease(table: LeaseTable) -> None:
    """Of all who take a free lease at once one is told that it has it, and it is that one's."""
    table.create(BARE)
    barrier = threading.Barrier(16)

    def take(worker: str) -> bool:
        barrier.wait(START)
        return table.replace(BARE, taken(BARE, by=worker))

    workers = [f"worker-{number}" for number in range(16)]
    with ThreadPoolExecutor(16) as pool:
        winners = [name for name, won in zip(workers, pool.map(take, workers), strict=True) if won]
    lease = table.lease(SHARD)
    assert lease is not None
    assert winners == [lease.owner]
    assert lease.counter == 1


def test_one_of_many_workers_creates_a_lease(table: LeaseTable) -> None:
    """Of all who create the lease of a shard at once one is told that it did."""
    barrier = threading.Barrier(8)

    def create(_number: int) -> bool:
        barrier.wait(START)
        return table.create(BARE)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(create, range(8))) == 1


@pytest.mark.parametrize("kind", LASTING, indirect=True)
def test_all_who_begin_at_once_are_given_the_table(kind: Kind, application: str) -> None:
    """A table that several stores make at the same time is made, and refused to none."""
    barrier = threading.Barrier(6)

    def begin(_number: int) -> int:
        with closing(kind.opened()) as store:
            barrier.wait(START)
            return len(store.table(application, STREAM).leases())

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(begin, range(6))) == [0] * 6
