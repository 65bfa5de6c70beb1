"""From a configuration to the parts of a producer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kinesis_producer.core.compression import compression_of
from kinesis_producer.core.formats import DELIMITER, KPL, MSGPACK, NONE
from kinesis_producer.core.formats.compressed import Compressed
from kinesis_producer.core.formats.kpl import KplFormat, constant, spread
from kinesis_producer.core.formats.packed import PackedFormat
from kinesis_producer.core.formats.plain import DelimiterFormat, NoFormat
from kinesis_producer.core.put_records import RequestLimits
from kinesis_producer.core.retry import RetryRules
from kinesis_producer.core.rules import AggregateRules, BacklogRules
from kinesis_producer.limits import MAX_RECORDS_PER_AGGREGATE, MAX_RECORDS_PER_REQUEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.config import ProducerConfig
    from kinesis_producer.core.formats import Format

#: Own: seconds that an aggregate of many records waits for others, while a request is on its way. A
#: request takes 1 to 2 ms of CPU, whatever its size (measured): twenty a second are 2 to 4 %.
LONGEST_COMPANY: Final = 0.05


def format_of(config: ProducerConfig) -> Format:
    """How records lie in an aggregate."""
    if config.aggregation == KPL:
        return KplFormat(_container_key(config.container_key))
    name = config.compression
    compression = None if name is None else compression_of(name, config.compression_level)
    if config.aggregation == MSGPACK:
        return PackedFormat(compression, name)
    delimited = config.aggregation == DELIMITER
    several = _count_limit(config) > 1
    form = DelimiterFormat(config.delimiter) if delimited else NoFormat(shared=several)
    return form if compression is None else Compressed(form, compression)


def _container_key(given: str | int) -> Callable[[str], str] | None:
    if isinstance(given, int):
        return spread(given)
    return constant if given == "constant" else None


def rules_of(config: ProducerConfig, form: Format) -> BacklogRules:
    """All that the configuration decides about what is pending."""
    return BacklogRules(
        aggregates=_aggregate_rules(config, form),
        requests=RequestLimits(config.max_request_size),
        retries=RetryRules(config.kinesis_max_retries, config.request_timeout),
        memory=config.max_pending_bytes,
        delivery_timeout=config.delivery_timeout,
        linger=config.buffer_time_limit if form.single else 0.0,
        company=min(config.buffer_time_limit, LONGEST_COMPANY),
        ordered=config.in_order,
        filtered=form.filtered,
        senders=config.kinesis_concurrency,
    )


def _aggregate_rules(config: ProducerConfig, form: Format) -> AggregateRules:
    return AggregateRules(
        size_limit=config.aggregate_size,
        record_limit=config.record_limit,
        time_limit=config.buffer_time_limit,
        form=form,
        count_limit=_count_limit(config),
    )


def _count_limit(config: ProducerConfig) -> int:
    """Records to an aggregate.

    Those that go as they are go alone in order: of two in one request, the second may be the only
    one that is written.
    """
    if config.aggregation != NONE:
        return config.max_records_per_aggregate or MAX_RECORDS_PER_AGGREGATE
    if config.in_order:
        return 1
    return min(config.max_records_per_aggregate or 1, MAX_RECORDS_PER_REQUEST)
