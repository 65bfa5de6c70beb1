"""DynamoDB as the KCL uses it: what others keep in the table stays theirs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer.core.leasing.lease import finished, released, renewed, taken, wanted
from kinesis_producer.core.positions import Position
from kinesis_producer.errors import ConfigError
from kinesis_producer.stores.dynamodb import rows
from tests.stores.kinds import OF_ONE_STREAM
from tests.stores.remote import dynamodb_store
from tests.stores.rows import BARE, FULL, SHARD, STREAM, shard_id
from tests.stores.test_dynamodb_rows import READ

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.stores import LeaseTable
    from kinesis_producer.stores.dynamodb import DynamoDBStore

pytestmark = pytest.mark.parametrize("kind", OF_ONE_STREAM, indirect=True)

LATER = replace(STREAM, created=STREAM.created + 1)
SEEN = rows.read_item(READ)
#: What a KCL 3 leader does to hand a lease on; the counter stays.
HAND_ON = {"leaseOwner": {"S": "java"}, "checkpointOwner": READ["leaseOwner"]}
PREPARED = {
    "pendingCheckpoint": {"S": "5000"},
    "pendingCheckpointSubSequenceNumber": {"N": "0"},
    "pendingCheckpointState": {"B": b"state"},
}


@dataclass(frozen=True, slots=True)
class Raw:
    """The rows of a table, past the store."""

    client: Any
    name: str

    def put(self, *items: dict[str, Any]) -> None:
        for item in items:
            self.client.put_item(TableName=self.name, Item=item)

    def get(self, key: str) -> Any:
        found = self.client.get_item(
            TableName=self.name, Key={"leaseKey": {"S": key}}, ConsistentRead=True
        )
        return found.get("Item")


@pytest.fixture
def raw(store: DynamoDBStore, application: str, table: LeaseTable) -> Raw:
    """The table of the test."""
    return Raw(store._client_for(STREAM), application)


def test_rows_of_other_kinds_are_never_touched(raw: Raw, table: LeaseTable) -> None:
    """What a KCL 3.5 keeps beside its leases is not seen, not replaced and not deleted."""
    other = READ | {"leaseKey": {"S": SHARD}, "entityType": {"S": "SOMETHING_NEW"}}
    raw.put(other)
    seen = replace(SEEN, shard_id=SHARD)
    assert list(table.leases()) == []
    assert table.lease(SHARD) is None
    assert not table.create(BARE)
    assert not table.replace(seen, renewed(seen))
    assert not table.delete(seen)
    assert raw.get(SHARD) == other


def test_leases_of_many_streams_are_not_seen(raw: Raw, table: LeaseTable) -> None:
    """Rows of a KCL that reads many streams in one application are left to it."""
    key = f"123456789012:orders:1700000000:{SHARD}"
    raw.put(READ | {"leaseKey": {"S": key}, "streamName": {"S": key.rpartition(":")[0]}})
    assert list(table.leases()) == []


@pytest.mark.parametrize(
    "change",
    [
        renewed,
        lambda lease: renewed(lease, checkpoint=Position(10**56, 1)),
        lambda lease: taken(lease, by="python"),
        lambda lease: finished(lease, children=[shard_id(7)]),
        lambda lease: wanted(lease, by="python"),
        released,
    ],
    ids=["renewed", "checkpoint", "taken", "finished", "wanted", "released"],
)
def test_unknown_attributes_survive(
    raw: Raw, table: LeaseTable, change: Callable[[Lease], Lease]
) -> None:
    """No change of a lease removes or changes an attribute that is not known here."""
    unknown = {"throughputKBps": {"N": "0.013672"}, "tomorrow": {"M": {"a": {"BOOL": True}}}}
    raw.put(READ | unknown)
    after = change(SEEN)
    assert table.replace(SEEN, after)
    assert table.lease(SEEN.shard_id) == after
    assert raw.get(SEEN.shard_id).items() >= unknown.items()


def test_a_checkpoint_voids_a_prepared_one(raw: Raw, table: LeaseTable) -> None:
    """A checkpoint removes the one that a KCL had prepared; a renewal keeps it."""
    raw.put(READ | PREPARED)
    later = renewed(SEEN)
    assert table.replace(SEEN, later)
    assert raw.get(SEEN.shard_id).items() >= PREPARED.items()
    assert table.replace(later, renewed(later, checkpoint=Position(10**56)))
    assert not raw.get(SEEN.shard_id).keys() & PREPARED.keys()


def test_a_lease_that_a_leader_hands_on_is_lost(raw: Raw, table: LeaseTable) -> None:
    """While a KCL 3 hands a lease on its old owner is refused everything, as if it had lost it."""
    raw.put(READ | HAND_ON)
    before = raw.get(SEEN.shard_id)
    assert not table.replace(SEEN, renewed(SEEN, checkpoint=Position(10**56)))
    assert not table.replace(SEEN, wanted(SEEN, by="python"))
    assert not table.replace(SEEN, released(SEEN))
    assert not table.delete(SEEN)
    assert raw.get(SEEN.shard_id) == before


def test_a_lease_whose_hand_on_stopped_can_be_taken(raw: Raw, table: LeaseTable) -> None:
    """Who takes a lease that nobody counts up any more ends the hand-on, as the KCL does."""
    raw.put(READ | HAND_ON)
    seen = table.lease(SEEN.shard_id)
    assert seen is not None
    assert seen.owner == "java"
    assert table.replace(seen, taken(seen, by="python"))
    assert "checkpointOwner" not in raw.get(SEEN.shard_id)
    assert table.lease(SEEN.shard_id) == taken(seen, by="python")


def test_the_stream_is_written_into_rows_of_the_kcl(raw: Raw, table: LeaseTable) -> None:
    """A row that says no stream is accepted, and says it from the first change on."""
    raw.put(READ)
    assert list(table.leases()) == [SEEN]
    assert table.replace(SEEN, renewed(SEEN))
    assert raw.get(SEEN.shard_id).items() >= rows.stream_values(STREAM).items()


@pytest.mark.parametrize(
    "stream", [LATER, replace(STREAM, arn=f"{STREAM.arn}-2")], ids=["recreated", "another"]
)
def test_leases_of_another_stream_are_refused(
    store: DynamoDBStore, application: str, table: LeaseTable, stream: Any
) -> None:
    """A table with leases of another stream is an error that says what to do."""
    other = store.table(application, stream)
    table.create(BARE)
    for call in (
        other.leases,
        lambda: other.lease(SHARD),
        lambda: store.table(application, stream),
    ):
        with pytest.raises(ConfigError, match="Delete the table to begin anew, or give"):
            call()


def test_leases_of_another_stream_are_not_changed(
    store: DynamoDBStore, application: str, table: LeaseTable
) -> None:
    """A worker that still reads a stream which was made anew cannot change the new one's leases."""
    other = store.table(application, LATER)
    table.create(FULL)
    assert not other.replace(FULL, renewed(FULL))
    assert not other.delete(FULL)
    assert table.lease(SHARD) == FULL


