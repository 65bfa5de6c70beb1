"""What the tests of reading build with: records, pages, readings, shards."""

from __future__ import annotations

from functools import lru_cache

from kinesis_producer.core.leasing.lease import Lease
from kinesis_producer.core.positions import TRIM_HORIZON
from kinesis_producer.core.reading.pages import KinesisRecord, Page, Point
from kinesis_producer.core.reading.reader import ReadRules, ShardReader, Step
from kinesis_producer.core.reading.reading import Reading
from kinesis_producer.core.shards import Shard
from kinesis_producer.records import ConsumerRecord, Failure

EXPIRED = Failure("ExpiredIteratorException", "Iterator expired.", 400)
INVALID = Failure("InvalidArgumentException", "not a valid argument", 400)
THROTTLED = Failure("ProvisionedThroughputExceededException", "Rate exceeded", 400)
MISSING = Failure("ResourceNotFoundException", "Shard not found.", 400)
DENIED = Failure("AccessDeniedException", "not authorized", 400)


@lru_cache(8)
def data(size: int) -> bytes:
    """So many bytes, which many records share."""
    return b"x" * size


def kinesis_record(number: int, size: int = 10, arrived_at: float = 0.0) -> KinesisRecord:
    """One of so many bytes."""
    return KinesisRecord(number, data(size), "", arrived_at)


def page(*numbers: int, size: int = 10, iterator: str | None = "next", **given: object) -> Page:
    """A page with these records."""
    records = [kinesis_record(number, size) for number in numbers]
    return Page(records, iterator=iterator, **given)  # type: ignore[arg-type]


def last_page(*numbers: int, size: int = 10, children: tuple[Shard, ...] = ()) -> Page:
    """The end of a closed shard."""
    return page(*numbers, size=size, iterator=None, ended=True, children=children)


def reader(point=None, shard_id="s-0", **rules):
    """One at its beginning."""
    made = ShardReader(shard_id, point or Point(TRIM_HORIZON), ReadRules(**rules))
    made.step = Step.SUBSCRIBE if made.rules.subscribing else Step.ITERATOR
    return made


def reading(shard_id="s-0", token=1, **given):
    """One that has nothing yet, and begins at its checkpoint."""
    rules = {key: given.pop(key) for key in ("idle_time", "subscribing") if key in given}
    made = {"checkpoint": TRIM_HORIZON, **given}
    made.setdefault("reader", reader(Point(made["checkpoint"]), shard_id, **rules))
    return Reading(shard_id=shard_id, token=token, **made)


def user_records(number: int, many: int = 1, shard_id: str = "s-0") -> list[ConsumerRecord]:
    """What a Kinesis record comes apart into."""
    return [
        ConsumerRecord(b"", "", None, sub, (), shard_id, str(number), 0.0, 0, 1)
        for sub in range(many)
    ]


def lease(shard_id: str, **given: object) -> Lease:
    """One that nobody has, at the trim horizon."""
    return Lease(shard_id=shard_id, **{"checkpoint": TRIM_HORIZON, **given})  # type: ignore[arg-type]


def closed(shard_id: str, *parents: str) -> Shard:
    """A shard that takes no more records."""
    return Shard(shard_id, parents, is_open=False)


def begin(desk, one):
    """Begin a shard that has an iterator."""
    one.reader.opened("it")
    desk.begin(one)


def fetch(desk, *numbers: int, at: float, size: int = 10, more: bool = True):
    """Answer the next call with these records, or with the end; the shard, if there was a call."""
    call = desk.next_call(at)
    if call is None:
        return None
    one = desk.get(call.shard_id)
    made = page(*numbers, size=size) if more else last_page(*numbers, size=size)
    desk.answered(call, one, made, at=at)
    return one


def give_all(desk, now: float = 0.0) -> list[tuple[str, int]]:
    """Give out everything that there is, a Kinesis record a turn; the shard and number of each."""
    given = []
    while (one := desk.next_reading(now)) is not None:
        brought = one.unpack()
        one.fill(user_records(brought.record.sequence_number))
        one.give(1)
        desk.turn(one)
        one.asked_on()
        given.append((one.shard_id, one.number))
        assert len(given) < 100_000
    return given
