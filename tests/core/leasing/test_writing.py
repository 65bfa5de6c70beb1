"""How a worker writes its leases: another may have, and an answer may be missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from kinesis_producer.core.leasing.holdings import MARGIN
from kinesis_producer.core.leasing.lease import renewed, reset, taken
from kinesis_producer.core.leasing.news import Happened
from kinesis_producer.core.leasing.requests import Find, Look, Put, Reply, Wait
from kinesis_producer.core.positions import SHARD_END, TRIM_HORIZON, Position
from tests.core.leasing.building import (
    ME,
    YOU,
    World,
    checkpoint,
    finish,
    give,
    happened,
    read,
    token,
)
from tests.core.reading.building import lease

FATES = pytest.mark.parametrize("fate", ["undone", "done"])
VALID = 10.0 * (1 - MARGIN)


def holding(**rules):
    """A worker that has the only shard."""
    world = World("s-0")
    worker = world.worker(**rules)
    assert world.round(worker)
    happened(worker)
    return world, worker


# taking


def test_a_lease_is_taken():
    """It is valid from when that was asked for; its token is the counter."""
    world, worker = holding()
    held = worker.held.get("s-0")
    assert world.owners() == {"s-0": ME}
    assert (held.valid_until, held.token) == (VALID, 1)
    assert worker.desk.get("s-0").valid_until == VALID
    assert worker.held.news.counts[Happened.TAKEN] == 1


def test_a_lease_is_read_again_when_it_was_taken():
    """Its last owner may have checkpointed without counting up, as no KCL should."""
    world = World("s-0")
    world.table.create(lease("s-0", checkpoint=Position(5)))

    def meanwhile(request):
        if isinstance(request, Put):
            row = world.row("s-0")
            world.table.replace(row, replace(row, checkpoint=Position(9)))

    world.before = meanwhile
    worker = world.worker()
    world.round(worker)
    assert worker.desk.get("s-0").checkpoint == Position(9)


@FATES
def test_a_take_without_an_answer_is_made_up_for(fate):
    """In the next round it is this worker's, or free."""
    world = World("s-0")
    worker = world.worker()
    world.fail(Put, fate)
    world.round(worker)
    assert len(worker.held) == 0
    assert not worker.settled
    world.round(worker, seconds=3.0)
    assert token(worker, "s-0") == world.row("s-0").counter
    assert worker.held.get("s-0").valid_until == 3.0 + VALID


def test_a_take_that_cannot_be_read_is_made_up_for():
    """It is taken once more."""
    world = World("s-0")
    worker = world.worker()
    world.fail(Find, "undone")
    world.round(worker)
    assert "s-0" not in worker.held
    world.round(worker, seconds=3.0)
    assert token(worker, "s-0") == 2


def test_a_take_whose_retry_was_refused_is_seen_to_be_done():
    """The first attempt had no answer, and the shell made another."""
    world = World("s-0")
    world.table.create(lease("s-0"))
    worker = world.worker()
    world.before = lambda request: (
        world.table.replace(request.old, request.new) if isinstance(request, Put) else None
    )
    world.round(worker)
    assert token(worker, "s-0") == 1


def test_a_take_that_was_done_late_is_made_once_more():
    """Others count from when the first was done, which nobody here knows."""
    world = World("s-0")
    worker = world.worker()
    world.fail(Put, "undone")
    world.round(worker)
    late = next(one for one in world.asked if isinstance(one, Put))

    def meanwhile(request):
        if isinstance(request, Put):
            world.table.replace(late.old, late.new)
            world.now = 6.0

    world.before = meanwhile
    world.round(worker, seconds=3.0)
    assert world.owners() == {"s-0": ME}
    assert "s-0" not in worker.held
    world.round(worker)
    assert worker.held.get("s-0").valid_until == 6.0 + VALID
    assert token(worker, "s-0") == 2


def test_a_lease_that_another_took_first_is_not_taken():
    """It reads it, and leaves it."""
    world = World("s-0")
    world.table.create(lease("s-0"))
    worker = world.worker()

    def meanwhile(request):
        if isinstance(request, Put) and world.row("s-0").owner is None:
            world.change("s-0", lambda row: taken(row, by=YOU))

    world.before = meanwhile
    world.round(worker)
    assert len(worker.held) == 0
    assert happened(worker) == []
    assert world.owners() == {"s-0": YOU}


# renewing


def test_a_lease_is_renewed_in_each_round():
    """It is valid for longer then, and its shard with it."""
    world, worker = holding()
    world.round(worker, seconds=3.0)
    assert world.row("s-0").counter == 2
    assert worker.desk.get("s-0").valid_until == 3.0 + VALID


