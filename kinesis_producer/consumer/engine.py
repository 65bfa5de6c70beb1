"""What runs in a consumer: put together once, started with the first question, stopped once."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, Final

from kinesis_producer.consumer.driving import Driver
from kinesis_producer.consumer.keeper import Keeper
from kinesis_producer.consumer.reading import Fetchers
from kinesis_producer.consumer.room import Room
from kinesis_producer.consumer.wiring import start_of, worker_of
from kinesis_producer.core.reading.desk import Desk
from kinesis_producer.errors import ConsumerClosed
from kinesis_producer.stores import StreamId, stream_id

if TYPE_CHECKING:
    from kinesis_producer.client.reading import StreamReader
    from kinesis_producer.consumer.telling import Telling
    from kinesis_producer.consumer_config import ConsumerConfig
    from kinesis_producer.stores import LeaseTable, Store

#: Seconds for the first calls, each with its retries, until the caller is told that they fail.
GIVE_UP_AFTER: Final = 10.0


class Engine:
    """One consumer's threads, and what they share.

    Args:
        config: of the consumer.
        stream: reads the stream.
        store: where leases are kept.
        telling: of metrics.
        name: of this worker.
    """

    def __init__(
        self,
        config: ConsumerConfig,
        stream: StreamReader,
        store: Store,
        telling: Telling,
        *,
        name: str,
    ) -> None:
        self.config: Final = config
        self.stream: Final = stream
        self.name: Final = name
        self._store = store
        self._telling = telling
        self._made_at = time.time()
        self._process = os.getpid()
        self._starting = threading.Lock()
        self._room: Room | None = None
        self.table: LeaseTable | None = None
        self._halted = False
        self._closing = False

    @property
    def room(self) -> Room:
        """What the threads share, once they were started: the first call does that, and blocks.

        Raises:
            CallFailed: the stream cannot be looked at.
            StoreUnavailable: nor the store.
            ConsumerClosed: this is not the process in which the consumer was made.
        """
        self.check_process()
        with self._starting:
            if self._closing:
                raise ConsumerClosed("the consumer was closed")
            if self._room is None:
                self._room = room = self._start()
                if self._halted:  # meanwhile, or before
                    room.stop()
                room.closing |= self._closing
            return self._room

    @property
    def is_here(self) -> bool:
        """Whether this is the process in which it was made."""
        return os.getpid() == self._process

    @property
    def started(self) -> Room | None:
        """The room, if there is one in this process."""
        return self._room if self.is_here else None

    def driver(self, patience: float) -> Driver:
        """What drives steps for the caller. The engine was started."""
        assert self.table is not None  # noqa: S101 -- as the docstring says
        return Driver(self.room, self.table, self.stream, patience=patience)

    def check_process(self) -> None:
        """Raise ConsumerClosed in a child process: it has none of the threads."""
        if not self.is_here:
            raise ConsumerClosed("made before a fork; make a consumer in the child process")

    def _start(self) -> Room:
        config = self.config
        start = start_of(config, made_at=self._made_at, service_time=self.stream.service_time)
        self.table = self._store.table(config.application_name or "", self._stream_id())
        desk = Desk(config.prefetch_size)
        room = Room(desk, worker_of(config, start, desk, name=self.name))
        patience = room.worker.rules.interval / 2
        driver = Driver(room, self.table, self.stream, patience=patience)
        try:
            Keeper(room, driver, self._telling).start()
            Fetchers(room, self.stream, config.kinesis_concurrency, self._telling).start()
        except BaseException:
            room.closing = True  # what was started ends: nobody would read what the keeper takes
            raise
        return room

    def _stream_id(self) -> StreamId:
        """Without an application, nobody else sees the leases: any name will do."""
        if self.config.application_name is None:
            return StreamId(arn="", name="", created=0)
        return stream_id(self.stream.summary())

    def halt(self) -> None:
        """Give out nothing more, even if it is not started yet. Does not block."""
        self._halted = True
        room = self.started
        if room is not None:
            room.stop()

    def stop(self, timeout: float) -> bool:
        """Let go of the leases, end the threads; whether that was done in time. Blocks."""
        self._closing = True
        self.halt()
        room = self.started
        if room is None:
            return True
        room.closing = True  # seen within a stretch, also where the lock cannot be had
        if not room.lock.acquire(timeout=1.0):  # a signal handler, on top of who has it
            return False
        try:
            room.tending.notify_all()
            room.changed()
            return room.ending.wait_for(lambda: room.closed, timeout)
        finally:
            room.lock.release()
