"""What every store has to do, whatever keeps its rows."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import given, settings

from kinesis_producer.core.leasing.lease import (
    Lease,
    finished,
    released,
    renewed,
    reset,
    taken,
    wanted,
)
from kinesis_producer.core.positions import AT_TIMESTAMP, LATEST, Position
from tests.stores import rows
from tests.stores.kinds import LASTING, OF_MANY_STREAMS
from tests.stores.rows import BARE, FULL, GREATEST, SHARD, STREAM, alike

if TYPE_CHECKING:
    from kinesis_producer.stores import LeaseTable, Store, StreamId
    from tests.stores.kinds import Kind

HELD = replace(BARE, owner="worker-1", counter=4, checkpoint=Position(100))


def test_a_new_table_is_empty(table: LeaseTable) -> None:
    """There are no leases at first, and asking for one of them finds none."""
    assert list(table.leases()) == []
    assert table.lease(SHARD) is None


@pytest.mark.parametrize("lease", [BARE, FULL], ids=["bare", "full"])
def test_a_lease_comes_back_as_it_was_created(table: LeaseTable, lease: Lease) -> None:
    """Nothing of a lease is lost: neither what is None or empty, nor what is as long as can be."""
    assert table.create(lease)
    found = table.lease(SHARD)
    assert found is not None
    assert alike(found) == lease
    assert [alike(one) for one in table.leases()] == [lease]


def test_a_lease_is_created_once(table: LeaseTable) -> None:
    """A second lease of the shard is refused, and changes nothing."""
    assert table.create(HELD)
    assert not table.create(BARE)
    assert table.lease(SHARD) == HELD


@settings(max_examples=25)
@given(before=rows.leases, after=rows.leases)
def test_any_lease_is_kept(store: Store, before: Lease, after: Lease) -> None:
    """Whatever a lease holds is kept, and whatever it is replaced by."""
    table = store.table(f"application-{uuid4().hex}", STREAM)
    after = replace(after, shard_id=before.shard_id)
    assert table.create(before)
    assert [alike(one) for one in table.leases()] == [alike(before)]
    assert table.replace(before, after)
    assert [alike(one) for one in table.leases()] == [alike(after)]


@pytest.mark.parametrize("checkpoint", rows.SENTINELS, ids=str)
def test_positions_without_a_record_are_kept(table: LeaseTable, checkpoint: Position) -> None:
    """A checkpoint may be one of the positions that have a name."""
    table.create(HELD)
    assert table.replace(HELD, replace(HELD, checkpoint=checkpoint, counter=5))
    found = table.lease(SHARD)
    assert found is not None
    assert found.checkpoint == checkpoint


def test_a_checkpoint_of_129_digits_is_kept_to_the_last(table: LeaseTable) -> None:
    """A checkpoint keeps all its digits, and the sub-sequence number beside them."""
    table.create(HELD)
    later = renewed(HELD, checkpoint=Position(GREATEST - 1, 41))
    assert table.replace(HELD, later)
    assert table.lease(SHARD) == later


def test_a_start_at_a_time_is_kept(table: LeaseTable) -> None:
    """Since when a shard is read comes back to the microsecond."""
    begun = replace(BARE, checkpoint=AT_TIMESTAMP, since=1_790_000_000.654321)
    table.create(begun)
    assert table.lease(SHARD) == begun


def test_what_is_changed_can_be_emptied_again(table: LeaseTable) -> None:
    """None and nothing replace a value like any other."""
    table.create(FULL)
    emptied = replace(BARE, counter=8)
    assert table.replace(FULL, emptied)
    assert table.lease(SHARD) == emptied


def test_the_life_of_a_lease(table: LeaseTable) -> None:
    """A lease is taken, renewed, handed on, finished and reset, and is always as last written."""
    table.create(BARE)
    steps = [taken(BARE, by="worker-1")]
    steps.append(renewed(steps[-1], checkpoint=Position(17, 3)))
    steps.append(released(steps[-1], to="worker-2"))
    steps.append(finished(steps[-1], children=["shardId-000000000001"]))
    steps.append(reset(steps[-1], to=LATEST, since=5.0))
    before = BARE
    for step in steps:
        assert table.replace(before, step)
        assert table.lease(SHARD) == step
        before = step


def test_a_lease_that_was_changed_is_not_replaced(table: LeaseTable) -> None:
    """Who has missed a change of the counter is refused, and changes nothing."""
    table.create(HELD)
    assert table.replace(HELD, taken(HELD, by="worker-2"))
    assert not table.replace(HELD, renewed(HELD, checkpoint=Position(200)))
    assert table.lease(SHARD) == taken(HELD, by="worker-2")


def test_a_lease_that_is_gone_is_not_replaced(table: LeaseTable) -> None:
    """A change of a lease that is not there is refused, and makes none."""
    assert not table.replace(HELD, renewed(HELD))
    assert table.lease(SHARD) is None


def test_only_what_differs_is_written(table: LeaseTable) -> None:
    """Who wants a lease stays written when its owner, who has not seen it, renews it."""
    table.create(HELD)
    assert table.replace(HELD, wanted(HELD, by="worker-2"))
    assert table.replace(HELD, renewed(HELD, checkpoint=Position(200)))
    assert table.lease(SHARD) == replace(
        renewed(HELD, checkpoint=Position(200)), wanted_by="worker-2"
    )


def test_a_wish_does_not_undo_what_the_owner_wrote(table: LeaseTable) -> None:
    """Of two changes that leave the counter, each writes its own and leaves the other's."""
    table.create(HELD)
    assert table.replace(HELD, replace(HELD, children=("shardId-000000000009",)))
    assert table.replace(HELD, wanted(HELD, by="worker-2"))
    assert table.lease(SHARD) == replace(
        HELD, children=("shardId-000000000009",), wanted_by="worker-2"
    )


