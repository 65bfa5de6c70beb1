"""The rounds of a worker: what it takes, reads, passes on, and when it is over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kinesis_producer.core.leasing.lease import renewed, reset, wanted
from kinesis_producer.core.leasing.requests import Create, Delete, ListShards, Look, Put
from kinesis_producer.core.leasing.worker import WorkerRules
from kinesis_producer.core.positions import AT_TIMESTAMP, LATEST, SHARD_END, TRIM_HORIZON, Position
from kinesis_producer.core.reading.pages import Point, Subscribe
from kinesis_producer.core.reading.starting import Start
from kinesis_producer.core.shards import Shard
from tests.core.leasing.building import (
    ME,
    SHE,
    YOU,
    World,
    checkpoint,
    finish,
    give,
    happened,
    read,
)
from tests.core.reading.building import MISSING, closed, lease, page, user_records

NEVER = float("inf")


def begun(*shards, **rules):
    """A worker that has all leases."""
    world = World(*(shards or ["s-0"]))
    worker = world.worker(**rules)
    assert world.round(worker)
    happened(worker)
    return world, worker


def shared(number=4, **rules):
    """Two workers with as many leases each."""
    world = World(*(f"s-{n}" for n in range(number)))
    me, you = world.worker(ME, **rules), world.worker(YOU, **rules)
    for _ in range(2 * number + 2):
        world.round(me, you, seconds=3.0)
    assert len(me.held) == len(you.held) == number // 2
    happened(me)
    happened(you)
    return world, me, you


def mine(worker):
    return {held.shard_id for held in worker.held}


# rounds


def test_the_first_round_makes_all_leases_and_takes_them():
    """And begins to read."""
    world, worker = begun("s-0", "s-1")
    assert world.owners() == {"s-0": ME, "s-1": ME}
    assert {one.shard_id for one in worker.desk} == {"s-0", "s-1"}
    assert worker.settled
    assert worker.due == pytest.approx(10 / 3)


def test_rounds_come_often_enough_to_renew():
    """Three in a failover time; alone, as often as shards are looked for."""
    assert WorkerRules(failover_time=30.0).interval == 10.0
    assert WorkerRules(failover_time=NEVER).interval == 60.0


@pytest.mark.parametrize("broken", [Look, ListShards, Create])
def test_a_round_that_is_broken_off_is_made_again_soon(broken):
    """The table or the service is away."""
    world = World("s-0", "s-1")
    worker = world.worker()
    world.fail(broken, "undone")
    assert not world.round(worker)
    assert not worker.settled
    assert worker.due == 1.0
    assert world.round(worker, seconds=1.0)
    assert mine(worker) == {"s-0", "s-1"}


def test_a_round_whose_second_look_fails_is_made_again_soon():
    """Leases were made, and none was seen."""
    world = World("s-0")
    worker = world.worker()
    world.fail(Look, None, "undone")
    assert not world.round(worker)
    assert world.round(worker, seconds=1.0)
    assert mine(worker) == {"s-0"}


def test_a_lease_that_another_makes_first_is_as_good():
    """Two workers begin at the same time."""
    world = World("s-0", "s-1")
    worker = world.worker()
    world.before = lambda request: (
        world.table.create(request.lease) if isinstance(request, Create) else None
    )
    assert world.round(worker)
    assert mine(worker) == {"s-0", "s-1"}


def test_other_shards_are_none_of_its_business():
    """Only chosen ones are read; their children are not."""
    world = World(closed("s-0"), Shard("s-1", ("s-0",)), "s-2")
    world.table.create(lease("s-2"))
    worker = world.worker(start=Start(chosen={"s-0"}), auto=True)
    world.round(worker)
    assert mine(worker) == {"s-0"}
    assert finish(world, worker, "s-0", children=[Shard("s-1", ("s-0",))])
    assert worker.is_over
    assert world.row("s-1") is None


# owners that live, and that do not


def test_a_dead_workers_leases_are_taken():
    """After the failover time, in a round that comes just then."""
    world, me, you = shared()
    world.round(me, seconds=1.0)
    last = world.now
    while len(me.held) < 4:
        assert world.now < last + 10.0
        world.now = me.due
        world.round(me)
    assert world.now == pytest.approx(last + 9.0, abs=1.1)
    assert [what for what, _ in happened(me)] == ["TAKEN", "EXPIRED"] * 2
    world.round(you)
    assert len(you.held) == 0
    assert [what for what, _ in happened(you)] == ["LOST"] * 2


def test_a_lease_that_runs_out_in_a_round_is_taken_at_once():
    """It had not when the round began, and has when the table is looked at."""
    world, me, _ = shared()
    world.round(me, seconds=1.0)
    runs_out = world.now + 10.0
    for _ in range(3):
        world.round(me, seconds=3.3)
    assert me.due == pytest.approx(runs_out)

    def slow(request):
        world.now += 0.1 if isinstance(request, Look) else 0.0

    world.before = slow
    world.now = runs_out - 0.05  # as a round is that was urgent
    world.round(me)
    assert me.due <= world.now
    world.round(me)
    assert len(me.held) == 4


def test_a_store_that_was_away_takes_no_lease_from_anybody():
    """Both renew when it is back; whoever comes first is patient."""
    world, me, you = shared()
    for _ in range(12):
        world.fail(Put, *["undone"] * 4)
        world.fail(Look, "undone", "undone")
        world.round(me, you, seconds=1.0)
    world.faults.clear()
    for worker in (me, me, me, you, me, you):
        world.round(worker, seconds=1.0)
    assert len(me.held) == len(you.held) == 2
    assert happened(me) == happened(you) == []


def test_a_frozen_worker_loses_what_others_took_meanwhile():
    """Before it gives out anything; it takes nothing from those that live."""
    world, me, you = shared()
    reading = read(me, next(iter(mine(me))), 1)
    for _ in range(8):
        world.round(you, seconds=3.0)
    assert len(you.held) == 4
    assert not reading.may_give(world.now)
    world.round(me)
    assert len(me.held) == len(me.desk) == 0
    assert len(you.held) == 4


def test_a_worker_that_froze_while_it_took_takes_nothing():
    """Between its look and its write, another was faster."""
    world, me, you = shared()
    frozen = []

    def freeze(request):
        if isinstance(request, Put) and request.new.owner == ME and request.old.owner == YOU:
            frozen.append(request)
            world.before = lambda _: None
            world.round(you)

    world.before = freeze
    for _ in range(5):
        world.round(me, seconds=3.0)
    assert frozen
    assert len(you.held) + len(me.held) == 4
    assert set(world.owners().values()) == {ME, YOU}


def test_a_worker_is_settled_when_all_others_were_seen_to_live():
    """Before that, it may have to take what they have."""
    world, worker = begun("s-0", "s-1", "s-2")
    other = world.worker(YOU)
    world.round(other)
    assert not other.settled
    world.round(worker, other, seconds=3.0)
    assert len(other.held) == 1
    world.round(worker, other, seconds=3.0)
    world.round(worker, other, seconds=3.0)
    assert other.settled
    assert worker.settled


# handing over


def test_a_lease_is_handed_to_a_worker_with_fewer():
    """Nothing is given out any more, and the new owner begins where the old one ended."""
    world, me = begun("s-0", "s-1", auto=True)
    for name in ("s-0", "s-1"):
        give(read(me, name, 1))
    you = world.worker(YOU, auto=True)
    world.round(you, me, you, seconds=1.0)
    (name,) = mine(you)
    assert you.desk.get(name).checkpoint == Position(1)
    assert happened(me) == [("HANDED_OVER", name)]
    assert me.desk.get(name) is None


def test_what_the_caller_has_in_hand_is_waited_for():
    """It asks on, and then the lease is free; nothing more is given out till then."""
    world, me = begun("s-0", auto=True)
    reading = read(me, "s-0", 1, 2)
    reading.unpack()
    reading.fill([])
    give(reading, asked_on=False)
    world.change("s-0", lambda row: wanted(row, by=YOU))
    world.round(me, seconds=1.0)
    assert reading.stopping
    assert not me.is_urgent(1.1)
    reading.asked_on()
    assert me.is_urgent(1.1)
    assert not me.is_caught_up(1.1)
    world.round(me)
    assert world.owners() == {"s-0": YOU}
    assert world.row("s-0").checkpoint == Position(2)


@pytest.mark.parametrize("stopping", [False, True])
def test_what_an_interruption_broke_off_is_read_anew(stopping):
    """From what was asked on after; a shard that is to go to another goes all the same."""
    _, me = begun("s-0", "s-1", auto=True)
    before = read(me, "s-0", 1)
    give(before)
    read(me, "s-0", 2, 3)
    give(before, asked_on=False)
    before.stopping = stopping
    me.rewind()
    after = me.desk.get("s-0")
    assert after is not before
    assert (after.checkpoint, after.token) == (Position(1), before.token)
    assert after.done == after.delivered == after.owed == Position(1)
    assert before.stopping
    assert after.stopping is stopping
    assert give(read(me, "s-0", 1, 2, 3)) == [2, 3]


def test_what_was_given_out_is_waited_for_to_be_checkpointed():
    """The shard goes on till then, since the caller may checkpoint some records at a time."""
    world, me = begun()
    reading = read(me, "s-0", 1, 2, 3)
    reading.unpack()
    reading.fill(user_records(1))
    reading.give(1)
    reading.asked_on()
    world.change("s-0", lambda row: wanted(row, by=YOU))
    world.round(me, seconds=1.0)
    assert reading.may_give(1.0)
    assert give(reading) == [2, 3]
    assert checkpoint(world, me, "s-0", 2)
    assert not reading.stopping
    assert checkpoint(world, me, "s-0", 3)
    assert reading.stopping
    assert me.is_urgent(1.0)
    world.round(me)
    assert world.owners() == {"s-0": YOU}


def test_what_cannot_be_read_is_not_waited_for():
    """The caller was given nothing that it could checkpoint; whoever is next meets it, too."""
    world, me = begun()
    reading = read(me, "s-0", 1, 2)
    reading.unpack()
    reading.passed()
    world.change("s-0", lambda row: wanted(row, by=YOU))
    world.round(me, seconds=1.0)
    assert world.owners() == {"s-0": YOU}
    assert world.row("s-0").checkpoint == TRIM_HORIZON


def test_a_shard_is_finished_behind_what_cannot_be_read():
    """But not before the caller has checkpointed all that it was given."""
    world, me = begun()
    world.split("s-0", "s-1")
    reading = read(me, "s-0", 1, 2, ended=True, children=world.children("s-0"))
    reading.unpack()
    reading.fill(user_records(1))
    reading.give(1)
    reading.unpack()
    reading.passed()
    reading.asked_on()
    assert not me.is_urgent(0.0)
    assert checkpoint(world, me, "s-0", 1)
    assert me.is_urgent(0.0)
    assert world.round(me)
    assert world.row("s-0").is_finished


def test_a_shard_is_not_waited_for_beyond_the_handoff_time():
    """What was given out and not checkpointed is given once more; but not what is in hand."""
    world, me = begun(handoff_time=5.0)
    reading = read(me, "s-0", 1, 2)
    give(reading, asked_on=False)
    world.change("s-0", lambda row: wanted(row, by=YOU))
    world.round(me, seconds=1.0)
    world.round(me, seconds=4.0)
    assert not reading.stopping
    world.round(me, seconds=1.0)
    assert reading.stopping
    assert world.owners() == {"s-0": ME}
    reading.asked_on()
    assert me.is_urgent(world.now)
    world.round(me)
    assert world.owners() == {"s-0": YOU}


def test_a_shard_that_is_not_asked_for_any_more_goes_on():
    """Whoever asked has enough."""
    world, me = begun(auto=True)
    reading = read(me, "s-0", 1)
    give(reading, asked_on=False)
    world.change("s-0", lambda row: wanted(row, by=YOU))
    world.round(me, seconds=1.0)
    assert reading.stopping
    world.change("s-0", lambda row: wanted(row, by=None))
    world.round(me, seconds=1.0)
    assert not reading.stopping
    assert me.desk.due() < NEVER


def test_a_lease_that_waits_for_its_parents_is_handed_over_at_once():
    """It is not read yet."""
    world = World(closed("s-0"), Shard("s-1", ("s-0",)))
    me = world.worker()
    world.round(me)
    assert me.desk.get("s-1") is None
    world.change("s-1", lambda row: wanted(row, by=YOU))
    world.round(me, seconds=1.0)
    assert world.owners() == {"s-0": ME, "s-1": YOU}


def test_leases_are_handed_over_one_at_a_time():
    """Those that asked at once may need fewer then."""
    world, me = begun("s-0", "s-1", "s-2", auto=True)
    for name in ("s-0", "s-1"):
        world.change(name, lambda row: wanted(row, by=YOU))
    world.round(me, seconds=1.0)
    assert len(me.held) == 2
    assert not me.is_urgent(1.0)
    world.round(me, seconds=4.0)
    assert len(me.held) == 1


@pytest.mark.parametrize("fate", ["undone", "done"])
def test_a_handing_over_without_an_answer_is_not_told_of(fate):
    """It is tried again, or was done."""
    world, me = begun("s-0", auto=True)
    world.change("s-0", lambda row: wanted(row, by=YOU))
    world.fail(Put, None, fate)
    assert not world.round(me, seconds=1.0)
    assert happened(me) == []
    world.round(me, seconds=1.0)
    assert world.owners() == {"s-0": YOU}


def test_what_was_asked_for_and_is_not_needed_is_asked_for_no_more():
    """Its owner goes on with it."""
    world, me, you = shared()
    name = next(iter(mine(you)))
    world.change(name, lambda row: wanted(row, by=ME))
    world.round(me)
    assert world.row(name).wanted_by is None


def test_from_a_worker_of_the_kcl_a_lease_is_taken():
    """It did not expire."""
    world = World("s-0", "s-1", "s-2", "s-3")
    for number in range(4):
        world.table.create(lease(f"s-{number}", owner="kcl"))
    me = world.worker()
    world.round(me)
    assert len(me.held) == 1
    assert [what for what, _ in happened(me)] == ["TAKEN"]


# families


def test_children_are_read_when_their_parent_is_finished():
    """From their beginning, with leases that were made before the parent's end was written."""
    world, me = begun(auto=True)
    world.split("s-0", "s-1", "s-2")
    asked = len(world.asked)
    assert finish(world, me, "s-0", children=[Shard("s-1", ("s-0",)), Shard("s-2", ("s-0",))])
    kinds = [type(one) for one in world.asked[asked:]]
    assert ListShards not in kinds
    ends = [getattr(one, "new", None) for one in world.asked]
    end = next(i for i, one in enumerate(ends) if one is not None and one.is_finished)
    assert [i for i, one in enumerate(world.asked) if isinstance(one, Create)][-1] < end
    assert world.row("s-0").children == ("s-1", "s-2")
    world.round(me, seconds=3.0)
    assert {one.shard_id for one in me.desk} == {"s-1", "s-2"}
    assert me.desk.get("s-1").checkpoint == TRIM_HORIZON