def test_a_row_that_is_no_lease_is_an_error(raw: Raw, table: LeaseTable) -> None:
    """A table that somebody uses for something else is not taken for one without leases."""
    raw.put({"leaseKey": {"S": "basket-5"}, "price": {"N": "7"}})
    with pytest.raises(ConfigError, match="row 'basket-5' is not a lease"):
        table.leases()


def test_all_pages_are_read(raw: Raw, table: LeaseTable) -> None:
    """Rows that fill more than the 1 MB of a page are all found."""
    padding = {"padding": {"S": "x" * 100_000}}
    raw.put(*(READ | padding | {"leaseKey": {"S": shard_id(number)}} for number in range(25)))
    found = sorted(lease.shard_id for lease in table.leases())
    assert found == [shard_id(number) for number in range(25)]


def test_the_table_can_have_another_name(raw: Raw, application: str) -> None:
    """A store that is given a table uses it for whatever application it is asked for."""
    url = raw.client.meta.endpoint_url
    table = dynamodb_store(url, table=application).table("another", STREAM)
    raw.put(READ)
    assert list(table.leases()) == [SEEN]


def test_a_new_table_is_paid_by_request(raw: Raw) -> None:
    """A table that is made here has no capacity to be thought of."""
    description = raw.client.describe_table(TableName=raw.name)["Table"]
    assert description["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_a_new_table_can_have_provisioned_capacity(raw: Raw) -> None:
    """A table is made with the capacity that the store was given."""
    name = f"{raw.name}-provisioned"
    dynamodb_store(raw.client.meta.endpoint_url, provisioned=(7, 5)).table(name, STREAM)
    units = raw.client.describe_table(TableName=name)["Table"]["ProvisionedThroughput"]
    assert (units["ReadCapacityUnits"], units["WriteCapacityUnits"]) == (7, 5)


def test_a_table_with_another_key_is_refused(raw: Raw) -> None:
    """A table that is there and has another key is no lease table, and stays as it is."""
    name = f"{raw.name}-other"
    raw.client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    with pytest.raises(ConfigError, match="its key has to be leaseKey"):
        dynamodb_store(raw.client.meta.endpoint_url).table(name, STREAM)