@FATES
def test_a_renewal_without_an_answer_does_not_make_it_valid(fate):
    """It may not have been done; the next one is."""
    world, worker = holding()
    world.fail(Put, fate)
    world.round(worker, seconds=3.0)
    held = worker.held.get("s-0")
    assert held.valid_until == VALID
    world.round(worker, seconds=3.0)
    assert held.valid_until == 6.0 + VALID
    assert held.row == world.row("s-0")


def test_a_renewal_that_was_done_long_ago_is_none_of_now():
    """Others have counted from then on: it is written once more, or else not valid for longer."""
    world, worker = holding()
    world.fail(Put, "done")
    world.fail(Look, "undone")
    assert not world.round(worker, seconds=1.0)
    world.now = 9.0
    world.fail(Put, None, "undone")
    world.fail(Look, "undone")
    world.round(worker)
    assert worker.held.get("s-0").valid_until == VALID
    world.round(worker, seconds=0.1)
    assert worker.held.get("s-0").valid_until == 9.1 + VALID
    assert world.row("s-0").counter == 3


def test_a_renewal_whose_retry_was_refused_is_seen_to_be_done():
    """By the attempt that had no answer."""
    world, worker = holding()
    world.before = lambda request: (
        world.table.replace(request.old, request.new) if isinstance(request, Put) else None
    )
    world.round(worker, seconds=3.0)
    assert world.row("s-0").counter == 2
    assert worker.held.get("s-0").valid_until == 3.0 + VALID


def test_a_refused_renewal_that_cannot_be_read_changes_nothing():
    """It is valid for no longer, till one is done in the next round."""
    world, worker = holding()
    world.fail(Put, "done")
    world.fail(Look, "undone")
    world.round(worker, seconds=1.0)
    held = worker.held.get("s-0")
    world.fail(Find, "undone")
    world.fail(Look, "undone")
    assert not world.round(worker, seconds=1.0)
    assert "s-0" in worker.held
    assert held.doubtful
    assert held.valid_until == VALID
    world.round(worker, seconds=1.0)
    assert held.valid_until == 3.0 + VALID
    assert world.row("s-0").counter == 3


@pytest.mark.parametrize("how", ["taken", "deleted", "reset", "renamed"])
def test_a_lease_that_is_not_had_any_more_is_lost(how):
    """Its shard is read no more, whoever did it, and before anything else is given out."""
    world, worker = holding()
    if how == "deleted":
        world.table.delete(world.row("s-0"))
    elif how == "renamed":
        world.table.delete(world.row("s-0"))
        world.table.create(lease("s-0", counter=0, owner=ME))
    else:
        change = {
            "taken": lambda row: taken(row, by=YOU),
            "reset": lambda row: reset(row, to=TRIM_HORIZON),
        }
        world.change("s-0", change[how])
    seen = []

    def before(request):
        if isinstance(request, Look):
            seen.append(worker.desk.get("s-0"))

    world.before = before
    world.round(worker, seconds=3.0)
    assert seen[0] is None
    assert happened(worker)[0] == ("LOST", "s-0")


def test_a_lease_may_be_lost_between_any_two_steps():
    """At each request in turn: nothing is written over the new owner, nothing breaks."""
    for step in range(8):
        world, worker = holding()
        worker.sync.every = 0.0
        asked = len(world.asked)

        def meanwhile(_request, world=world, at=asked + step + 1):
            if len(world.asked) == at:
                world.change("s-0", lambda row: taken(row, by=YOU))

        world.before = meanwhile
        world.round(worker, seconds=3.0)
        world.before = lambda _request: None
        if world.owners() == {"s-0": YOU}:
            world.round(worker, seconds=0.1)
            assert len(worker.held) == 0
            assert worker.desk.get("s-0") is None
            assert world.owners() == {"s-0": YOU}


def test_a_look_that_is_older_than_a_write_loses_nothing():
    """A checkpoint was written while the table was read."""
    world, worker = holding()
    read(worker, "s-0", 1)
    old = world.table.leases()
    assert checkpoint(world, worker, "s-0", 1)
    worker.held.compare(worker.held.get("s-0"), old[0], at=0.0)
    assert worker.held.get("s-0").row.checkpoint == Position(1)
    assert worker.desk.get("s-0") is not None