def test_without_word_of_the_children_the_shards_are_listed():
    """If that fails, it is done in the next round, a second later. The end is read twice."""
    world, me = begun(auto=True)
    world.split("s-0", "s-1")
    read(me, "s-0", ended=True)
    world.fail(ListShards, "undone")
    assert not world.round(me)
    assert me.due == world.now + 1.0
    assert not me.is_urgent(world.now + 0.9)
    assert not world.round(me, seconds=1.0)
    assert not world.row("s-0").is_finished
    read(me, "s-0", ended=True)
    assert world.round(me, seconds=1.0)
    assert world.row("s-0").children == ("s-1",)


def test_an_end_is_not_written_before_the_childrens_leases():
    """Nobody would read them."""
    world, me = begun(auto=True)
    world.split("s-0", "s-1")
    world.fail(Create, "undone")
    assert not finish(world, me, "s-0")
    assert not world.row("s-0").is_finished
    assert world.round(me, seconds=1.0)
    assert world.row("s-0").is_finished


def test_an_end_that_was_none_is_gone_on_from():
    """The shard is listed as open."""
    world, me = begun(auto=True)
    assert not finish(world, me, "s-0")
    assert not me.desk.get("s-0").has_ended
    assert me.desk.next_call(99.0).shard_id == "s-0"


