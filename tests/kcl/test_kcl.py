"""The Java KCL takes aggregates for the user records they were made of."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

import pytest

from kinesis_producer.records import Accepted, UserRecord
from tests.kcl import writing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.kcl.daemon import Daemon
    from tests.kcl.received import Received

pytestmark = [pytest.mark.real_server, pytest.mark.kcl]

RECORDS: Final = 10_000
KEYS: Final = 500
HASH_KEYS: Final = 40


@pytest.mark.parametrize("container_key", ["first", "constant", 16])
def test_all_user_records_arrive(
    kcl: Daemon, kinesis: Any, stream: str, container_key: str | int
) -> None:
    """Each once, from where it was written, with its key, numbered from 0 in its aggregate."""
    sent = {one.data: one for one in (order(number, container_key) for number in range(RECORDS))}
    accepted = writing.written_records(kinesis, stream, list(sent.values()), container_key)
    received = [one for one in kcl.received(accepted.keys()) if one.data in accepted]
    assert Counter(one.data for one in received) == Counter(sent.keys())
    for one in received:
        assert sent[one.data].partition_key in {None, one.partition_key}
        assert one.accepted == accepted[one.data]
    numbers = sub_sequence_numbers(received)
    assert {one.shard_id for one in numbers} == set(writing.list_shards(kinesis, stream))
    assert all(these == list(range(len(these))) for these in numbers.values())
    assert len(numbers) < RECORDS / 10  # most of them came in aggregates


@pytest.mark.parametrize("place", [0, 5, 10])
def test_an_aggregate_with_a_foreign_record_is_dropped(
    kcl: Daemon, kinesis: Any, stream: str, place: int
) -> None:
    """Whole, wherever in it the record is that belongs to another shard."""
    here, elsewhere, *_ = map(key_in, writing.list_shards(kinesis, stream).values())
    before, mixed, after = (
        [UserRecord(b"%s %d with %d" % (name, number, place), here) for number in range(10)]
        for name in (b"before", b"mixed", b"after")
    )
    mixed.insert(place, UserRecord(b"foreign with %d" % place, elsewhere))
    hash_key = str(writing.hash_key(before[0]))
    for records in (before, mixed, after):
        entry = {**writing.entry(records), "ExplicitHashKey": hash_key}
        kinesis.put_record(StreamName=stream, **entry)
    received = kcl.received({one.data for one in before + after})
    assert not {one.data for one in received} & {one.data for one in mixed}


def order(number: int, batch: object) -> UserRecord:
    """A record of its own; of ten, one has an explicit hash key, and one no key at all."""
    data = f"order {number} of {batch}\n".encode() + b"\x00\xff"
    if number % 10 == 5:
        return UserRecord(data)
    hashed = None if number % 10 else str(2**128 // HASH_KEYS * (number // 10 % HASH_KEYS))
    return UserRecord(data, f"клиент {number % KEYS}", hashed)


def key_in(hash_keys: range) -> str:
    """A partition key of the shard that has these hash keys."""
    keys = map(str, itertools.count())
    return next(key for key in keys if writing.hash_key(UserRecord(b"", key)) in hash_keys)


def sub_sequence_numbers(received: Iterable[Received]) -> dict[Accepted, list[int]]:
    """Those of each Kinesis record, as they came."""
    numbers: defaultdict[Accepted, list[int]] = defaultdict(list)
    for one in received:
        numbers[one.accepted].append(one.sub_sequence_number)
    return numbers
