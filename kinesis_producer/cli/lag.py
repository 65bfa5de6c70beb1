"""How far checkpoints are behind the tips of their shards."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Final

from kinesis_producer.core.reading.pages import ReadFailed
from kinesis_producer.core.reading.reader import ReadRules, reader_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kinesis_producer.client.reading import StreamReader
    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.core.reading.pages import Page
    from kinesis_producer.records import Failure

#: Shards that are asked at the same time.
AT_A_TIME: Final = 8


def lags(reader: StreamReader, leases: Iterable[Lease]) -> dict[str, int | Failure]:
    """Milliseconds, by shard, or why they are not known; none of a shard that is finished. Blocks.

    Each shard is read once, and gives one record: that takes a part of its read capacity, which is
    five reads a second.
    """
    live = [one for one in leases if not one.is_finished]
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        found = pool.map(partial(_lag, reader), live)
        return dict(zip((one.shard_id for one in live), found, strict=True))


def _lag(reader: StreamReader, lease: Lease) -> int | Failure:
    point = reader_of(lease, ReadRules(), since=None).point
    try:
        page = reader.page(reader.iterator(lease.shard_id, point), 1)
    except ReadFailed as error:
        return error.failure
    return page.millis_behind if lease.checkpoint.is_record else _of_next(page)


def _of_next(page: Page) -> int:
    """Where nothing was dealt with yet, the record that was read counts, too."""
    ages = [int((time.time() - one.arrived_at) * 1000) for one in page.records]
    return max(page.millis_behind, *ages, 0) if ages else page.millis_behind