def test_a_subscription_that_ended_too_early_is_made_anew():
    """As above."""
    world = World("s-0")
    me = world.worker(subscribing=True, auto=True)
    world.round(me)
    call, reading = me.desk.next_call(0.0), me.desk.get("s-0")
    me.desk.pushed(call, reading, page(1, ended=True))
    me.desk.unsubscribed(call, reading, at=0.0)
    give(reading)
    assert not world.round(me)
    assert isinstance(me.desk.next_call(9.0), Subscribe)


def test_a_shard_is_not_finished_before_it_was_dealt_with():
    """The last record is in hand, or not checkpointed, or being taken apart."""
    world, me = begun()
    world.split("s-0", "s-1")
    reading = read(me, "s-0", 1, ended=True, children=world.children("s-0"))
    last = reading.unpack()
    assert not me.is_urgent(0.0)
    reading.pack(last)
    give(reading)
    assert not me.is_urgent(0.0)
    assert checkpoint(world, me, "s-0", 1)
    assert me.is_urgent(0.0)
    world.round(me)
    assert world.row("s-0").is_finished


@pytest.mark.parametrize("order", [("s-0", "s-1"), ("s-1", "s-0")])
@pytest.mark.parametrize("apart", [False, True])
def test_a_merged_shard_comes_after_both_parents(order, apart):
    """Whichever ends first, on one worker or two; its lease is made by the first."""
    world = World("s-0", "s-1")
    me = world.worker(ME, auto=True)
    you = world.worker(YOU, auto=True) if apart else me
    for _ in range(6):
        world.round(me, *([you] if apart else []), seconds=3.0)
    world.reshard(["s-0", "s-1"], ["s-2"])
    child = [Shard("s-2", ("s-0", "s-1"))]
    for name in order:
        assert world.row("s-2") is None or name == order[1]
        owner = me if name in me.held else you
        assert finish(world, owner, name, children=child)
        world.round(me, you)
        begun_now = [
            worker for worker in {id(me): me, id(you): you}.values() if worker.desk.get("s-2")
        ]
        assert bool(begun_now) == (name == order[1])
    assert world.row("s-0").children == world.row("s-1").children == ("s-2",)


