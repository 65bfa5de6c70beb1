"""What was committed to a stream, in commit order."""

from __future__ import annotations

import binascii
import threading
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class LedgerRecord:
    """One committed Kinesis record.

    Attributes:
        sequence_number: 56 decimal digits.
        partition_key: as it was sent; None where none was.
        explicit_hash_key: the same.
        data: the payload, decoded.
        arrived_at: seconds since the epoch, in whole milliseconds, by the server's clock.
    """

    stream_name: str
    shard_id: str
    sequence_number: str
    partition_key: str | None
    explicit_hash_key: str | None
    data: bytes
    arrived_at: float


class StoredRecord(NamedTuple):
    """A record as it is kept. A tuple: made once per record on the hot path.

    Attributes:
        text: the payload in base64, as it came and as GetRecords gives it back.
        size: bytes of data and key.
    """

    shard_id: str
    sequence_number: str
    partition_key: str | None
    explicit_hash_key: str | None
    text: str
    size: int
    arrived_at: float


class Ledger:
    """Every record of one stream.

    `append` wants the room's lock; `view` may be called on any thread and does not hold up writes:
    it decodes, once, what came since it was last asked.
    """

    def __init__(self, stream_name: str) -> None:
        self._stream_name = stream_name
        self._stored: list[StoredRecord] = []
        self._decoded: list[LedgerRecord] = []
        self._decoding = threading.Lock()  # guards _decoded

    def append(self, record: StoredRecord) -> None:
        """Add one record at the end."""
        self._stored.append(record)

    def view(self) -> list[LedgerRecord]:
        """A list of its own with everything committed so far."""
        with self._decoding:
            fresh = islice(self._stored, len(self._decoded), len(self._stored))
            self._decoded.extend(map(self._decode, fresh))
            return self._decoded.copy()

    def _decode(self, record: StoredRecord) -> LedgerRecord:
        return LedgerRecord(
            stream_name=self._stream_name,
            shard_id=record.shard_id,
            sequence_number=record.sequence_number,
            partition_key=record.partition_key,
            explicit_hash_key=record.explicit_hash_key,
            data=binascii.a2b_base64(record.text),
            arrived_at=record.arrived_at,
        )
