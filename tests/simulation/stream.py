"""The stream of a simulation: its shards, which change, and what readers find in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kinesis_producer.core.hash_keys import HashRange, hash_key, uniform_ranges
from kinesis_producer.core.shard_map import StreamFacts, read_facts
from kinesis_producer.core.shards import Shard
from kinesis_producer.deaggregator import Deaggregator

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping


class Written(NamedTuple):
    """A Kinesis record in the stream."""

    shard: Shard
    data: bytes
    keys: tuple[str, str | None]


class Stream:
    """Shards that split and merge now and then, and may be spread over by the service itself.

    Args:
        dice: of everything.
    """

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        spans = uniform_ranges(dice.choice((1, 1, 2, 3)))
        self._shards = [Shard(f"shard-{n:03}", hash_range=span) for n, span in enumerate(spans)]
        self.auto = False
        self._silent = dice.random() < 0.3
        self.changed = False
        self.on_demand = dice.random() < 0.2
        self.ledger: list[Written] = []

    @property
    def _open(self) -> list[Shard]:
        return [shard for shard in self._shards if shard.is_open]

    def facts(self) -> StreamFacts:
        """What ListShards and DescribeStreamSummary say now."""
        strategy = "AUTO" if self.auto else "USER_PARTITION_KEY"
        mode = "ON_DEMAND" if self.on_demand or self.auto else "PROVISIONED"
        if self._silent:
            return read_facts(self._shards, None)
        summary = {
            "RecordDistributionStrategy": strategy,
            "StreamModeDetails": {"StreamMode": mode},
        }
        return read_facts(self._shards, summary)

    def change(self) -> None:
        """A split, or a merge."""
        self.changed = True
        if self._dice.random() < 0.6 or len(self._open) < 2:
            shard = self._dice.choice(self._open)
            span = shard.hash_range
            assert span is not None
            self._replace([shard], HashRange(span.first, span.middle - 1))
            self._add([shard], HashRange(span.middle, span.last))
        else:
            pair = sorted(self._open, key=lambda one: one.hash_range.first)  # type: ignore[union-attr]
            at = self._dice.randrange(len(pair) - 1)
            first, second = pair[at : at + 2]
            assert first.hash_range is not None
            assert second.hash_range is not None
            whole = HashRange(first.hash_range.first, second.hash_range.last)
            self._replace([first, second], whole)

    def _replace(self, parents: list[Shard], span: HashRange) -> None:
        for shard in parents:
            closed = Shard(shard.shard_id, shard.parents, shard.hash_range, is_open=False)
            self._shards[self._shards.index(shard)] = closed
        self._add(parents, span)

    def _add(self, parents: list[Shard], span: HashRange) -> None:
        ids = tuple(shard.shard_id for shard in parents)
        self._shards.append(Shard(f"shard-{len(self._shards):03}", ids, span))

    def commit(self, entry: Mapping[str, Any]) -> dict[str, str]:
        """Write an entry of a request."""
        keys = (entry["PartitionKey"], entry.get("ExplicitHashKey"))
        number = hash_key(*keys)
        holding = [one for one in self._open if one.hash_range and number in one.hash_range]
        shard = self._dice.choice(self._open) if self.auto else holding[0]
        self.ledger.append(Written(shard, entry["Data"], keys))
        return {"ShardId": shard.shard_id, "SequenceNumber": f"{len(self.ledger):056}"}

    def read(self, aggregation: str, *, as_the_kcl: bool) -> list[tuple[bytes, Shard]]:
        """All user records, in the order they were written, copies included.

        Args:
            aggregation: as it was written.
            as_the_kcl: without the aggregates that the KCL throws away.
        """
        reader = Deaggregator(aggregation=aggregation, kcl_range_check=as_the_kcl)
        found = []
        for shard, data, (key, number) in self.ledger:
            assert shard.hash_range is not None
            span = (shard.hash_range.first, shard.hash_range.last)
            records = reader.read(
                data, partition_key=key, explicit_hash_key=number, hash_range=span
            )
            found += [(record.data, shard) for record in records]
        return found
