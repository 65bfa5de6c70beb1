"""Reading a stream from the command line: every shard in turn, children after their parents."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.errors import CallFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kinesis_producer.client.single_calls import Calls

#: Seconds between two reads of one shard: it answers 5 in a second, to all its readers together.
_PAUSE: Final = 0.2

#: Seconds between two reads of one shard that has nothing new.
_IDLE: Final = 1.0

_OLDEST: Final[Mapping[str, object]] = {"ShardIteratorType": "TRIM_HORIZON"}


@dataclass(slots=True)
class _Shard:
    """One shard, and where reading it goes on: by an iterator, or by a new one from a position."""

    shard_id: str
    iterator: str | None
    position: Mapping[str, object]
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
            shard["ShardId"]: shard for shard in calls.shards({"StreamName": stream})
        }
        self._family = {shard_id: _parents(shard) for shard_id, shard in self._known.items()}
        self._begun: set[str] = set()
        self._ended: set[str] = set()
        self._waiting: dict[str, set[str]] = {}
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
        return not _parents(shard) & set(self._known)

    def _read(self, shard: _Shard) -> list[Mapping[str, Any]]:
        try:
            answer = self._calls.call("get_records", ShardIterator=shard.iterator)
        except CallFailed as error:
            if error.code != "ExpiredIteratorException":
                raise
            shard.iterator = self._iterator(shard.shard_id, shard.position)
            return []
        records: list[Mapping[str, Any]] = answer["Records"]
        shard.iterator = answer.get("NextShardIterator")
        if records:
            shard.position = _after(records[-1]["SequenceNumber"])
        shard.behind = bool(records) or answer.get("MillisBehindLatest", 0) > 0
        shard.not_before = time.monotonic() + (_PAUSE if shard.behind else _IDLE)
        if shard.iterator is None:
            self._end(shard, answer.get("ChildShards"))
        return records

    def _end(self, shard: _Shard, children: Iterable[Mapping[str, Any]] | None) -> None:
        """Go on with what follows, as far as all its parents have ended."""
        self._shards.remove(shard)
        self._ended.add(shard.shard_id)
        found = {child["ShardId"]: _parents(child) for child in children or ()}
        if not found:  # not every server tells
            self._meet_family()
            found = {one: them for one, them in self._family.items() if shard.shard_id in them}
        self._waiting.update(found)
        for child, parents in list(self._waiting.items()):
            if not any(map(self._is_wanted, parents)):
                del self._waiting[child]
                self._begin(child)

    def _is_wanted(self, shard_id: str) -> bool:
        """Whether it is read and has not ended, or will be read, since it follows such a shard."""
        if shard_id in self._ended:
            return False
        if shard_id in self._begun or shard_id in self._waiting:
            return True
        if shard_id not in self._family:
            self._meet_family()
        return any(map(self._is_wanted, self._family.get(shard_id, ())))

    def _meet_family(self) -> None:
        shards = self._calls.shards({"StreamName": self._stream})
        self._family.update((shard["ShardId"], _parents(shard)) for shard in shards)

    def _begin(self, shard_id: str) -> None:
        if shard_id in self._begun:
            return
        start = self._start if shard_id in self._known else _OLDEST
        position = _now() if start["ShardIteratorType"] == "LATEST" else start
        self._begun.add(shard_id)
        self._shards.append(_Shard(shard_id, self._iterator(shard_id, start), position))

    def _iterator(self, shard_id: str, start: Mapping[str, object]) -> str:
        answer = self._calls.call(
            "get_shard_iterator", StreamName=self._stream, ShardId=shard_id, **dict[str, Any](start)
        )
        return str(answer["ShardIterator"])


def _parents(shard: Mapping[str, Any]) -> set[str]:
    named = shard.get("ParentShards") or [
        shard.get("ParentShardId"),
        shard.get("AdjacentParentShardId"),
    ]
    return {parent for parent in named if parent}


def _now() -> Mapping[str, object]:
    return {"ShardIteratorType": "AT_TIMESTAMP", "Timestamp": datetime.now(UTC)}


def _after(number: str) -> Mapping[str, object]:
    return {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": number}
