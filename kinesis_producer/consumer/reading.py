"""The threads that read: each makes the next call that is due, whatever its shard."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from kinesis_producer.consumer.clock import now
from kinesis_producer.consumer.guard import guarded
from kinesis_producer.core.reading.pages import GetIterator, GetRecords, ReadFailed, Subscribe

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.client.reading import StreamReader
    from kinesis_producer.consumer.room import Room
    from kinesis_producer.consumer.telling import Telling
    from kinesis_producer.core.reading.pages import Call
    from kinesis_producer.core.reading.reading import Reading


class Fetchers:
    """So many threads. They end when the consumer closes.

    Args:
        room: what they share.
        stream: what makes the calls.
        count: how many.
        telling: of metrics.
    """

    def __init__(self, room: Room, stream: StreamReader, count: int, telling: Telling) -> None:
        self._room = room
        self._telling = telling
        self._stream = stream
        self._count = count

    def start(self) -> None:
        """Start them."""
        for number in range(self._count):
            _start(f"kinesis-consumer-fetcher-{number}", self._run)

    def _run(self) -> None:
        with guarded(self._room):
            while (todo := self._room.next_call()) is not None:
                self._make(*todo)

    def _make(self, call: Call, reading: Reading) -> None:
        """A subscription lasts, so it gets a thread of its own."""
        if isinstance(call, Subscribe):
            _start(f"kinesis-consumer-{call.shard_id}", lambda: self._listen(call, reading))
            return
        try:
            self._ask(call, reading)
        except ReadFailed as failed:
            self._room.failed(call, reading, failed.failure)

    def _ask(self, call: GetIterator | GetRecords, reading: Reading) -> None:
        if isinstance(call, GetIterator):
            iterator = self._stream.iterator(call.shard_id, call.point)
            self._room.opened(call, reading, iterator)
            return
        at = now()
        page = self._stream.page(call.iterator, call.limit)
        self._telling.page(call.shard_id, page)
        self._room.answered(call, reading, page, at=at)

    def _listen(self, call: Subscribe, reading: Reading) -> None:
        with guarded(self._room):
            try:
                for page in self._stream.events(call.shard_id, call.point):
                    self._telling.page(call.shard_id, page)
                    if not self._room.pushed(call, reading, page):
                        break
            except ReadFailed as failed:
                self._room.failed(call, reading, failed.failure)
            else:
                self._room.unsubscribed(call, reading)


def _start(name: str, run: Callable[[], None]) -> None:
    threading.Thread(target=run, name=name, daemon=True).start()
