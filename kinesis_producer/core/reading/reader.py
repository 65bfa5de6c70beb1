"""Reading one shard: an iterator, pages, waits, and the end."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from kinesis_producer.core.positions import (
    AT_TIMESTAMP,
    LATEST,
    TRIM_HORIZON,
    Position,
)
from kinesis_producer.core.reading.pages import GetIterator, GetRecords, Page, Point, Subscribe
from kinesis_producer.core.retry import Action, meaning
from kinesis_producer.limits import (
    MAX_RECORDS_PER_PAGE,
    SHARD_READ_INTERVAL,
    SHARD_READ_PER_SECOND,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.core.reading.pages import Call, KinesisRecord
    from kinesis_producer.core.shards import Shard
    from kinesis_producer.records import Failure

#: Seconds before a failed call is made again, doubled with each failure up to the longest.
FIRST_WAIT: Final = 0.2
LONGEST_WAIT: Final = 10.0

#: Failures in a row after which a doubtful one is believed: some seconds.
_BELIEVED_AFTER: Final = 6

#: Seconds before a subscription that has ended is made anew: AWS allows one call a second.
RESUBSCRIBE_AFTER: Final = 1.0


class Step(enum.Enum):
    """What comes next for a shard."""

    ITERATOR = "GetShardIterator"
    RECORDS = "GetRecords"
    SUBSCRIBE = "SubscribeToShard"
    ENDED = "nothing: it was read to its end"


@dataclass(slots=True, kw_only=True)
class ReadRules:
    """How shards are read.

    Attributes:
        idle_time: seconds between two calls for a shard that has nothing new.
        page_limit: records of one page, at the most.
        subscribing: by subscriptions instead of GetRecords.
    """

    idle_time: float = 1.0
    page_limit: int = MAX_RECORDS_PER_PAGE
    subscribing: bool = False


@dataclass(slots=True)
class ShardReader:
    """The state of reading one shard. Pure; whoever uses it holds a lock.

    Attributes:
        point: where the next iterator or subscription begins.
        not_before: monotonic time of the next call.
        in_flight: whether a call is being made.
        caught_up: whether its last page reached the tip.
        millis_behind: as the last page said.
        children: the shards that follow, as far as the service told.
        failures: in a row, iterators that were got in between not counted.
        failure: the last one, until there is a page.
        gone: whether the service does not know the shard.
        doubted: where it ended without telling of children, and was known to be closed.
        since: records that came before that are left out, until one is not: seconds since the
            epoch, where the shard is begun at a time.
        made_at: where it begins at the newest record: all calls but the first, which may not have
            had an answer, begin at this time instead. Seconds since the epoch.
    """

    shard_id: str
    point: Point
    rules: ReadRules
    step: Step = Step.ITERATOR
    iterator: str | None = None
    not_before: float = 0.0
    in_flight: bool = False
    caught_up: bool = False
    millis_behind: int | None = None
    children: Sequence[Shard] = ()
    failures: int = 0
    failure: Failure | None = None
    gone: bool = False
    doubted: Point | None = None
    made_at: float | None = None
    since: float | None = field(init=False)
    _mean: float = 0.0

    def __post_init__(self) -> None:
        self.since = self.point.since

    def call(self, room: int) -> Call:
        """The next call. The caller makes it, and answers with `answered` or `failed`.

        Args:
            room: bytes that the page should not exceed, if that can be helped.
        """
        self.in_flight = True
        if self.iterator is not None:
            return GetRecords(self.shard_id, self.iterator, self._limit(room))
        point = self.point
        if point.at == LATEST and self.made_at is not None:
            self.point = Point(AT_TIMESTAMP, since=self.made_at)
        call = Subscribe if self.step is Step.SUBSCRIBE else GetIterator
        return call(self.shard_id, point)

    def opened(self, iterator: str) -> None:
        """GetShardIterator has answered. That alone ends no row of failures."""
        self.gone = False
        self.in_flight = False
        self.iterator = iterator
        self.step = Step.RECORDS

    def answered(self, page: Page, *, asked: int, at: float) -> Sequence[KinesisRecord]:
        """GetRecords has answered; the records that are wanted of it.

        Args:
            page: the answer.
            asked: how many records it could have had.
            at: when the call was made.
        """
        self._succeeded()
        self.in_flight = False
        self.iterator = page.iterator
        self.caught_up = page.millis_behind == 0 and len(page.records) < asked
        wait = max(self.rules.idle_time if self.caught_up else 0.0, SHARD_READ_INTERVAL)
        self.not_before = at + max(wait, page.size / SHARD_READ_PER_SECOND)
        return self._read(page)

    def pushed(self, page: Page) -> Sequence[KinesisRecord]:
        """A subscription has an event; the records that are wanted of it."""
        self._succeeded()
        self.caught_up = page.millis_behind == 0
        records = self._read(page)
        if page.continues_at is not None:
            self.point = Point(Position(page.continues_at), after=True)
        return records

    def unsubscribed(self, *, at: float) -> None:
        """A subscription has ended without an error."""
        self.in_flight = False
        self.not_before = at + RESUBSCRIBE_AFTER

    def failed(self, failure: Failure, *, at: float, spread: float) -> bool:
        """A call has failed; whether it is time to tell somebody.

        Args:
            failure: what happened.
            at: now.
            spread: a random factor.
        """
        self.in_flight = False
        self.failures += 1
        self.failure = failure
        self.not_before = at + wait(self.failures, spread)
        if failure.code in _NEW_ITERATOR and self.iterator is not None:
            self.iterator, self.step = None, Step.ITERATOR
            return self.failures >= _BELIEVED_AFTER
        self.gone = failure.code == "ResourceNotFoundException"
        action = meaning(failure).action
        if action is Action.PROBE:
            return self.failures >= _BELIEVED_AFTER
        return action is not Action.RETRY and not self._is_early(failure)

    def end(self, children: Sequence[Shard] = ()) -> None:
        """There is no more of it."""
        self.step = Step.ENDED
        self.children = children or self.children
        self.iterator = None
        self.caught_up = True

    def reopen(self, *, closed: bool = False) -> None:
        """The end was none, or it is not known to be one: read on.

        Args:
            closed: whether the shard is known to take no more records.
        """
        self.doubted = self.point if closed else None
        self.step = Step.SUBSCRIBE if self.rules.subscribing else Step.ITERATOR
        self.children = ()
        self.caught_up = False

    @property
    def is_believed(self) -> bool:
        """Whether an end that told of no children is one: it was read twice, or the shard is gone.

        A broken answer may look like an end.
        """
        return self.gone or self.doubted == self.point

    @property
    def has_ended(self) -> bool:
        """Whether it was read to its end."""
        return self.step is Step.ENDED

    def _read(self, page: Page) -> Sequence[KinesisRecord]:
        self.millis_behind = page.millis_behind
        records = self._wanted(page.records)
        if page.records:
            self._mean = page.size / len(page.records)
            self.point = Point(Position(page.records[-1].sequence_number), after=True)
        if page.ended:
            self.end(page.children)
        elif page.millis_behind:
            self.doubted = None  # there was more to come: the end was none, and another may be
        return records

    def _wanted(self, records: Sequence[KinesisRecord]) -> Sequence[KinesisRecord]:
        """Without those at the beginning that came before the time that was asked for.

        botocore may ask in whole seconds (1.36.0 does).
        """
        since = self.since
        if since is None:
            return records
        first = next((i for i, one in enumerate(records) if one.arrived_at >= since), len(records))
        if first < len(records):
            self.since = None
        return records[first:]

    def _limit(self, room: int) -> int:
        most = self.rules.page_limit
        return max(1, min(most, int(room / self._mean))) if self._mean else most

    def _succeeded(self) -> None:
        self.failures = 0
        self.failure = None
        self.gone = False

    def _is_early(self, failure: Failure) -> bool:
        """Whether a time is refused that was this moment, by a clock that is a little ahead."""
        timed = self.iterator is None and self.point.since is not None
        invalid = failure.code == "InvalidArgumentException"
        return timed and invalid and self.failures < _BELIEVED_AFTER


#: What GetRecords says of an iterator that is of no use any more (KCL 3.5.1 reads both so).
_NEW_ITERATOR: Final = {"ExpiredIteratorException", "InvalidArgumentException"}


def wait(failures: int, spread: float) -> float:
    """Seconds to wait after so many failures in a row, times a random factor."""
    return min(FIRST_WAIT * (1 << min(failures - 1, 16)), LONGEST_WAIT) * spread


def reader_of(
    lease: Lease, rules: ReadRules, *, since: float | None, made_at: float | None = None
) -> ShardReader:
    """What reads on from a checkpoint.

    Args:
        lease: with the checkpoint.
        rules: how to read.
        since: the time to begin at where the checkpoint is one and the lease does not tell it.
        made_at: the time that stands for the newest record, should none come from a first call.
    """
    reader = ShardReader(lease.shard_id, _point(lease, since), rules, made_at=made_at)
    if rules.subscribing:
        reader.step = Step.SUBSCRIBE
    if lease.is_finished:
        reader.end()
    return reader


def _point(lease: Lease, since: float | None) -> Point:
    at = lease.checkpoint
    if at not in {AT_TIMESTAMP, LATEST}:
        return Point(at)
    known = lease.since if lease.since is not None else since
    if known is not None:
        return Point(AT_TIMESTAMP, since=known)
    return Point(LATEST if at == LATEST else TRIM_HORIZON)
