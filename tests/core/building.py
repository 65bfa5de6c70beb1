"""What the tests of the core build with: rules, aggregates, a backlog with numbered handles."""

from __future__ import annotations

import random
import sys
from itertools import count

from kinesis_producer.core.aggregate import Aggregate
from kinesis_producer.core.backlog import Backlog
from kinesis_producer.core.formats.plain import DelimiterFormat
from kinesis_producer.core.put_records import RequestLimits
from kinesis_producer.core.retry import RetryRules
from kinesis_producer.core.rules import AggregateRules, BacklogRules
from kinesis_producer.core.shard_map import StreamFacts
from kinesis_producer.records import NO_KEYS, Accepted, Failure, Keys

THROTTLED = Failure("ProvisionedThroughputExceededException", "Rate exceeded for shard shardId-0")
INTERNAL = Failure("InternalFailure", "Internal service failure.")
MISSING = Failure("ResourceNotFoundException", "Stream s not found.", 400)
DENIED = Failure("AccessDeniedException", "not authorized", 400)
INVALID = Failure("ValidationException", "1 validation error detected", 400)
UNREACHABLE = Failure("Unreachable", "Could not connect")
SILENCE = Failure("NoAnswer", "ReadTimeoutError")
ACCEPTED = Accepted("shardId-000000000000", "49")


def aggregate_rules(**given: object) -> AggregateRules:
    """Rules like those of the default configuration, unless given otherwise."""
    rules = {
        "size_limit": 100_000,
        "record_limit": 1_048_576,
        "time_limit": 0.2,
        "form": DelimiterFormat(b"\n"),
        "count_limit": sys.maxsize,
    }
    return AggregateRules(**{**rules, **given})  # type: ignore[arg-type]


def backlog_rules(aggregates: AggregateRules | None = None, **given: object) -> BacklogRules:
    """Rules like those of the default configuration, unless given otherwise."""
    rules = {
        "aggregates": aggregates or aggregate_rules(),
        "requests": RequestLimits(5 * 1024 * 1024),
        "retries": RetryRules(None, 10.0),
        "memory": 64 * 1024 * 1024,
        "delivery_timeout": 300.0,
        "linger": 0.0,
        "ordered": False,
    }
    return BacklogRules(**{**rules, **given})  # type: ignore[arg-type]


def backlog(
    aggregates: AggregateRules | None = None,
    *,
    reporting: bool = False,
    facts: StreamFacts | None = None,
    seed: int = 1,
    **given: object,
) -> Backlog[int]:
    """An empty one whose handles count up from 1; no shards can be known, unless they are given."""
    numbers = count(1)
    made: Backlog[int] = Backlog(
        backlog_rules(aggregates, **given),
        lambda: next(numbers),
        kept=lambda _: reporting,
        dice=random.Random(seed).random,
    )
    made.learn(facts or StreamFacts(), 0.0)
    return made


def send(box: Backlog[int], *records: bytes, key: str | None = None, now: float = 0.0) -> list[int]:
    """Append records, and return their handles."""
    keys = NO_KEYS if key is None else Keys(key, None)
    size = len(key.encode()) if key else 0
    return [box.append(record, keys, size, now) for record in records]


def aggregate(*records: bytes, number: int = 1, size: int | None = None) -> Aggregate[int]:
    """An open aggregate that stands alone."""
    made = Aggregate(number, NO_KEYS, 0, 0.0, number)
    for record in records:
        made.append(record, overhead=1)
    made.wire_size = made.size if size is None else size
    return made
