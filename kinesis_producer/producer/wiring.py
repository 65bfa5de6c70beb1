"""From a configuration to the parts of a producer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from kinesis_producer.core.formats import DelimiterFormat, NoFormat
from kinesis_producer.core.put_records import RequestLimits
from kinesis_producer.core.retry import RetryRules
from kinesis_producer.core.rules import AggregateRules, BacklogRules

if TYPE_CHECKING:
    from kinesis_producer.config import ProducerConfig
    from kinesis_producer.core.formats import Format


def format_of(config: ProducerConfig) -> Format:
    """How records lie in an aggregate."""
    if config.aggregation == "delimiter":
        return DelimiterFormat(config.delimiter)
    return NoFormat()


def rules_of(config: ProducerConfig, form: Format, *, reporting: bool) -> BacklogRules:
    """All that the configuration decides about what is pending."""
    ordered = config.kinesis_concurrency == 1
    return BacklogRules(
        aggregates=_aggregate_rules(config, form),
        requests=RequestLimits(config.max_request_size),
        retries=RetryRules(config.kinesis_max_retries, config.request_timeout),
        memory=config.max_pending_bytes,
        delivery_timeout=config.delivery_timeout,
        linger=config.buffer_time_limit if form.single else 0.0,
        ordered=ordered,
        reporting=reporting,
    )


def _aggregate_rules(config: ProducerConfig, form: Format) -> AggregateRules:
    count = config.max_records_per_aggregate or sys.maxsize
    return AggregateRules(
        size_limit=config.buffer_size_limit,
        record_limit=config.max_record_size,
        time_limit=config.buffer_time_limit,
        framing=form.framing,
        count_limit=1 if form.single else count,
    )
