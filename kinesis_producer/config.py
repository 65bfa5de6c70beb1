"""The configuration of a producer: its keys, their defaults, and what they may be."""

from __future__ import annotations

import difflib
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from kinesis_producer import checks
from kinesis_producer.core.bodies import JSON, WIRE_FORMATS
from kinesis_producer.core.compression import LEVELS, compression_of
from kinesis_producer.core.formats import AGGREGATIONS, DELIMITER, KPL
from kinesis_producer.core.formats.kpl import MOST_CONTAINER_KEYS
from kinesis_producer.errors import ConfigError
from kinesis_producer.limits import (
    AGGREGATE_OVERHEAD,
    DEFAULT_RECORD_SIZE,
    KPL_SIZE_LIMIT,
    MAX_RECORD_SIZE,
    MAX_REQUEST_SIZE,
    MIB,
    RANDOM_KEY_SIZE,
    RECORD_OVERHEAD,
)

_logger = logging.getLogger("kinesis_producer")

_Config = TypeVar("_Config")

#: The ancestor's.
_SIZE_LIMIT = 100_000

#: What only a consumer is told.
CONSUMERS = {
    "application_name",
    "auto_checkpoint",
    "consumer_name",
    "failover_time",
    "handoff_time",
    "idle_time",
    "kcl_range_check",
    "on_bad_record",
    "page_limit",
    "prefetch_size",
    "shards",
    "start",
    "until",
    "worker_name",
}

