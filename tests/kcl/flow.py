"""Records that flow all the time, in aggregates as the KPL makes them."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.records import UserRecord
from tests.kcl import writing

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Kinesis records of each round, all of other keys, and user records of each of them.
KEYS: Final = 16
TOGETHER: Final = 5

#: Seconds from one round to the next. kinesis-local bears 2000 records of a shard.
EVERY: Final = 0.4


@dataclass(slots=True)
class Flow:
    """A thread that writes numbers; each aggregate has one key, so that no split tears it apart.

    Attributes:
        written: so many numbers, from 0, are in the stream.
    """

    kinesis: Any
    stream: str
    written: int = 0
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread = field(init=False)

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        """Write no more; how many there are."""
        self._stopping.set()
        self._thread.join(30)
        assert not self._thread.is_alive()
        return self.written

    def _run(self) -> None:
        while not self._stopping.wait(EVERY):
            entries = [self._entry(key) for key in range(KEYS)]
            self._put(entries)
            self.written += KEYS * TOGETHER

    def _entry(self, key: int) -> dict[str, Any]:
        first = self.written + key * TOGETHER
        numbers = range(first, first + TOGETHER)
        return writing.entry([UserRecord(b"%d" % number, f"key {key}") for number in numbers])

    def _put(self, entries: list[dict[str, Any]]) -> None:
        """One request; a shard that is being split refuses none on this server."""
        answer = self.kinesis.put_records(StreamName=self.stream, Records=entries)
        assert answer["FailedRecordCount"] == 0, answer


@contextmanager
def flowing(kinesis: Any, stream: str) -> Iterator[Flow]:
    """A flow that is stopped in the end."""
    flow = Flow(kinesis, stream)
    flow.start()
    try:
        yield flow
    finally:
        flow.stop()
