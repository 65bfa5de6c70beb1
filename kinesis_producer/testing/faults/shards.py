"""A stream whose shards change under whoever writes."""

from __future__ import annotations

import contextlib
import itertools
import threading
from typing import TYPE_CHECKING

from kinesis_producer.testing.messages import ServiceError

if TYPE_CHECKING:
    from kinesis_producer.testing.local import LocalKinesis
    from kinesis_producer.testing.messages import Fault, Proceed, Request, Response


def moving_shards(kinesis: LocalKinesis) -> Fault:
    """Change the stream's shards, then perform the request: it lands where nobody expects it.

    Each request that meets it finds twice as many open shards as the one before, or half as many,
    in turn.

    Args:
        kinesis: serves the stream.
    """
    lock = threading.Lock()  # guards the turns, and that nobody counts while shards change
    doubles = itertools.cycle([True, False])

    def move(name: str) -> None:
        now = len(kinesis.open_shards(name))
        later = now * 2 if next(doubles) else max(1, now // 2)
        kinesis.update_shard_count(name, shards=later)

    def fault(request: Request, proceed: Proceed) -> Response:
        # where shards cannot change, as when there is no such stream, the request is told why
        with lock, contextlib.suppress(ServiceError):
            move(request.stream_name or "")
        return proceed()

    return fault