def test_a_look_during_a_write_loses_nothing():
    """The write itself will see who has it."""
    world, worker = holding()
    steps = worker.checkpoint("s-0", 1, Position(4))
    request = next(steps)
    assert isinstance(request, Put)
    worker.held.compare(worker.held.get("s-0"), None, at=0.0)
    assert "s-0" in worker.held
    with pytest.raises(StopIteration) as end:
        steps.send(Reply(world.ask(request), 0.0, 0.0))
    assert end.value.value is True


def test_a_write_that_was_done_without_an_answer_is_seen_in_a_look():
    """It is taken as it is, with the greater checkpoint."""
    world, worker = holding()
    world.fail(Put, "done")
    assert not checkpoint(world, worker, "s-0", 4)
    held = worker.held.get("s-0")
    worker.held.compare(held, world.row("s-0"), at=0.0)
    assert held.row == world.row("s-0")
    worker.held.compare(held, replace(world.row("s-0"), checkpoint=TRIM_HORIZON), at=0.0)
    assert held.row.checkpoint == Position(4)


# checkpoints


def test_a_checkpoint_is_written_and_renews_the_lease():
    """What is not greater is not written."""
    world, worker = holding()
    world.now = 4.0
    assert checkpoint(world, worker, "s-0", 4)
    assert world.row("s-0").checkpoint == Position(4)
    assert worker.held.get("s-0").valid_until == 4.0 + VALID
    asked = len(world.asked)
    assert checkpoint(world, worker, "s-0", 4)
    assert checkpoint(world, worker, "s-0", 3)
    assert len(world.asked) == asked


@FATES
def test_a_checkpoint_without_an_answer_can_be_made_again(fate):
    """It comes to the same."""
    world, worker = holding()
    world.fail(Put, fate)
    assert not checkpoint(world, worker, "s-0", 4)
    assert checkpoint(world, worker, "s-0", 4)
    assert world.row("s-0").checkpoint == Position(4)
    assert world.round(worker, seconds=3.0)
    assert world.row("s-0").checkpoint == Position(4)


def test_an_interrupted_checkpoint_leaves_the_lease_in_doubt():
    """Ctrl-C came while it was written; the next write sees what became of it."""
    world, worker = holding()
    steps = worker.checkpoint("s-0", 1, Position(4))
    world.ask(next(steps))
    steps.close()
    held = worker.held.get("s-0")
    assert not held.writing
    world.now = 5.0
    assert checkpoint(world, worker, "s-0", 4)
    assert world.row("s-0").counter == 3
    assert held.valid_until == 5.0 + VALID


def test_a_checkpoint_waits_for_another_write():
    """One at a time to each lease; a round passes it by."""
    world, worker = holding()
    first, second = (worker.checkpoint("s-0", 1, Position(n)) for n in (4, 5))
    request = next(first)
    assert next(second) == Wait("s-0")
    assert second.send(Reply(None, 0.0, 0.0)) == Wait("s-0")
    world.round(worker)
    assert world.row("s-0").counter == 1
    with pytest.raises(StopIteration):
        first.send(Reply(world.ask(request), 0.0, 0.0))
    assert isinstance(second.send(Reply(None, 0.0, 0.0)), Put)


def test_a_frozen_worker_writes_no_checkpoint():
    """Another has the lease, and may have given it back: the token is an older one."""
    world, worker = holding()
    world.change("s-0", lambda row: taken(row, by=YOU))
    assert not checkpoint(world, worker, "s-0", 4)
    assert world.row("s-0").checkpoint == TRIM_HORIZON
    assert not checkpoint(world, worker, "s-0", 4, token_of=1)
    world.change("s-0", lambda row: replace(row, owner=None))
    world.round(worker, seconds=1.0)
    assert token(worker, "s-0") == 3
    assert not checkpoint(world, worker, "s-0", 4, token_of=1)


def test_a_shard_that_this_worker_has_finished_needs_no_checkpoint():
    """Nobody else has it: what comes late was dealt with."""
    world, worker = holding(auto=True)
    world.split("s-0")
    assert finish(world, worker, "s-0")
    assert checkpoint(world, worker, "s-0", 4, token_of=1)
    assert not checkpoint(world, worker, "s-0", 4, token_of=2)
    assert world.row("s-0").checkpoint == SHARD_END


def test_what_is_asked_on_after_is_checkpointed_with_the_renewal():
    """Where the caller does not say it itself."""
    world, worker = holding(auto=True)
    give(read(worker, "s-0", 1, 2))
    give(read(worker, "s-0", 3), asked_on=False)
    world.round(worker, seconds=3.0)
    assert world.row("s-0").checkpoint == Position(2)