def test_a_merged_shard_waits_for_a_parent_without_a_lease():
    """That one is still to come: its own parent is being read."""
    shards = [closed("s-0"), closed("s-1"), closed("s-2", "s-1"), Shard("s-3", ("s-0", "s-2"))]
    world = World(*shards)
    world.table.create(lease("s-0"))
    world.table.create(lease("s-1"))
    me = world.worker(auto=True)
    world.round(me)
    assert finish(world, me, "s-0", children=[shards[3]])
    assert world.row("s-3") is None
    assert finish(world, me, "s-1", children=[shards[2]])
    world.round(me, seconds=3.0)
    assert world.row("s-3") is None
    assert finish(world, me, "s-2", children=[shards[3]])
    world.round(me, seconds=3.0)
    assert mine(me) == {"s-3"}


def test_a_list_that_is_older_than_the_end_finishes_nothing():
    """The answer told of a child whose other parent nobody knows, and the list shows no end yet."""
    world, me = begun(auto=True)
    give(read(me, "s-0", ended=True, children=[Shard("s-2", ("s-0", "s-1"))]))
    assert not world.round(me)
    assert me.desk.get("s-0").has_ended
    world.reshard(["s-0"], [])
    world.shards += [closed("s-1"), Shard("s-2", ("s-0", "s-1"))]
    assert world.round(me, seconds=1.0)
    assert world.row("s-0").is_finished


