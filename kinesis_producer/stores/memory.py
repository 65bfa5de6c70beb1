"""Leases in the memory of this process: for one consumer that starts anew each time, and for tests.

Consumers of one process that share a `MemoryStore` are a fleet.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from kinesis_producer.core.leasing.lease import merged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.stores import StreamId


class MemoryStore:
    """Keeps leases as long as it lives. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards _tables
        self._tables: dict[tuple[str, StreamId], _MemoryTable] = {}

    def table(self, application: str, stream: StreamId) -> _MemoryTable:
        """See `Store.table`; nothing is raised."""
        with self._lock:
            return self._tables.setdefault((application, stream), _MemoryTable())

    def close(self) -> None:
        """Nothing to let go of; the leases stay."""


class _MemoryTable:
    """See `LeaseTable`; nothing is raised and nothing blocks for long."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards _leases
        self._leases: dict[str, Lease] = {}

    def leases(self) -> Sequence[Lease]:
        """See `LeaseTable.leases`."""
        with self._lock:
            return list(self._leases.values())

    def lease(self, shard_id: str) -> Lease | None:
        """See `LeaseTable.lease`."""
        with self._lock:
            return self._leases.get(shard_id)

    def create(self, lease: Lease) -> bool:
        """See `LeaseTable.create`."""
        with self._lock:
            if lease.shard_id in self._leases:
                return False
            self._leases[lease.shard_id] = lease
            return True

    def replace(self, old: Lease, new: Lease) -> bool:
        """See `LeaseTable.replace`."""
        with self._lock:
            found = self._leases.get(old.shard_id)
            if found is None or found.counter != old.counter:
                return False
            self._leases[old.shard_id] = merged(found, old, new)
            return True

    def delete(self, lease: Lease) -> bool:
        """See `LeaseTable.delete`."""
        with self._lock:
            found = self._leases.get(lease.shard_id)
            if found is None or found.counter != lease.counter:
                return False
            del self._leases[lease.shard_id]
            return True
