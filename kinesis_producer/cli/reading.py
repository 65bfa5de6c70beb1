"""Reading a stream from the command line: every shard in turn, children after their parents."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kinesis_producer.client.single_calls import Calls

#: Seconds between two reads of one shard: it answers 5 in a second, to all its readers together.
_PAUSE: Final = 0.2

#: Seconds between two reads of one shard that has nothing new.
_IDLE: Final = 1.0


@dataclass(slots=True)
class _Shard:
    """One shard, and where reading it goes on."""

    shard_id: str
    iterator: str | None
    not_before: float = 0.0
    behind: bool = True


class Reader:
    """Kinesis records of all shards of a stream. For one thread.

    Args:
        calls: single calls.
        stream: its name.
        start: where to begin, as GetShardIterator takes it: ``{"ShardIteratorType": ...}``.
            Shards that come into being later are read from their beginning.
    """

    def __init__(self, calls: Calls, stream: str, start: Mapping[str, object]) -> None:
        self._calls = calls
        self._stream = stream
        self._start = start
        self._known: dict[str, Mapping[str, Any]] = {
            shard["ShardId"]: shard for shard in calls.shards(stream)
        }
        self._begun: set[str] = set()
        self._shards: list[_Shard] = []
        for shard_id, shard in self._known.items():
            if self._is_first(shard):
                self._begin(shard_id)

    def records(self, *, until_caught_up: bool = False) -> Iterator[Mapping[str, Any]]:
        """Records as GetRecords gives them; for ever, or until every shard has given its last."""
        while self._shards:
            if until_caught_up and not any(shard.behind for shard in self._shards):
                return
            shard = min(self._shards, key=lambda one: one.not_before)
            time.sleep(max(0.0, shard.not_before - time.monotonic()))
            yield from self._read(shard)

    def _is_first(self, shard: Mapping[str, Any]) -> bool:
        """Whether to begin with it: it has no parent to be read first, or only news are wanted."""
        if self._start["ShardIteratorType"] == "LATEST":
            return "EndingSequenceNumber" not in shard["SequenceNumberRange"]
        return not self._parents(shard) & set(self._known)

    @staticmethod
    def _parents(shard: Mapping[str, Any]) -> set[str]:
        named = shard.get("ParentShards") or [
            shard.get("ParentShardId"),
            shard.get("AdjacentParentShardId"),
        ]
        return {parent for parent in named if parent}

    def _read(self, shard: _Shard) -> list[Mapping[str, Any]]:
        answer = self._calls.call("get_records", ShardIterator=shard.iterator)
        records: list[Mapping[str, Any]] = answer["Records"]
        shard.iterator = answer.get("NextShardIterator")
        shard.behind = bool(records) or answer.get("MillisBehindLatest", 0) > 0
        shard.not_before = time.monotonic() + (_PAUSE if shard.behind else _IDLE)
        if shard.iterator is None:
            self._shards.remove(shard)
            self._follow(answer.get("ChildShards") or ())
        return records

    def _follow(self, children: Iterable[Mapping[str, Any]]) -> None:
        """Go on with what follows an ended shard, once all its parents have ended."""
        reading = {shard.shard_id for shard in self._shards}
        for child in children:
            if child["ShardId"] not in self._begun and not self._parents(child) & reading:
                self._begin(child["ShardId"])

    def _begin(self, shard_id: str) -> None:
        start = self._start
        if shard_id not in self._known:
            start = {"ShardIteratorType": "TRIM_HORIZON"}
        answer = self._calls.call(
            "get_shard_iterator", StreamName=self._stream, ShardId=shard_id, **start
        )
        self._begun.add(shard_id)
        self._shards.append(_Shard(shard_id, answer["ShardIterator"]))
