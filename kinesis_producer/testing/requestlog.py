"""What was asked of the server, without the bodies."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from kinesis_producer.testing.messages import JSON_TYPE
from kinesis_producer.testing.shapes import base64_size

if TYPE_CHECKING:
    from kinesis_producer.testing.messages import Parameters, Request

#: Requests that are remembered one by one; the counts go on. About 300 bytes each.
MAX_REMEMBERED: Final = 100_000

#: The status of a request that has no answer: not yet, or the connection was dropped.
NO_ANSWER: Final = 0


@dataclass(frozen=True, slots=True)
class RequestLog:
    """One request.

    Attributes:
        stream_name: the stream that was meant; None where the request names none.
        records: entries of a put; 0 for other operations.
        size: bytes of their data and keys.
        status: HTTP status of the answer; 0 as long as, or because, there is none.
        error: the service's error code; None where there is none.
        arrived_at: seconds since the epoch, by the server's clock.
        media_type: of the request.
    """

    operation: str
    stream_name: str | None
    records: int
    size: int
    status: int
    error: str | None
    arrived_at: float
    media_type: str = JSON_TYPE


class RequestBook:
    """Every request since the server was made; the oldest are forgotten. Any thread."""

    def __init__(self) -> None:
        self._arrival = threading.Condition(threading.Lock())  # guards what follows
        self._logs: dict[int, RequestLog] = {}
        self._count = 0
        self._counts: Counter[tuple[str, str | None]] = Counter()

    def arrived(self, request: Request) -> int:
        """Enter a request, and return its number for `answered`."""
        records, size = _extent(request.parameters)
        log = RequestLog(
            operation=request.operation,
            stream_name=request.stream_name,
            records=records,
            size=size,
            status=NO_ANSWER,
            error=None,
            arrived_at=request.arrived_at,
            media_type=request.media_type,
        )
        with self._arrival:
            return self._enter(log)

    def answered(self, number: int, *, status: int, error: str | None) -> None:
        """Say what became of a request."""
        with self._arrival:
            log = self._logs.get(number)
            if log is not None:
                self._logs[number] = replace(log, status=status, error=error)

    def logs(self) -> list[RequestLog]:
        """What is remembered, in the order of arrival."""
        with self._arrival:
            return list(self._logs.values())

    def count(self, operation: str, *, stream: str | None = None) -> int:
        """How many requests of ``operation`` arrived, for ``stream`` or for any."""
        with self._arrival:
            return self._counted(operation, stream)

    def wait_for(self, operation: str, *, count: int, stream: str | None, timeout: float) -> bool:
        """Block until ``count`` requests of ``operation`` have arrived; False if time ran out."""
        deadline = time.monotonic() + timeout
        with self._arrival:
            while self._counted(operation, stream) < count:
                if not self._arrival.wait(deadline - time.monotonic()):
                    return self._counted(operation, stream) >= count
            return True

    def _enter(self, log: RequestLog) -> int:
        number = self._count
        self._count += 1
        self._logs[number] = log
        self._logs.pop(number - MAX_REMEMBERED, None)
        self._counts[log.operation, log.stream_name] += 1
        self._arrival.notify_all()
        return number

    def _counted(self, operation: str, stream: str | None) -> int:
        return sum(
            count
            for (name, of), count in self._counts.items()
            if name == operation and stream in {None, of}
        )


def _extent(parameters: Parameters) -> tuple[int, int]:
    """Records and bytes of a put. Nothing is validated yet: what is malformed counts nothing."""
    records = parameters.get("Records", [parameters] if "Data" in parameters else [])
    if not isinstance(records, list):
        return 0, 0
    return len(records), sum(map(_size, records))


def _size(record: object) -> int:
    if not isinstance(record, dict):
        return 0
    data, key = record.get("Data"), record.get("PartitionKey")
    size = base64_size(data) if isinstance(data, str) else 0
    return size + (len(key.encode("utf-8", "replace")) if isinstance(key, str) else 0)
