"""`KinesisProducer`: the door through which records go into a stream."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, NoReturn, Self

from kinesis_producer import client as clients
from kinesis_producer.config import ProducerConfig
from kinesis_producer.core.backlog import NOWHERE
from kinesis_producer.producer import forking, interpreters, listeners
from kinesis_producer.producer.bulk import Bulk
from kinesis_producer.producer.door import Door
from kinesis_producer.producer.engine import Engine, Plan
from kinesis_producer.producer.serializers import serializer_of
from kinesis_producer.producer.wiring import format_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

    from kinesis_producer.client.connection import Connection, PutRecordsClient, Session
    from kinesis_producer.errors import ProducerFailed
    from kinesis_producer.metrics import MetricsListener
    from kinesis_producer.producer.delivery import Deliveries, Delivery, Report
    from kinesis_producer.producer.serializers import Serializer
    from kinesis_producer.records import Totals


class _NoType:
    """No record is of this type: nothing takes the short path."""


class KinesisProducer:
    """Puts records into one stream, aggregated, by a few threads of its own.

    Thread-safe. Threads start at the first send; a program that ends without `close` still waits
    ``exit_timeout`` for what is pending.

    Args:
        config: a `ProducerConfig`, or a dict with its keys.
        client: a Kinesis client of boto3, its own retries off; else one is made.
        session: a boto3 session to make the client from.
        on_delivery: called with a `Report` for each aggregate, by the reporter thread. It may
            send (where the buffer is full that raises `BufferFull` at once) and close; it may not
            flush or join. While it blocks, records that were reported take up memory.
        metrics: hears of each request and each aggregate, by the reporter thread.
        serializer: makes bytes of records that are not bytes-like: a callable, or ``"json"``,
            ``"msgpack"``, ``"str"``.

    Raises:
        ConfigError: the configuration cannot work, boto3 can make no client from it, or something
            that is to be called cannot be.
        RuntimeError: this is a subinterpreter.
    """

    def __init__(  # noqa: PLR0913 -- one for each thing that a user may bring
        self,
        config: ProducerConfig | Mapping[str, Any],
        *,
        client: PutRecordsClient | None = None,
        session: Session | None = None,
        on_delivery: Callable[[Report], object] | None = None,
        metrics: MetricsListener | None = None,
        serializer: str | Serializer | None = None,
    ) -> None:
        interpreters.check()
        listeners.check(on_delivery, metrics)
        self.config = ProducerConfig.of(config).clamped()
        form = format_of(self.config)
        self._door = Door(self.config, form, serializer_of(serializer))
        self._plan = Plan(self.config, form, on_delivery, metrics)
        strict = self.config.delimiter_in_record == "error"
        self._short: type[Any] = _NoType if strict else bytes
        self._overhead = self._plan.rules.aggregates.overhead
        self._begin(clients.connect(self.config, client=client, session=session))
        forking.watch(self)

    def _begin(self, connection: Connection) -> None:
        engine = Engine(self._plan, connection, self._door.allow)
        self._engine = engine
        self._completion = engine.completion
        self._add = engine.add
        self._lock = engine.outbox.room.lock
        self._backlog = engine.outbox.backlog
        self._finalizer = weakref.finalize(self, engine.completion.close)
        self._finalizer.atexit = False

    def after_fork(self) -> None:
        """Begin anew in a child process: nothing is pending here, the parent keeps what it had."""
        self._finalizer.detach()
        self._completion.orphan()
        self._begin(self._engine.connection.after_fork())

    def send(
        self,
        record: Any,
        partition_key: str | None = None,
        explicit_hash_key: str | int | None = None,
        max_block: float | None = None,
    ) -> Delivery:
        """Accept a record; what becomes of it, the delivery says. From any thread.

        Args:
            record: bytes-like (copied where it can change), or what the serializer takes.
            partition_key: records with equal keys may share an aggregate and reach one shard;
                without one, aggregates are spread over the stream.
            explicit_hash_key: 0 to 2**128 - 1; routes instead of the partition key.
            max_block: how long to wait for room, where ``when_full`` is ``"block"``.

        Raises:
            InvalidRecord: this record can never be written; nothing else is affected.
            BufferFull: no room in time.
            ProducerClosed: after `close`, `join` or `abort`.
            ProducerFailed: the service's answer ended this producer; names it.
        """
        # The short path. Nothing is called under the lock but list.append: one Python call there
        # costs 18 times as much at 8 threads on 3.11. Whatever is unusual (closed, full, no open
        # aggregate, somebody waiting for room, a decision being made) shows in two comparisons.
        # The front is read outside: nobody sleeps on the lock while a decision is made (see
        # `Room.give_way`), and one that is stale meanwhile is shut: ``full_at`` says so.
        # The append comes last, so that an interruption leaves no record that is not counted.
        if type(record) is self._short and partition_key is None and explicit_hash_key is None:
            grown = len(record) + self._overhead
            aggregate = self._backlog.front
            if aggregate is not NOWHERE:
                with self._lock:
                    size = aggregate.size + grown  # no signal comes into it until it is stored
                    if size <= aggregate.full_at:
                        aggregate.size = size
                        aggregate.records.append(record)
                        return aggregate.handle
        return self._send(record, partition_key, explicit_hash_key, max_block)

    def send_many(
        self,
        records: Iterable[Any],
        partition_key: str | None = None,
        explicit_hash_key: str | int | None = None,
        max_block: float | None = None,
    ) -> Deliveries:
        """Accept records, in order, for less CPU than `send` takes; their distinct deliveries.

        That is so for a collection, such as a list. What an iterator gives is sent one by one as it
        comes, since the next may be long in coming.

        Arguments and errors are those of `send`; ``max_block`` bounds each wait. Whatever raises,
        also the iterator of ``records``, is given ``accepted`` (how many were, before it) and
        ``deliveries`` (theirs).
        """

        def send(record: object) -> Delivery:
            return self.send(
                record,
                partition_key=partition_key,
                explicit_hash_key=explicit_hash_key,
                max_block=max_block,
            )

        keyless = partition_key is None and explicit_hash_key is None
        short = self._short if keyless else _NoType
        bulk = Bulk(self._engine.outbox, self._overhead, short, send)
        try:
            bulk.send(records)
        except BaseException as error:
            bulk.explain(error)
            raise
        return bulk.deliveries

    def flush(self, timeout: float | None = None) -> None:
        """Send what is buffered, and wait until everything accepted before is settled.

        Args:
            timeout: seconds; ``None``: ``delivery_timeout`` + ``request_timeout`` + 1.

        Raises:
            TimeoutError: not settled in time; no record's fate changes.
            RuntimeError: in a callback, which would wait for itself.
        """
        self._completion.flush(timeout)

    def close(self) -> None:
        """Accept no more; returns at once. What is pending goes on its way. From anywhere."""
        self._completion.close()

    def join(self, timeout: float | None = None) -> Totals:
        """Close, wait until everything is settled and reported, and return the counts.

        Args:
            timeout: seconds; ``None``: ``delivery_timeout`` + ``request_timeout`` + 1.

        Raises:
            UndeliveredRecords: records were given up, and nobody was told: there is no
                ``on_delivery``, or it raised, and nobody asked their delivery.
            TimeoutError: not settled in time; no record's fate changes.
            RuntimeError: in a callback, which would wait for itself.
        """
        self._completion.join(timeout)
        undelivered = self._completion.undelivered()
        self._engine.ending.forget()
        if undelivered is not None:
            raise undelivered
        return self.totals

    def abort(self) -> None:
        """Stop now: what is in flight is possibly written, the rest as its attempts left it."""
        self._completion.abort()

    @property
    def totals(self) -> Totals:
        """The counts now."""
        return self._completion.totals()

    @property
    def pending(self) -> int:
        """Records accepted and not settled."""
        return self.totals.pending

    @property
    def failure(self) -> ProducerFailed | None:
        """The fatal answer that has ended this producer, as `send` would raise it; or ``None``."""
        return self._completion.failure()

    @property
    def delimiters_in_records(self) -> int:
        """How many delimiters stood inside records, so that readers find more records than sent."""
        return self._engine.outbox.broken

    @property
    def callback_errors(self) -> int:
        """Exceptions that ``on_delivery``, done callbacks and ``metrics`` have raised."""
        return self._engine.outbox.callback_errors

    @property
    def metrics_lost(self) -> int:
        """Calls of ``metrics`` that were left out, because it did not keep up."""
        return self._engine.outbox.reports.metrics_lost

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Join; where an exception is on its way already, that one is left to go on."""
        if error is None:
            self.join()
        else:
            self._engine.ending.drain_after(error)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a producer cannot be pickled: it has threads; make one in each process")

    def _send(
        self,
        record: Any,
        partition_key: str | None,
        explicit_hash_key: str | int | None,
        max_block: float | None,
    ) -> Delivery:
        if explicit_hash_key is None and type(record) is self._short:
            delivery = self._add(record, partition_key)
            if delivery is not None:
                return delivery
        parcel = self._door.parcel(record, partition_key, explicit_hash_key)
        return self._engine.accept(parcel, max_block)
