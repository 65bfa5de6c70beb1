"""From a configuration to the parts of a consumer."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from kinesis_producer.consumer_config import STARTS
from kinesis_producer.core.leasing.choice import KIN
from kinesis_producer.core.leasing.worker import Worker, WorkerRules
from kinesis_producer.core.positions import AT_TIMESTAMP, LATEST, TRIM_HORIZON, read_position
from kinesis_producer.core.reading.reader import ReadRules
from kinesis_producer.core.reading.starting import Start

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.consumer_config import ConsumerConfig
    from kinesis_producer.core.reading.desk import Desk


def worker_name(given: str | None) -> str:
    """A name that no other worker has; it says that leases are handed over when asked for."""
    return f"{given or socket.gethostname()}:{uuid.uuid4()}{KIN}"


def start_of(
    config: ConsumerConfig, *, made_at: float, service_time: Callable[[], float | None]
) -> Start:
    """Where to begin without a checkpoint.

    Args:
        config: says it.
        made_at: when the consumer was made, by the clock of this machine: what is newer, is new.
        service_time: asks the service for its time, cut to seconds.
    """
    chosen = None if config.shards is None else frozenset(config.shards)
    given = config.start
    if isinstance(given, Mapping):
        positions = {shard_id: read_position(text) for shard_id, text in given.items()}
        return Start(TRIM_HORIZON, positions=positions, chosen=chosen, made_at=made_at)
    if isinstance(given, datetime):
        return Start(AT_TIMESTAMP, given.timestamp(), chosen=chosen, made_at=made_at)
    if not isinstance(given, str):
        return Start(AT_TIMESTAMP, float(given), chosen=chosen, made_at=made_at)
    at = STARTS[given]
    since = _by_service(made_at, service_time()) if at == LATEST else None
    return Start(at, since, chosen=chosen, made_at=made_at)


def _by_service(made_at: float, told: float | None) -> float:
    """The moment by the service's clock; by this machine's, where both seem to agree."""
    if told is None or told - 60.0 <= made_at < told + 1.0:
        return made_at
    return told


def worker_of(config: ConsumerConfig, start: Start, desk: Desk, *, name: str) -> Worker:
    """What keeps the leases. Without an application there is no other worker."""
    alone = config.application_name is None
    rules = WorkerRules(
        failover_time=float("inf") if alone else config.failover_time,
        handoff_time=config.handoff_time,
        auto=alone or config.auto_checkpoint,
    )
    reading = ReadRules(
        idle_time=config.idle_time,
        page_limit=config.page_limit,
        subscribing=config.consumer_name is not None,
    )
    return Worker(name, start, rules, reading, desk)
