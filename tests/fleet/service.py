"""What workers see of the stream: pages, lists and errors, late and in all sizes."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING, Final

from kinesis_producer.core.leasing.requests import AWAY
from kinesis_producer.core.positions import AT_TIMESTAMP, LATEST
from kinesis_producer.core.reading.pages import GetIterator, GetRecords, Page
from kinesis_producer.records import Failure

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from kinesis_producer.core.leasing.requests import Away
    from kinesis_producer.core.shards import Shard
    from tests.fleet.stream import SimShard, Stream
    from tests.fleet.troubles import Troubles
    from tests.fleet.world import Sleep, World

_GONE: Final = Failure("ResourceNotFoundException", "")
_EXPIRED: Final = Failure("ExpiredIteratorException", "")
_ERRORS: Final = (
    "ProvisionedThroughputExceededException",
    "ProvisionedThroughputExceededException",
    "InternalFailure",
    "MalformedAnswer",
    "NoAnswer",
    "InvalidArgumentException",
)


class Service:
    """Answers of the stream. An iterator is a shard and the first sequence number it may read."""

    def __init__(self, world: World, stream: Stream, troubles: Troubles) -> None:
        self._world = world
        self._stream = stream
        self._troubles = troubles
        self._lied: set[str] = set()

    def ask(self, call: GetIterator | GetRecords) -> Generator[Sleep, None, str | Page | Failure]:
        """Make a call; it takes some time, before it is served and after."""
        dice = self._world.dice
        yield self._troubles.delay()
        if dice.random() < self._troubles.errors:
            answer: str | Page | Failure = Failure(dice.choice(_ERRORS), "")
        elif isinstance(call, GetIterator):
            answer = self._iterator(call)
        else:
            answer = self._page(call)
        yield self._troubles.delay()
        return answer

    def shards(self) -> Generator[Sleep, None, Sequence[Shard] | Away]:
        """List the shards, perhaps as they were a while ago."""
        yield self._troubles.delay()
        if self._world.dice.random() < self._troubles.errors:
            yield 2.0
            return AWAY
        at = max(0.0, self._world.now - self._world.dice.choice((0.0, self._troubles.lag)))
        listed = [
            one.told(is_open=one.closed_at is None or one.closed_at > at)
            for one in self._stream.shards.values()
            if one.opened_at <= at and (one.gone_at is None or one.gone_at > at)
        ]
        yield self._troubles.delay()
        return listed

    def _iterator(self, call: GetIterator) -> str | Failure:
        shard = self._stream.shards[call.shard_id]
        if shard.gone_at is not None:
            return _GONE
        point = call.point
        number = max(0, point.at.sequence_number + point.after)
        if point.at in {AT_TIMESTAMP, LATEST}:
            since = self._world.now if point.since is None else point.since
            number = _first_since(shard, since)
        return f"{call.shard_id} {number} {self._world.now}"

    def _page(self, call: GetRecords) -> Page | Failure:
        shard_id, number, made_at = call.iterator.split()
        shard = self._stream.shards[shard_id]
        if shard.gone_at is not None:
            return _GONE
        if self._world.now - float(made_at) > self._troubles.iterator_life:
            return _EXPIRED
        begin = bisect.bisect_left(shard.records, (int(number),))
        return self._from(shard, begin, int(number), call.limit)

    def _from(self, shard: SimShard, begin: int, number: int, limit: int) -> Page:
        """Of random size, perhaps empty; the end of a closed shard comes with it or alone."""
        dice = self._world.dice
        most = min(limit, dice.choice(self._troubles.pages))
        records = []
        size = 0
        for one in shard.records[begin : begin + most]:
            size += one.size
            if size > 3_000_000 and records:
                break
            records.append(one)
        at_tip = begin + len(records) == len(shard.records)
        following = records[-1].sequence_number + 1 if records else number
        behind = 0 if at_tip else 1000
        if at_tip and shard.closed_at is not None and dice.random() < 0.7:
            return Page(records, behind, None, ended=True, children=self._children(shard))
        if self._lies(shard.shard_id):
            return Page(records, behind, None, ended=True)
        return Page(records, behind, f"{shard.shard_id} {following} {self._world.now}")

    def _lies(self, shard_id: str) -> bool:
        """An answer that is no end may look like one, but not twice in a row for a shard."""
        lies = self._world.dice.random() < self._troubles.false_ends and shard_id not in self._lied
        (self._lied.add if lies else self._lied.discard)(shard_id)
        return lies

    def _children(self, shard: SimShard) -> Sequence[Shard]:
        """All of them, or none."""
        children = [
            one.told(is_open=True)
            for one in self._stream.shards.values()
            if shard.shard_id in one.parents
        ]
        return self._world.dice.choice((children, children, []))


def _first_since(shard: SimShard, since: float) -> int:
    """The first sequence number that came at a time or after it; or the one that comes next."""
    tip = shard.flat[-1].sequence_number + 1 if shard.flat else 0
    return next((one.sequence_number for one in shard.records if one.arrived_at >= since), tip)
