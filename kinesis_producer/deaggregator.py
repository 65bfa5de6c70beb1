"""`Deaggregator`: what reads the Kinesis records of a stream, and says what is odd about them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from kinesis_producer.core.deaggregation import ReadLimits, as_bytes, deaggregator_of
from kinesis_producer.core.hash_keys import HashRange
from kinesis_producer.records import Keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinesis_producer.records import Columns, UserRecord

_logger = logging.getLogger("kinesis_producer")

_MISPLACED = (
    "a KPL aggregate holds records that belong to another shard; the KCL would drop it as a whole"
    " (said once; further ones are counted)"
)


class Deaggregator:
    """As `deaggregate`, for all records of a stream. For one thread at a time.

    Args:
        aggregation: as the producer's.
        record_delimiter: as the producer's.
        compression: as the producer's.
        limits: how much may become of one Kinesis record.
        kcl_range_check: leave out, as a whole, a KPL aggregate with a record that belongs to
            another shard than that it was read from, as the KCL does.

    Raises:
        ConfigError: an argument cannot be.
    """

    def __init__(
        self,
        *,
        aggregation: str | None = None,
        record_delimiter: bytes | str = b"\n",
        compression: str | None = None,
        limits: ReadLimits | None = None,
        kcl_range_check: bool = False,
    ) -> None:
        self._core = deaggregator_of(aggregation, record_delimiter, compression)
        self._core.limits = self._core.limits if limits is None else limits
        self._core.kcl_range_check = kcl_range_check

    @property
    def misplaced(self) -> int:
        """KPL aggregates with records of another shard, so far, whether left out or not."""
        return self._core.misplaced

    def read(
        self,
        data: bytes | bytearray | memoryview,
        *,
        partition_key: str | None = None,
        explicit_hash_key: str | None = None,
        hash_range: tuple[int | str, int | str] | None = None,
    ) -> Sequence[UserRecord]:
        """The user records in the data of a Kinesis record.

        Args:
            data: of the Kinesis record.
            partition_key: its own.
            explicit_hash_key: its own.
            hash_range: first and last hash key of the shard, as numbers or as ListShards writes
                them; without it nothing is known to be misplaced.

        Raises:
            CorruptAggregate: it is not what it says, or was said, to be, or exceeds a limit.
        """
        shard = None if hash_range is None else HashRange(*map(int, hash_range))
        keys = Keys(partition_key, explicit_hash_key)
        return self.columns(as_bytes(data), keys, shard).user_records()

    def columns(self, data: bytes, keys: Keys, shard: HashRange | None) -> Columns:
        """As `read`, by columns, of the data and the keys of a Kinesis record in that shard."""
        before = self._core.misplaced
        found = self._core.columns(data, keys, shard)
        if self._core.misplaced > before == 0:
            _logger.warning(_MISPLACED)
        return found
