"""The KCL and `DynamoDBStore` on one lease table: each goes on where the other was."""

from __future__ import annotations

import os
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pytest

from kinesis_producer.core.hash_keys import HashRange
from kinesis_producer.core.leasing.lease import Lease, renewed, taken
from kinesis_producer.core.positions import TRIM_HORIZON
from kinesis_producer.stores.dynamodb import DynamoDBStore
from tests.emulators import ministack
from tests.kcl import daemon, recorder, writing
from tests.kcl.conftest import client_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kinesis_producer.core.positions import Position
    from kinesis_producer.stores import LeaseTable
    from tests.kcl.writing import Places

pytestmark = [pytest.mark.real_server, pytest.mark.kcl]

APPLICATION: Final = "goes-on"
RECORDS: Final = 400

#: Seconds until the KCL must have written what it has read.
CHECKPOINT_TIMEOUT: Final = 30.0
_POLL: Final = 0.1


@dataclass(frozen=True, slots=True)
class Shared:
    """The table, as this library and as DynamoDB have it, and what was written to the stream."""

    table: LeaseTable
    dynamodb: Any
    url: str
    written: Places

    def rows(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.dynamodb.scan(TableName=APPLICATION)["Items"]
        return found

    def after(self, positions: dict[str, Position]) -> set[bytes]:
        """The data of user records after these positions of their shards."""
        return {data for data, (shard, at) in self.written.items() if at > positions[shard]}


@pytest.fixture(scope="module")
def shared(java: None, kinesis: Any, stream: str) -> Iterator[Shared]:
    """A table that a store has made, to which the KCL adds its index; and a stream to be read."""
    reason = ministack.missing()
    if reason is not None and "CI" in os.environ:
        pytest.fail(reason)
    if reason is not None:
        pytest.skip(reason)
    with (
        ministack.ministack() as url,
        client_of("dynamodb", url) as dynamodb,
        closing(DynamoDBStore(client=dynamodb)) as store,
    ):
        table = store.table(APPLICATION, writing.stream_id(kinesis, stream))
        written = writing.written_places(kinesis, stream, range(RECORDS))
        yield Shared(table, dynamodb, url, written)


def test_each_goes_on_where_the_other_was(
    kinesis: Any, stream: str, shared: Shared, tmp_path: Any
) -> None:
    """The KCL delivers from the very user record on that a store says, and is followed likewise."""
    half = {shard: middle(shared, shard) for shard in writing.list_shards(kinesis, stream)}
    for shard, keys in writing.list_shards(kinesis, stream).items():
        lease = Lease(
            shard_id=shard, checkpoint=TRIM_HORIZON, hash_range=HashRange(keys[0], keys[-1])
        )
        assert shared.table.create(lease)
        assert shared.table.replace(lease, renewed(lease, checkpoint=half[shard]))
    settings = {
        "executableName": f"{daemon.RECORDER} {recorder.CHECKPOINT}",
        "applicationName": APPLICATION,
        "streamName": stream,
        "kinesisEndpoint": kinesis.meta.endpoint_url,
        "dynamoDBEndpoint": shared.url,
    }
    with daemon.running(tmp_path, settings) as kcl:
        received = [one.data for one in kcl.received(shared.after(half))]
        assert sorted(received) == sorted(shared.after(half))
        found = wait_for_ends(shared)
    assert all(lease.owner and lease.counter > 1 and lease.hash_range for lease in found)
    before = {row["leaseKey"]["S"]: row for row in shared.rows()}
    for lease in found:
        mine = taken(lease, by="python")
        assert shared.table.replace(lease, mine)
        assert shared.table.replace(mine, renewed(mine))
        assert shared.table.lease(lease.shard_id) == renewed(mine)
    for row in shared.rows():
        old = before[row["leaseKey"]["S"]]
        assert row.keys() == old.keys()
        assert {name for name in row if row[name] != old[name]} == {
            "leaseOwner",
            "leaseCounter",
            "ownerSwitchesSinceCheckpoint",
        }


def wait_for_ends(shared: Shared) -> list[Lease]:
    """The leases, once each shard was read to its last user record."""
    ends: dict[str, Position] = {}
    for shard, at in shared.written.values():
        ends[shard] = max(at, ends.get(shard, at))
    deadline = time.monotonic() + CHECKPOINT_TIMEOUT
    while any(lease.checkpoint != ends[lease.shard_id] for lease in shared.table.leases()):
        assert time.monotonic() < deadline, shared.table.leases()
        time.sleep(_POLL)
    return list(shared.table.leases())


def middle(shared: Shared, shard: str) -> Position:
    """That of a user record with others before it and after it in its aggregate."""
    places = sorted(at for where, at in shared.written.values() if where == shard)
    return next(at for at in places if at.sub_sequence_number == 2)