ORDERINGS = ("none", "shard")
WHEN_FULL = ("block", "raise", "drop_newest", "drop_oldest")
DELIMITER_IN_RECORD = ("allow", "error")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerConfig:
    """What a `KinesisProducer` is told. Times are seconds, sizes bytes. Only a stream is required.

    The keys of a `ConsumerConfig` that a producer does not have are allowed in a dict, and ignored,
    so that one dict serves both ends.

    Attributes:
        stream_name: the stream; or give ``stream_arn``.
        stream_arn: the stream by its ARN, which also tells the region.
        aws_region: as boto3's ``region_name``; default: what boto3 finds.
        aws_profile: as boto3's ``profile_name``.
        endpoint_url: as boto3's; ``AWS_ENDPOINT_URL_KINESIS`` does the same from outside.
        verify: as boto3's: the path of certificates to trust; ``False`` trusts whoever answers.
        aggregation: ``"delimiter"``: records joined, each followed by the delimiter; ``"none"``:
            each record is a Kinesis record; ``"msgpack"``: binary-safe, with keys; ``"kpl"``: what
            the Kinesis Producer Library writes.
        record_delimiter: what ends each record in an aggregate.
        delimiter_in_record: ``"allow"`` counts records that hold the delimiter and warns once;
            ``"error"`` refuses them, at the price of a search in each.
        compression: ``"gzip"`` or ``"zstd"``, of each aggregate, in the sender threads.
        compression_level: 1 to 9, or to 22; ``None`` for 1.
        container_key: under which partition key a KPL aggregate is sent: ``"first"``: that of its
            records; ``"constant"``: always the same; a number: one of so many.
        buffer_size_limit: framed bytes of an aggregate, before compression, which closes before the
            record that would exceed it. A larger single record goes alone; 0 sends every record
            alone. ``None``: 51,200 with ``"kpl"``, else 100,000.
        buffer_time_limit: age of an aggregate, from its first record, at which it goes; 0 sends it
            as soon as a sender is free. With aggregation ``"none"``, how long a record may wait
            for others to share a request.
        max_records_per_aggregate: user records; ``None`` for 100,000, which readers take, or, with
            ``aggregation="none"``, for 1: so many share a delivery, 500 at the most.
        kinesis_concurrency: threads that send.
        ordering: ``"shard"``: first copies of records with equal keys are in the stream in the
            order in which they were sent, also where shards throttle, split and merge; ``"none"``
            is faster. ``None``: ``"shard"`` with a ``kinesis_concurrency`` of 1, else ``"none"``.
        kinesis_max_retries: attempts after the first, whatever the failure; ``None``: until
            ``delivery_timeout``.
        delivery_timeout: from the first record of an aggregate to the end of its last attempt.
        request_timeout: for a connection, and for each wait for a part of an answer.
        max_block: how long ``send`` may wait for room; ``None``: ``delivery_timeout`` +
            ``request_timeout``.
        max_pending_bytes: bound of all that is accepted and not settled: data, key and 64 bytes
            for each record, and 800 for each aggregate.
        when_full: what ``send`` does without room: ``"block"``, ``"raise"``, ``"drop_newest"`` or
            ``"drop_oldest"``.
        max_record_size: data and partition key of a Kinesis record; ``None``: 1 MiB, or what the
            stream itself says, as soon as that is known; else raise it only as far as the
            stream's own limit was raised (UpdateMaxRecordSize).
        max_request_size: data and partition keys of one PutRecords request.
        wire_format: ``"json"``, or ``"cbor"``, with a quarter less on the wire and less CPU time,
            until a server refuses it: JSON from then on.
        exit_timeout: how long the end of a program that did not close waits for what is pending.
    """

    stream_name: str | None = None
    stream_arn: str | None = None
    aws_region: str | None = None
    aws_profile: str | None = None
    endpoint_url: str | None = None
    verify: bool | str | None = None
    aggregation: str = DELIMITER
    record_delimiter: bytes | str = b"\n"
    delimiter_in_record: str = "allow"
    compression: str | None = None
    compression_level: int | None = None
    container_key: str | int = "first"
    buffer_size_limit: int | None = None
    buffer_time_limit: float = 0.2
    max_records_per_aggregate: int | None = None
    kinesis_concurrency: int = 4
    ordering: str | None = None
    kinesis_max_retries: int | None = None
    delivery_timeout: float = 300.0
    request_timeout: float = 10.0
    max_block: float | None = None
    max_pending_bytes: int = 64 * MIB
    when_full: str = "block"
    max_record_size: int | None = None
    max_request_size: int = 5 * MIB
    wire_format: str = JSON
    exit_timeout: float = 10.0

    def __post_init__(self) -> None:
        found = {name: check(getattr(self, name)) for name, check in _CHECKS.items()}
        wrong = {name for name, fault in found.items() if fault is not None}
        faults = [f"{name}: {found[name]}" for name in found if name in wrong]
        faults += _faults_between(self, wrong)
        if faults:
            raise ConfigError("; ".join(faults))

    @classmethod
    def of(cls, config: ProducerConfig | Mapping[str, Any]) -> ProducerConfig:
        """The configuration, from a mapping with its keys or from itself.

        Raises:
            ConfigError: it cannot work; the message lists every fault and the unknown keys.
        """
        return made_of(cls, config, own=KEYS, others=CONSUMERS)

    @property
    def delimiter(self) -> bytes:
        """The delimiter as bytes."""
        given = self.record_delimiter
        return given.encode() if isinstance(given, str) else given

    @property
    def connections(self) -> int:
        """To the service, at one time: of the senders, and of the scout."""
        return self.kinesis_concurrency + 1

    @property
    def in_order(self) -> bool:
        """Whether ``ordering`` is ``"shard"``, or is by default."""
        return self.ordering == "shard" or (self.ordering is None and self.kinesis_concurrency == 1)

    @property
    def record_limit(self) -> int:
        """``max_record_size``, or what every stream takes."""
        return DEFAULT_RECORD_SIZE if self.max_record_size is None else self.max_record_size

    @property
    def longest_wait(self) -> float:
        """By when the outcome of any record is due: the bound of every wait that names none."""
        return self.delivery_timeout + self.request_timeout

    @property
    def aggregate_size(self) -> int:
        """``buffer_size_limit``, or its default for this ``aggregation``."""
        if self.buffer_size_limit is not None:
            return self.buffer_size_limit
        return KPL_SIZE_LIMIT if self.aggregation == KPL else _SIZE_LIMIT

    def clamped(self) -> ProducerConfig:
        """Itself, with a buffer size that a Kinesis record can hold; says so where it is less."""
        most = self.record_limit - RANDOM_KEY_SIZE
        if self.aggregate_size <= most:
            return self
        _logger.warning(
            "buffer_size_limit %d is more than a Kinesis record can hold; using %d"
            " (max_record_size less the partition key)",
            self.aggregate_size,
            most,
        )
        return replace(self, buffer_size_limit=most)


def made_of(
    kind: type[_Config], given: object, *, own: Collection[str], others: Collection[str]
) -> _Config:
    """A configuration of this kind, from a mapping with its keys or from itself.

    Args:
        kind: a dataclass, which checks the values.
        given: by the user.
        own: its keys.
        others: the keys that only the other end's configuration has; they are ignored.

    Raises:
        ConfigError: it cannot work; the message lists every fault and the unknown keys.
    """
    if isinstance(given, kind):
        return given
    if not isinstance(given, Mapping):
        raise ConfigError(f"give a dict or a {kind.__name__}, not {type(given).__name__}")
    unknown = [
        _unknown(key, {*own, *others}) for key in given if key not in own and key not in others
    ]
    try:
        made = kind(**{key: value for key, value in given.items() if key in own})
    except ConfigError as error:
        raise ConfigError("; ".join([*unknown, str(error)])) from None
    if unknown:
        raise ConfigError("; ".join(unknown))
    return made