def test_a_merged_shard_comes_when_its_other_parent_was_trimmed():
    """Nobody will ever read that."""
    shards = [closed("s-0"), closed("s-1"), closed("s-2", "s-1"), Shard("s-3", ("s-0", "s-2"))]
    world = World(*shards)
    world.table.create(lease("s-0"))
    world.table.create(lease("s-1"))
    me = world.worker(auto=True, sync_time=2.0)
    world.round(me)
    assert finish(world, me, "s-0", children=[shards[3]])
    world.trim("s-2")
    world.round(me, seconds=2.0)
    assert mine(me) == {"s-1", "s-3"}


def test_many_generations_are_read_one_after_the_other():
    """Splits and merges in turns; in the end only what is needed is left in the table."""
    world, me = begun("a-0", auto=True, sync_time=0.0)
    for number in range(10):
        old, left, right, new = f"a-{number}", f"b-{number}", f"c-{number}", f"a-{number + 1}"
        world.split(old, left, right)
        read(me, old, number + 1)
        assert finish(world, me, old)
        world.round(me, seconds=1.0)
        world.reshard([left, right], [new])
        for name in (left, right):
            read(me, name, number + 1)
            assert finish(world, me, name)
            world.round(me, seconds=1.0)
        assert mine(me) == {new}
    assert len(world.owners()) < 7


