"""The leases of one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_producer.errors import ConfigError
from kinesis_producer.stores.dynamodb import rows, writes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.stores import StreamId
    from kinesis_producer.stores.dynamodb.calls import Calls
    from kinesis_producer.stores.dynamodb.rows import Item


class DynamoDBTable:
    """See `LeaseTable`. Rows of other kinds are not seen, and never changed.

    `leases` and `lease` raise `ConfigError` for a row of another stream, or one that is no lease.
    """

    def __init__(self, calls: Calls, stream: StreamId) -> None:
        self._calls = calls
        self._stream = stream

    def leases(self) -> Sequence[Lease]:
        """See `LeaseTable.leases`. It is a scan, in pages of 1 MB."""
        return [self._read(item) for item in self._calls.items() if rows.is_lease(item)]

    def lease(self, shard_id: str) -> Lease | None:
        """See `LeaseTable.lease`."""
        item = self._calls.item(writes.key(shard_id))
        return None if item is None or not rows.is_lease(item) else self._read(item)

    def create(self, lease: Lease) -> bool:
        """See `LeaseTable.create`."""
        return self._calls.write("put_item", **writes.creation(lease, self._stream))

    def replace(self, old: Lease, new: Lease) -> bool:
        """See `LeaseTable.replace`; False, too, while a KCL 3 hands the lease on."""
        return self._calls.write("update_item", **writes.change(old, new, self._stream))

    def delete(self, lease: Lease) -> bool:
        """See `LeaseTable.delete`; False, too, while a KCL 3 hands the lease on."""
        return self._calls.write("delete_item", **writes.deletion(lease, self._stream))

    def _read(self, item: Item) -> Lease:
        if rows.is_foreign(item, self._stream):
            raise ConfigError(self._foreign())
        try:
            return rows.read_item(item)
        except (KeyError, ValueError) as error:
            row = item[rows.KEY]["S"]
            raise ConfigError(
                f"DynamoDB table {self._calls.table}: row {row!r} is not a lease as the KCL "
                f"writes them ({error!r}); give the store a table of its own"
            ) from error

    def _foreign(self) -> str:
        return (
            f"the leases in DynamoDB table {self._calls.table} are of another stream than "
            f"{self._stream.arn}, or of an earlier one of that name: their positions mean nothing "
            "here. Delete the table to begin anew, or give the store, or the application, another "
            "name of a table"
        )