def _unknown(key: object, known: Collection[str]) -> str:
    near = difflib.get_close_matches(str(key), sorted(known), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return f"{key!r} is not a key of the configuration{hint}"


def _faults_between(config: ProducerConfig, wrong: set[str]) -> list[str]:
    """Of keys that do not go together, as far as each is good by itself."""
    return [
        fault
        for names, check in _TOGETHER
        if not wrong & set(names) and (fault := check(config)) is not None
    ]


def _stream(config: ProducerConfig) -> str | None:
    if config.stream_name is None and config.stream_arn is None:
        return "stream_name: give the name of a stream, or stream_arn"
    if config.stream_name is not None and config.stream_arn is not None:
        return "stream_arn: give either stream_name or stream_arn"
    return None


def _timeouts(config: ProducerConfig) -> str | None:
    if config.delivery_timeout >= config.buffer_time_limit + config.request_timeout:
        return None
    return (
        "delivery_timeout: must be at least buffer_time_limit + request_timeout, or a record"
        " could run out of time before its first answer"
    )


def _sizes(config: ProducerConfig) -> str | None:
    if config.max_request_size >= config.record_limit:
        return None
    return "max_request_size: must be at least max_record_size"


def _delimiter(config: ProducerConfig) -> str | None:
    if len(config.delimiter) < config.record_limit - RANDOM_KEY_SIZE:
        return None
    return "record_delimiter: leaves no room for a record within max_record_size"


def _compression(config: ProducerConfig) -> str | None:
    if config.compression is None:
        stray = config.compression_level is not None
        return "compression_level: there is no compression" if stray else None
    if config.aggregation == KPL:
        return (
            "compression: must be None with aggregation 'kpl', which has no place to say so:"
            " readers would take the compressed aggregate for one record; use 'msgpack'"
        )
    levels = LEVELS[config.compression]
    if config.compression_level not in {None, *levels}:
        return f"compression_level: {config.compression} has {levels[0]} to {levels[-1]}"
    return _missing(config.compression)


def _missing(compression: str) -> str | None:
    try:
        compression_of(compression)
    except ConfigError as error:
        return str(error)
    return None


def _container_key(config: ProducerConfig) -> str | None:
    if config.aggregation == KPL or config.container_key == "first":
        return None
    return "container_key: is for aggregation 'kpl'; the others have no container"


_TOGETHER = (
    (("compression", "compression_level", "aggregation"), _compression),
    (("container_key", "aggregation"), _container_key),
    (("stream_name", "stream_arn"), _stream),
    (("delivery_timeout", "buffer_time_limit", "request_timeout"), _timeouts),
    (("max_request_size", "max_record_size"), _sizes),
    (("record_delimiter", "max_record_size"), _delimiter),
)

_CHECKS = {
    "stream_name": checks.optional(checks.name),
    "stream_arn": checks.optional(checks.stream_arn),
    "aws_region": checks.optional(checks.text),
    "aws_profile": checks.optional(checks.text),
    "endpoint_url": checks.optional(checks.url),
    "verify": checks.optional(checks.trust),
    "aggregation": checks.one_of(*AGGREGATIONS),
    "record_delimiter": checks.delimiter,
    "delimiter_in_record": checks.one_of(*DELIMITER_IN_RECORD),
    "compression": checks.optional(checks.one_of(*LEVELS)),
    "compression_level": checks.optional(checks.whole(1, 22)),
    "container_key": checks.either(
        checks.one_of("first", "constant"), checks.whole(1, MOST_CONTAINER_KEYS)
    ),
    "buffer_size_limit": checks.optional(checks.whole(0)),
    "buffer_time_limit": checks.seconds(0),
    "max_records_per_aggregate": checks.optional(checks.whole(1)),
    "kinesis_concurrency": checks.whole(1, 256),
    "ordering": checks.optional(checks.one_of(*ORDERINGS)),
    "kinesis_max_retries": checks.optional(checks.whole(0)),
    "delivery_timeout": checks.seconds(),
    "request_timeout": checks.seconds(),
    "max_block": checks.optional(checks.seconds(0)),
    "max_pending_bytes": checks.whole(RECORD_OVERHEAD + AGGREGATE_OVERHEAD + 1),
    "when_full": checks.one_of(*WHEN_FULL),
    "max_record_size": checks.optional(checks.whole(1024, MAX_RECORD_SIZE)),
    "max_request_size": checks.whole(1024, MAX_REQUEST_SIZE),
    "wire_format": checks.one_of(*WIRE_FORMATS),
    "exit_timeout": checks.seconds(0),
}

#: The names of all keys.
KEYS = frozenset(_CHECKS)

if {field.name for field in fields(ProducerConfig)} != KEYS:
    raise RuntimeError("a key of ProducerConfig has no check")