def test_a_shard_that_the_service_does_not_know_is_finished():
    """It was trimmed; its children follow."""
    world, me = begun(auto=True)
    world.shards = [Shard("s-1", ("s-0",))]
    reading = me.desk.get("s-0")
    me.desk.failed(me.desk.next_call(0.0), reading, MISSING, at=0.0, spread=1.0)
    assert world.round(me)
    assert ("UNREAD", "s-0") in happened(me)
    world.round(me)
    assert world.row("s-0") is None or world.row("s-0").is_finished
    world.round(me)
    assert mine(me) == {"s-1"}


def test_a_shard_that_the_service_does_not_know_for_a_while_is_read_on():
    """It is listed."""
    world, me = begun(auto=True)
    reading = me.desk.get("s-0")
    me.desk.failed(me.desk.next_call(0.0), reading, MISSING, at=0.0, spread=1.0)
    world.round(me)
    assert not reading.reader.has_ended


@pytest.mark.parametrize("fate", [None, "undone", "done"])
def test_leases_that_nobody_needs_are_removed(fate):
    """With or without an answer; a person may have begun one again."""
    world, me = begun(auto=True, sync_time=0.0)
    world.split("s-0", "s-1")
    assert finish(world, me, "s-0")
    world.round(me)
    give(read(me, "s-1", 5))
    if fate is not None:
        world.fail(Delete, fate)
    for _ in range(3):
        world.round(me, seconds=1.0)
    assert world.owners() == {"s-1": ME}