def test_nothing_is_checkpointed_that_the_caller_did_not_say():
    """Unless it is wished."""
    world, worker = holding()
    give(read(worker, "s-0", 1, 2))
    world.round(worker, seconds=3.0)
    assert world.row("s-0").checkpoint == TRIM_HORIZON


# letting go


def test_a_worker_that_closes_lets_go_of_everything():
    """With a last checkpoint, for whoever comes first."""
    world, worker = holding(auto=True)
    give(read(worker, "s-0", 1))
    assert world.drive(worker.close())
    assert world.owners() == {"s-0": None}
    assert world.row("s-0").checkpoint == Position(1)
    assert len(worker.desk) == len(worker.held) == 0


@FATES
def test_a_release_without_an_answer_keeps_the_lease_till_it_is_known(fate):
    """Nothing more is given out; in the next round it is lost, or gone on with."""
    world, worker = holding()
    reading = read(worker, "s-0", 1)
    world.fail(Put, fate)
    assert not world.drive(worker.close())
    assert not reading.may_give(0.0)
    world.round(worker, seconds=1.0)
    assert (worker.desk.get("s-0") is reading) == (fate == "undone")
    if fate == "undone":
        assert reading.may_give(1.0)


def test_a_release_waits_for_a_checkpoint():
    """And is not made, if that has lost the lease."""
    world, worker = holding()
    steps, closing = worker.checkpoint("s-0", 1, Position(4)), worker.close()
    request = next(steps)
    assert next(closing) == Wait("s-0")
    world.change("s-0", lambda row: taken(row, by=YOU))
    find = steps.send(Reply(world.ask(request), 0.0, 0.0))
    with pytest.raises(StopIteration):
        steps.send(Reply(world.ask(find), 0.0, 0.0))
    with pytest.raises(StopIteration) as end:
        closing.send(Reply(None, 0.0, 0.0))
    assert end.value.value is True
    assert world.owners() == {"s-0": YOU}


@FATES
def test_a_finish_without_an_answer_is_finished_in_the_end(fate):
    """It is no loss, and what comes late was dealt with."""
    world, worker = holding(auto=True)
    world.split("s-0", "s-1")
    world.table.create(lease("s-1", checkpoint=SHARD_END))
    give(read(worker, "s-0", ended=True, children=world.children("s-0")))
    world.fail(Put, None, fate)
    assert not world.round(worker)
    assert not worker.is_urgent(0.5)
    assert world.round(worker, seconds=1.0)
    world.round(worker)
    assert worker.is_over
    assert world.row("s-0").checkpoint == SHARD_END
    assert happened(worker) == [("FINISHED", "s-0")]
    assert checkpoint(world, worker, "s-0", 9, token_of=1)


def test_a_finish_whose_retry_was_refused_is_seen_to_be_done():
    """By the attempt that had no answer."""
    world, worker = holding(auto=True)
    world.split("s-0")
    world.before = lambda request: (
        world.table.replace(request.old, request.new) if isinstance(request, Put) else None
    )
    assert finish(world, worker, "s-0")
    assert happened(worker) == [("FINISHED", "s-0")]


def test_a_lease_that_another_finished_is_lost():
    """It took it before."""
    world, worker = holding()
    world.change("s-0", lambda row: taken(row, by=YOU))
    world.change("s-0", lambda row: replace(renewed(row, checkpoint=SHARD_END), owner=None))
    world.round(worker, seconds=1.0)
    assert happened(worker) == [("LOST", "s-0")]


def test_a_lease_that_keeps_changing_under_a_write_is_given_up_for_now():
    """Another worker has its name: eight times are enough, and it is valid for no longer."""
    world, worker = holding()
    held = worker.held.get("s-0")
    world.now = 1.0

    def meanwhile(request):
        if isinstance(request, Put):
            world.change("s-0", lambda row: replace(row, counter=row.counter + 5))

    world.before = meanwhile
    asked = len(world.asked)
    assert not world.drive(worker.held.renew(held))
    assert len(world.asked) == asked + 16
    assert "s-0" in worker.held
    assert held.valid_until == VALID
    assert not held.writing


def test_a_lease_is_lost_once():
    """Whoever notices it later."""
    world, worker = holding()
    held = worker.held.get("s-0")
    worker.held.lose(held, None)
    worker.held.lose(held, None)
    worker.held.let_go(held)
    assert happened(worker) == [("LOST", "s-0")]
    assert not worker.held.has(held)
    assert world.owners() == {"s-0": ME}