def test_no_change_is_written_where_the_counter_is_right(table: LeaseTable) -> None:
    """A change of nothing says whether the counter is still the same."""
    table.create(HELD)
    assert table.replace(HELD, HELD)
    assert not table.replace(replace(HELD, counter=3), replace(HELD, counter=3))


def test_a_lease_is_deleted_as_it_was_seen_only(table: LeaseTable) -> None:
    """A lease that somebody changed, or deleted, is not deleted again."""
    table.create(HELD)
    later = renewed(HELD)
    table.replace(HELD, later)
    assert not table.delete(HELD)
    assert table.lease(SHARD) == later
    assert table.delete(later)
    assert table.lease(SHARD) is None
    assert not table.delete(later)


def test_a_deleted_lease_can_be_created_again(table: LeaseTable) -> None:
    """Nothing of the deleted lease is left in its successor."""
    table.create(FULL)
    table.delete(FULL)
    assert table.create(BARE)
    assert table.lease(SHARD) == BARE


def test_all_of_many_leases_are_listed(table: LeaseTable) -> None:
    """1,500 leases, more than a page of any store, are listed once each."""
    expected = [replace(FULL, shard_id=rows.shard_id(number)) for number in range(1500)]
    for lease in expected:
        assert table.create(lease)
    found = sorted(table.leases(), key=lambda lease: lease.shard_id)
    assert [alike(lease) for lease in found] == expected


@pytest.mark.parametrize("kind", OF_MANY_STREAMS, indirect=True)
@pytest.mark.parametrize(
    "stream",
    [
        replace(STREAM, created=STREAM.created + 1),
        replace(STREAM, arn=f"{STREAM.arn}-2", name=f"{STREAM.name}-2"),
        replace(STREAM, arn=STREAM.arn.replace("us-east-1", "eu-central-1")),
    ],
    ids=["recreated", "of another name", "of another region"],
)
def test_another_stream_has_other_leases(store: Store, application: str, stream: StreamId) -> None:
    """Two streams share no lease, not even if one was given the name of the other after it."""
    table, other = store.table(application, STREAM), store.table(application, stream)
    assert table.create(HELD)
    _sees_nothing(other)
    assert table.lease(SHARD) == HELD


def test_another_application_has_other_leases(store: Store, application: str) -> None:
    """Two applications share no lease, not even if one's name begins as the other's."""
    table, other = store.table(application, STREAM), store.table(f"{application}2", STREAM)
    assert table.create(HELD)
    _sees_nothing(other)
    assert table.lease(SHARD) == HELD


def test_a_table_is_the_same_for_all_who_ask_for_it(store: Store, application: str) -> None:
    """Whoever asks for the table of an application and a stream is given the same leases."""
    assert store.table(application, STREAM).create(HELD)
    assert store.table(application, STREAM).lease(SHARD) == HELD


@pytest.mark.parametrize("kind", LASTING, indirect=True)
def test_a_store_that_is_opened_again_has_everything(kind: Kind, application: str) -> None:
    """Closing a store lets go of it, and loses nothing."""
    with closing(kind.opened()) as store:
        store.table(application, STREAM).create(FULL)
    with closing(kind.opened()) as store:
        found = store.table(application, STREAM).lease(SHARD)
    assert found is not None
    assert alike(found) == FULL


def _sees_nothing(other: LeaseTable) -> None:
    """That table neither shows the lease that `HELD` is, nor changes it; and has room for it."""
    assert list(other.leases()) == []
    assert other.lease(SHARD) is None
    assert not other.replace(HELD, renewed(HELD))
    assert not other.delete(HELD)
    assert other.create(BARE)
    assert other.delete(BARE)
