"""`KinesisConsumer`: the door of the reading side."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any, Self

from kinesis_producer import client as pipes
from kinesis_producer import log
from kinesis_producer.consumer.clock import now
from kinesis_producer.consumer.engine import GIVE_UP_AFTER, Engine
from kinesis_producer.consumer.giving import Giving, skip
from kinesis_producer.consumer.telling import Telling
from kinesis_producer.consumer.wiring import worker_name
from kinesis_producer.consumer_config import CAUGHT_UP, ConsumerConfig
from kinesis_producer.core.positions import Position
from kinesis_producer.deaggregator import Deaggregator
from kinesis_producer.errors import ConfigError, ConsumerClosed, LeaseLost, StoreUnavailable
from kinesis_producer.stores.memory import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from kinesis_producer.client.connection import Session
    from kinesis_producer.consumer.room import Room
    from kinesis_producer.consumer_metrics import ConsumerListener
    from kinesis_producer.core.deaggregation import ReadLimits
    from kinesis_producer.errors import BadRecord
    from kinesis_producer.records import ConsumerRecord
    from kinesis_producer.stores import Store

#: Seconds for letting go of the leases, unless told otherwise.
_CLOSING = 10.0

#: Records that `KinesisConsumer.poll` gives at a time, unless told otherwise.
_POLLED = 500


class KinesisConsumer:
    """Reads the user records of a stream: alone, or as a worker of a fleet.

    Iterate over it, or `poll`. Records of a shard come in order, those of its children after it,
    and the shards take turns. One thread asks at a time; others wait. Threads are started with the
    first question.

    Args:
        config: a dict with the keys of `ConsumerConfig`, or one; a producer's dict will do.
        checkpoints: where positions are kept; required with ``application_name``. See
            ``kinesis_producer.stores``.
        dead_letter: is called with each `BadRecord`, by the thread that asks, where
            ``on_bad_record`` is ``"dead_letter"``. If it raises, the record is met again.
        limits: how much may become of one Kinesis record.
        metrics: hears what is read, and what becomes of leases.
        client: a Kinesis client of boto3, with its own retries off.
        session: a boto3 session to make a client from.

    Raises:
        ConfigError: the configuration cannot work.
    """

    def __init__(  # noqa: PLR0913 -- each is a thing of the user's
        self,
        config: ConsumerConfig | Mapping[str, Any],
        *,
        checkpoints: Store | None = None,
        dead_letter: Callable[[BadRecord], object] | None = None,
        limits: ReadLimits | None = None,
        metrics: ConsumerListener | None = None,
        client: Any = None,
        session: Session | None = None,
    ) -> None:
        self.config = ConsumerConfig.of(config)
        _check(self.config, checkpoints, dead_letter)
        self._deaggregator = Deaggregator(
            aggregation=self.config.aggregation,
            record_delimiter=self.config.record_delimiter,
            compression=self.config.compression,
            limits=limits,
            kcl_range_check=self.config.kcl_range_check,
        )
        self._on_bad_record = skip if self.config.on_bad_record == "skip" else dead_letter
        self._asking = threading.Lock()
        self._asker: int | None = None
        self._giving: Giving | None = None
        self._closed = False
        self._given_client = client is not None
        self._engine = Engine(
            self.config,
            pipes.reader(self.config, give_up_after=GIVE_UP_AFTER, session=session, client=client),
            checkpoints or MemoryStore(),
            Telling(metrics),
            name=worker_name(self.config.worker_name),
        )
        self._finalizer = weakref.finalize(self, self._engine.stop, _CLOSING)

    @property
    def worker(self) -> str:
        """The name of this worker in the lease table."""
        return self._engine.name

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> ConsumerRecord:
        """The next record; blocks until there is one, or the end that ``until`` names.

        Raises:
            BadRecord: a Kinesis record cannot be read, and ``on_bad_record`` is ``"raise"``. Asking
                again goes on behind it.
            CallFailed: the service refuses to be read. Asking again tries again.
            StoreUnavailable: the store could not be reached for the first time.
            ConsumerClosed: after `close`.
        """
        giving = self._asked()
        record = self._ask_for_one(giving)
        giving.received = giving.number  # nothing may be called from here on: see `Giving`
        if record is None:
            raise StopIteration
        return record

    def poll(
        self, timeout: float | None = None, max_records: int = _POLLED
    ) -> list[ConsumerRecord]:
        """Records of one shard, in order, so many at the most. Raises as ``next`` does.

        All that are there are given, without waiting for more than one. To checkpoint the last is
        to checkpoint them all.

        Args:
            timeout: seconds to wait for the first; ``None``: until there is one.
            max_records: at least 1.

        Returns:
            None: in time there was none, or there are no more.
        """
        if max_records < 1:
            raise ValueError(f"max_records: must be at least 1, not {max_records}")
        giving = self._asked()
        deadline = float("inf") if timeout is None else now() + timeout
        records = self._ask(giving, max_records, deadline)
        giving.received = giving.number  # as above
        return records

    def checkpoint(
        self,
        record: ConsumerRecord | None = None,
        *,
        timeout: float = 30.0,
        connection: Any = None,
    ) -> None:
        """Write down that a record, and all before it in its shard, were dealt with. Blocks.

        A position never moves back: an earlier record changes nothing. Any thread.

        Args:
            record: ``None``: all that were given out; with a ``connection``, it has to be said.
            timeout: seconds for which a store that is away is tried.
            connection: with a `SqlStore`, a connection or session of SQLAlchemy to the database of
                the leases: the checkpoint becomes part of its transaction, which holds the output
                of the record. Both are written or neither is. Commit soon: until then, the lease
                cannot be renewed.

        Raises:
            LeaseLost: another worker has the shard; nothing was changed.
            StoreUnavailable: the store gave no answer in time.
            ConfigError: there is a ``connection``, and no ``record``, or the store knows no
                transactions, or ``auto_checkpoint`` would write without it.
            ConsumerClosed: after `close`.
        """
        if self._closed:
            raise ConsumerClosed("the consumer was closed; checkpoint before that")
        if connection is not None and record is None:
            # of all that were given, some were committed before, and would be refused
            raise ConfigError(
                "connection: needs a record, the last that the transaction deals with"
            )
        room = self._engine.room
        with room.lock:
            todo = _given(room) if record is None else [_position(record)]
        for shard_id, token, position in todo:
            if connection is None:
                self._checkpoint(shard_id, token, position, timeout)
            else:
                self._checkpoint_within(connection, shard_id, token, position)

    def stop(self) -> None:
        """End the iteration: no more is given out. Does not block; a signal handler may call it.

        What was given out can be checkpointed still. `close` follows.
        """
        self._engine.halt()

    def close(self, timeout: float = _CLOSING) -> None:
        """Give out no more, and let go of the shards, so that other workers take them at once.

        With ``auto_checkpoint``, the record that was given last is not checkpointed, since nothing
        was asked for after it. Blocks until the leases are let go, or as long as ``timeout``: then
        they run out by themselves. Again: does nothing. Any thread.
        """
        self._closed = True
        self._finalizer.detach()
        if not self._engine.stop(timeout):
            log.warning("not all leases were let go in time; they will run out by themselves")
        if not self._given_client and self._engine.is_here:
            self._engine.stream.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _ask_for_one(self, giving: Giving) -> ConsumerRecord | None:
        with self._asking:
            try:
                self._asker = threading.get_ident()
                record = giving.ask_for_one()
            finally:
                self._asker = None
        if record is None:
            records = self._ask(giving, 1, float("inf"))
            record = records[0] if records else None
        return record

    def _ask(self, giving: Giving, most: int, deadline: float) -> list[ConsumerRecord]:
        with self._asking:
            try:
                self._asker = threading.get_ident()
                return [] if giving.ended else giving.ask(most, deadline)
            finally:
                self._asker = None

    def _asked(self) -> Giving:
        """What gives, made with the first question."""
        self._engine.check_process()
        if self._closed:
            raise ConsumerClosed("the consumer was closed")
        if self._asker == threading.get_ident():
            raise RuntimeError("asked while it answers: by dead_letter, or by a signal handler")
        if self._giving is not None:
            return self._giving
        with self._asking:
            if self._giving is None:
                self._giving = Giving(
                    self._engine.room,
                    self._deaggregator,
                    on_bad_record=self._on_bad_record,
                    until_caught_up=self.config.until == CAUGHT_UP,
                )
            return self._giving

    def _checkpoint(self, shard_id: str, token: int, position: Position, timeout: float) -> None:
        self._check_given(shard_id, token, position)
        driver = self._engine.driver(timeout)
        worker = self._engine.room.worker
        if driver.drive(worker.checkpoint(shard_id, token, position)):
            return
        if driver.away is not None:
            raise StoreUnavailable(f"not known to be checkpointed: {driver.away}") from driver.away
        raise _lost(shard_id)

    def _checkpoint_within(
        self, connection: Any, shard_id: str, token: int, position: Position
    ) -> None:
        write = getattr(self._engine.table, "checkpoint_within", None)
        if write is None or self.config.auto_checkpoint:
            raise ConfigError("connection: needs a SqlStore, and auto_checkpoint off")
        self._check_given(shard_id, token, position)
        room = self._engine.room
        with room.lock:
            held = room.worker.held.get(shard_id)
            if held is None or held.token != token:
                raise _lost(shard_id)
            held.shared = True
        written = write(connection, shard_id, owner=self.worker, position=position)
        if not written or not self._has(shard_id, token):
            raise _lost(shard_id)

    def _check_given(self, shard_id: str, token: int, position: Position) -> None:
        """Raise ValueError for a record that this consumer has not given out."""
        room = self._engine.room
        with room.lock:
            reading = room.desk.get(shard_id)
            if reading is None or reading.token != token:
                return  # the lease is lost, or the shard finished: that is told elsewhere
            if reading.delivered is None or position > reading.delivered:
                raise ValueError(f"record: this consumer has not given it out ({shard_id})")

    def _has(self, shard_id: str, token: int) -> bool:
        room = self._engine.room
        with room.lock:
            held = room.worker.held.get(shard_id)
            return held is not None and held.token == token


def _lost(shard_id: str) -> LeaseLost:
    return LeaseLost(f"another worker has {shard_id}", shard_id=shard_id)


def _position(record: ConsumerRecord) -> tuple[str, int, Position]:
    position = Position(int(record.sequence_number), record.sub_sequence_number)
    return record.shard_id, record.fencing_token, position


def _given(room: Room) -> list[tuple[str, int, Position]]:
    return [
        (reading.shard_id, reading.token, reading.delivered)
        for reading in room.desk
        if reading.delivered is not None
    ]


def _check(
    config: ConsumerConfig,
    checkpoints: Store | None,
    dead_letter: Callable[[BadRecord], object] | None,
) -> None:
    """Of what is given beside the configuration, what does not go with it."""
    if config.application_name is not None and checkpoints is None:
        raise ConfigError("checkpoints: an application needs a store, such as SQLiteStore(path)")
    if config.application_name is None and checkpoints is not None:
        raise ConfigError("application_name: positions in a store need the name of an application")
    if checkpoints is not None and not _is_store(checkpoints):
        raise ConfigError("checkpoints: give a store, such as SQLiteStore(path) or stores.of(URL)")
    if dead_letter is not None and not callable(dead_letter):
        raise ConfigError("dead_letter: give a function that takes a BadRecord")
    if (config.on_bad_record == "dead_letter") != (dead_letter is not None):
        raise ConfigError("dead_letter: a function is given with on_bad_record 'dead_letter' only")


def _is_store(given: object) -> bool:
    """Whether it is one, and not a class of them or an address."""
    return not isinstance(given, type) and callable(getattr(given, "table", None))
