"""The configuration of a consumer: its keys, their defaults, and what they may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from kinesis_producer import checks, config
from kinesis_producer.core.bodies import JSON, WIRE_FORMATS
from kinesis_producer.core.compression import LEVELS
from kinesis_producer.core.formats import AGGREGATIONS, DELIMITER
from kinesis_producer.core.positions import LATEST, TRIM_HORIZON, read_position
from kinesis_producer.errors import ConfigError
from kinesis_producer.limits import MAX_PAGE_SIZE, MAX_RECORDS_PER_PAGE, MIB

#: By the words for them.
STARTS = {"trim-horizon": TRIM_HORIZON, "latest": LATEST}
#: Connections kept for subscriptions: more shards than one worker is likely to have.
_SUBSCRIPTIONS = 1000

#: Connections for what is not reading: a list of shards, say.
_OTHERS = 2

ON_BAD_RECORD = ("raise", "skip", "dead_letter")
CAUGHT_UP = "caught-up"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerConfig:
    """What a `KinesisConsumer` is told. Times are seconds, sizes bytes. Only a stream is required.

    The keys of a `ProducerConfig` that a consumer does not have are allowed in a dict, and ignored,
    so that one dict serves both ends.

    Attributes:
        stream_name: the stream; or give ``stream_arn``.
        stream_arn: the stream by its ARN, which also tells the region.
        aws_region: as boto3's ``region_name``; default: what boto3 finds.
        aws_profile: as boto3's ``profile_name``.
        endpoint_url: as boto3's; ``AWS_ENDPOINT_URL_KINESIS`` does the same from outside.
        verify: as boto3's: the path of certificates to trust; ``False`` trusts whoever answers.
        request_timeout: for a connection, and for each wait for a part of an answer.
        aggregation: as the producer's. Aggregates of ``"msgpack"`` and ``"kpl"`` are found out by
            themselves; of ``"delimiter"``, the default, records are cut behind each delimiter;
            ``"none"`` leaves them as they are.
        record_delimiter: as the producer's.
        compression: as the producer's.
        kcl_range_check: leave out, as a whole, a KPL aggregate with a record of another shard, as
            the KCL does.
        start: where to begin a shard that has no checkpoint: ``"trim-horizon"``, ``"latest"``, a
            `datetime.datetime` with a time zone or seconds since the epoch; or a dict with the
            positions of shards after which to begin, such as ``{"shardId-000000000000":
            "4965...:3"}``, where others are begun at their oldest. What appears by resharding is
            always read from its beginning.
        until: ``"caught-up"`` ends when everything was given out that there is; ``None``: never.
            Of a shard that was split, it was if all of it is checkpointed; else its children wait.
        shards: the ids of the only shards to read; ``None``: all, and those that follow them.
        application_name: workers of one name share the shards, and go on where others stopped.
        consumer_name: read by enhanced fan-out, registered under this name.
        worker_name: begins the name of this worker in the lease table; default: the host's.
        auto_checkpoint: checkpoint a record when the next one is asked for, by whatever thread.
        failover_time: after which a worker that was not heard of loses its shards.
        handoff_time: for which a shard that is to go to another worker waits for the caller's
            checkpoint of what it was given.
        idle_time: between two reads of a shard that has nothing new; 0.2 at the least, as the
            service allows.
        prefetch_size: bytes that are read ahead, at the most.
        page_limit: records of one GetRecords.
        wire_format: of GetRecords: ``"json"``; or ``"cbor"``, which takes less CPU time and a
            quarter less on the wire, and becomes JSON for good where it is not understood.
        kinesis_concurrency: threads that read. With fan-out, each shard has one of its own.
        on_bad_record: what to do with a Kinesis record that cannot be read: ``"raise"`` it once,
            as a `BadRecord`; ``"skip"`` it with a line in the log; ``"dead_letter"``: hand it to
            the function of that name.
    """

    stream_name: str | None = None
    stream_arn: str | None = None
    aws_region: str | None = None
    aws_profile: str | None = None
    endpoint_url: str | None = None
    verify: bool | str | None = None
    request_timeout: float = 10.0
    aggregation: str = DELIMITER
    record_delimiter: bytes | str = b"\n"
    compression: str | None = None
    kcl_range_check: bool = False
    start: str | float | datetime | Mapping[str, str] = "trim-horizon"
    until: str | None = None
    shards: Sequence[str] | None = None
    application_name: str | None = None
    consumer_name: str | None = None
    worker_name: str | None = None
    auto_checkpoint: bool = False
    failover_time: float = 10.0
    handoff_time: float = 30.0
    idle_time: float = 1.0
    prefetch_size: int = 64 * MIB
    page_limit: int = MAX_RECORDS_PER_PAGE
    wire_format: str = JSON
    kinesis_concurrency: int = 4
    on_bad_record: str = "raise"

    def __post_init__(self) -> None:
        found = {name: check(getattr(self, name)) for name, check in _CHECKS.items()}
        faults = [f"{name}: {fault}" for name, fault in found.items() if fault is not None]
        if self.stream_name is None and self.stream_arn is None:
            faults.append("stream_name: give the name of a stream, or stream_arn")
        if self.stream_name is not None and self.stream_arn is not None:
            faults.append("stream_arn: give either stream_name or stream_arn")
        if faults:
            raise ConfigError("; ".join(faults))

    @classmethod
    def of(cls, given: ConsumerConfig | Mapping[str, Any]) -> ConsumerConfig:
        """The configuration, from a mapping with its keys or from itself.

        Raises:
            ConfigError: it cannot work; the message lists every fault and the unknown keys.
        """
        return config.made_of(cls, given, own=set(_CHECKS), others=_PRODUCERS)

    @property
    def connections(self) -> int:
        """To the service, at one time; with fan-out, each shard has one of its own."""
        return self.kinesis_concurrency + _OTHERS + (_SUBSCRIPTIONS if self.consumer_name else 0)


def _start(value: object) -> str | None:
    if isinstance(value, str):
        known = value in STARTS
        return None if known else f"must be one of {', '.join(STARTS)}, a time or positions"
    if isinstance(value, Mapping):
        return _positions(value)
    if isinstance(value, datetime):
        return None if value.tzinfo else "must have a time zone, such as datetime.UTC"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return f"must be a word, a time or positions, not {type(value).__name__}"
    return None if 0 <= value < 1e11 else "must be seconds since the epoch"


def _positions(value: Mapping[Any, Any]) -> str | None:
    try:
        found = [read_position(text).is_record for text in value.values()]
    except TypeError:
        return "must have positions as text"
    except ValueError as error:
        return str(error)
    if not value or not all(found) or not all(isinstance(one, str) for one in value):
        return "must have a shard's id and a position of a record, such as '4965...:3', in each"
    return None


def _shards(value: object) -> str | None:
    names = isinstance(value, Sequence) and not isinstance(value, str)
    if names and value and all(isinstance(one, str) and one for one in value):  # type: ignore[attr-defined]
        return None
    return "must be a list of shard ids"


_CHECKS = {
    "stream_name": checks.optional(checks.name),
    "stream_arn": checks.optional(checks.stream_arn),
    "aws_region": checks.optional(checks.text),
    "aws_profile": checks.optional(checks.text),
    "endpoint_url": checks.optional(checks.url),
    "verify": checks.optional(checks.trust),
    "request_timeout": checks.seconds(),
    "aggregation": checks.one_of(*AGGREGATIONS),
    "record_delimiter": checks.delimiter,
    "compression": checks.optional(checks.one_of(*LEVELS)),
    "kcl_range_check": checks.flag,
    "start": _start,
    "until": checks.optional(checks.one_of(CAUGHT_UP)),
    "shards": checks.optional(_shards),
    "application_name": checks.optional(checks.name),
    "consumer_name": checks.optional(checks.name),
    "worker_name": checks.optional(checks.name),
    "auto_checkpoint": checks.flag,
    "failover_time": checks.seconds(0.1),
    "handoff_time": checks.seconds(0),
    "idle_time": checks.seconds(0),
    "prefetch_size": checks.whole(MAX_PAGE_SIZE),
    "page_limit": checks.whole(1, MAX_RECORDS_PER_PAGE),
    "wire_format": checks.one_of(*WIRE_FORMATS),
    "kinesis_concurrency": checks.whole(1, 256),
    "on_bad_record": checks.one_of(*ON_BAD_RECORD),
}

_PRODUCERS = config.KEYS - set(_CHECKS)

if set(_CHECKS) != {field.name for field in fields(ConsumerConfig)}:
    raise RuntimeError("a key of ConsumerConfig has no check")
if set(_CHECKS) - config.KEYS != config.CONSUMERS:
    raise RuntimeError("a key of ConsumerConfig is not known to ProducerConfig")
