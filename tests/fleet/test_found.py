"""What the simulation of fleets has found, each as the few steps that it takes."""

from __future__ import annotations

from kinesis_producer.core.hash_keys import HashRange
from kinesis_producer.core.leasing.choice import KIN
from kinesis_producer.core.leasing.lease import Lease, renewed
from kinesis_producer.core.leasing.requests import Create, Find, ListShards, Put, Reply
from kinesis_producer.core.leasing.worker import Worker, WorkerRules
from kinesis_producer.core.positions import SHARD_END, TRIM_HORIZON, WHOLE, Position
from kinesis_producer.core.reading.desk import Desk
from kinesis_producer.core.reading.pages import KinesisRecord, Page
from kinesis_producer.core.reading.reader import ReadRules
from kinesis_producer.core.reading.shards import Family
from kinesis_producer.core.reading.starting import Start, missing
from kinesis_producer.core.shards import Shard
from kinesis_producer.limits import MAX_PAGE_SIZE

ME = f"me{KIN}"
ALL = HashRange(0, 63)


def held(worker, lease):
    """A lease that the worker has, and reads."""
    steps = worker.held.take(lease)
    worker.leases[lease.shard_id] = lease
    new = next(steps).new
    steps.send(Reply(True, 0.0, 0.0))
    stop(steps, new)
    worker._begin()
    return worker.held.get(lease.shard_id), worker.desk.get(lease.shard_id)


def a_worker():
    rules = WorkerRules(auto=True)
    return Worker(ME, Start(), rules, ReadRules(), Desk(MAX_PAGE_SIZE))


def stop(steps, value):
    """Send the last answer; what the steps come to."""
    try:
        request = steps.send(Reply(value, 0.0, 0.0))
    except StopIteration as end:
        return end.value
    raise AssertionError(request)


def lease(shard_id, **kwargs):
    return Lease(shard_id=shard_id, checkpoint=kwargs.pop("checkpoint", TRIM_HORIZON), **kwargs)


def test_a_list_older_than_the_leases_brings_no_removed_lease_back():
    """It shows ``a`` as open, which was split, finished and removed."""
    child = lease("b", parents=("a",), checkpoint=Position(7))
    late = Family([Shard("a", hash_range=ALL)])
    assert not missing(late, {"b": child}, Start())
    grandchild = lease("c", parents=("b",), checkpoint=Position(9), hash_range=HashRange(0, 31))
    assert not missing(late, {"c": grandchild}, Start())


def test_a_shard_whose_keys_nobody_reads_gets_its_lease():
    """Its lease was not made when the others were."""
    found = missing(
        Family([Shard("a", hash_range=HashRange(32, 63))]),
        {"b": lease("b", hash_range=HashRange(0, 31))},
        Start(),
    )
    assert [one.shard_id for one in found] == ["a"]


def test_a_record_that_cannot_be_read_needs_no_checkpoint():
    """It comes last, and the caller has nothing to checkpoint it with."""
    _, reading = held(a_worker(), lease("a"))
    reading.bring([KinesisRecord(5, b"", "k", 0.0)])
    reading.unpack()
    reading.passed()
    assert reading.delivered == Position(5, WHOLE)
    assert reading.is_dealt_with(TRIM_HORIZON)


def test_late_writes_of_its_own_do_not_lose_a_lease():
    """Each changes the row once more, while it is written."""
    worker = a_worker()
    mine, _ = held(worker, lease("a"))
    steps = worker.checkpoint("a", mine.token, Position(3))
    request = next(steps)
    for _ in range(3):
        assert isinstance(request, Put)
        row = renewed(mine.row)
        assert isinstance(steps.send(Reply(False, 0.0, 0.0)), Find)
        request = steps.send(Reply(row, 0.0, 0.0))
    assert stop(steps, True)
    assert mine.row.checkpoint == Position(3)


def test_an_end_without_children_is_read_twice():
    """The shard was open when the answer came that looked like its end, and was split then."""
    worker = a_worker()
    mine, reading = held(worker, lease("a"))
    reader, listed = reading.reader, [Shard("a", is_open=False), Shard("b", ("a",))]
    for again in (True, False):
        reader.answered(Page([], iterator=None, ended=True), asked=1, at=0.0)
        steps = worker._parting._finish(mine, reading)
        assert isinstance(next(steps), ListShards)
        if again:
            assert not stop(steps, listed)
            assert not reader.has_ended
    assert isinstance(steps.send(Reply(listed, 0.0, 0.0)), Create)


def test_a_merged_shard_waits_for_a_parent_that_nobody_knows_yet():
    """It came after the last look at the shards, from one that is being read."""
    worker = a_worker()
    mine, reading = held(worker, lease("a"))
    worker.leases["x"] = lease("x")
    merged = Shard("c", ("a", "b"))
    reading.reader.answered(Page([], iterator=None, ended=True, children=[merged]), asked=1, at=0.0)
    steps = worker._parting._finish(mine, reading)
    assert isinstance(next(steps), ListShards)
    listed = [Shard("a", is_open=False), Shard("b", ("x",)), Shard("x", is_open=False), merged]
    request = steps.send(Reply(listed, 0.0, 0.0))
    assert isinstance(request, Put)
    assert request.new.checkpoint == SHARD_END