def test_a_finished_shard_that_a_person_begins_again_is_read_again():
    """Its row was changed after it was seen to be outlived, so it is not removed."""
    world, me = begun(auto=True, sync_time=0.0)
    world.split("s-0", "s-1")
    assert finish(world, me, "s-0")
    world.round(me)
    give(read(me, "s-1", 5))

    def meanwhile(request):
        if isinstance(request, ListShards) and world.row("s-0").is_finished:
            world.change("s-0", lambda row: reset(row, to=TRIM_HORIZON))

    world.before = meanwhile
    world.round(me, seconds=1.0)
    world.round(me, seconds=1.0)
    assert "s-0" in mine(me)
    assert me.desk.get("s-0").checkpoint == TRIM_HORIZON


def test_a_row_that_a_person_removes_is_made_again():
    """From the beginning: rather twice than never."""
    world, me = begun(auto=True, sync_time=0.0)
    give(read(me, "s-0", 5))
    world.round(me, seconds=1.0)
    world.table.delete(world.row("s-0"))
    world.round(me, seconds=1.0)
    assert world.row("s-0").checkpoint == TRIM_HORIZON
    world.round(me, seconds=1.0)
    assert me.desk.get("s-0").checkpoint == TRIM_HORIZON


# where it begins, and when it is over


@pytest.mark.parametrize("at", [LATEST, AT_TIMESTAMP])
def test_a_time_is_kept_until_there_is_a_checkpoint(at):
    """Whoever takes the lease later begins at the same."""
    world = World("s-0")
    world.round(world.worker(YOU, Start(at, 50.0)))
    world.change("s-0", lambda row: replace(renewed(row), owner=None))
    me = world.worker(ME, Start(at, 90.0))
    world.round(me)
    assert me.desk.get("s-0").reader.point == Point(AT_TIMESTAMP, since=50.0)


def test_a_lease_that_says_latest_and_no_time_knows_when_the_worker_was_made():
    """One of the KCL."""
    world = World("s-0")
    world.table.create(lease("s-0", checkpoint=LATEST))
    me = world.worker(start=Start(made_at=70.0))
    world.round(me)
    assert me.desk.get("s-0").reader.point == Point(LATEST)
    assert me.desk.get("s-0").reader.made_at == 70.0


def test_a_worker_is_over_when_every_shard_is_finished():
    """By whomever."""
    world, me = begun(auto=True)
    world.split("s-0")
    assert not me.is_over
    assert finish(world, me, "s-0")
    assert me.is_over
    assert world.row("s-0").checkpoint == SHARD_END


def test_a_worker_is_caught_up_when_all_its_shards_are():
    """And it is settled."""
    world, me = begun("s-0", "s-1")
    assert not me.is_caught_up(0.0)
    read(me, "s-0")
    reading = read(me, "s-1", 1)
    assert not me.is_caught_up(0.0)
    give(reading)
    assert me.is_caught_up(0.0)
    world.fail(Look, "undone")
    world.round(me)
    assert not me.is_caught_up(0.0)


def test_a_closed_shard_is_not_caught_up_before_its_end():
    """A page may be the last that has records, and not say so; children have more to give out."""
    world = World(closed("s-0"), Shard("s-1", ("s-0",)))
    me = world.worker(auto=True)
    world.round(me)
    give(read(me, "s-0", 1))
    assert me.desk.get("s-0").is_caught_up
    assert not me.is_caught_up(0.0)
    finish(world, me, "s-0")
    assert mine(me) == {"s-1"}
    assert not me.is_caught_up(0.0)
    give(read(me, "s-1", 2))
    assert me.is_caught_up(0.0)


def test_leases_of_others_are_theirs():
    """Three workers come one after the other, and each gets its part."""
    world = World(*(f"s-{number}" for number in range(9)))
    workers = [world.worker(name, auto=True) for name in (ME, YOU, SHE)]
    for count in (1, 2, 3):
        for _ in range(25):
            world.round(*workers[:count], seconds=3.0)
    assert [len(worker.held) for worker in workers] == [3, 3, 3]
    taken_twice = [
        set(mine(one)) & set(mine(two)) for one in workers for two in workers if one is not two
    ]
    assert not any(taken_twice)
