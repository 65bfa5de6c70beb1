"""What a request may meet instead of the plain operation, and when.

A fault is a callable ``fault(request, proceed) -> Response``. ``proceed()`` performs the operation
and returns what the service would answer, errors included; ``proceed(refuse={2: (code, message)})``
performs a PutRecords in which entry 2 is refused. A fault that raises `Disconnect` has the
connection dropped with a reset. Faults run on the thread of their connection, several at once.

An ambiguous fault, one that leaves the client without a proper answer, takes ``committed``:
whether the operation is performed all the same.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final

from kinesis_producer.testing.messages import (
    Disconnect,
    Fault,
    Proceed,
    Request,
    Response,
    ServiceError,
    refusal,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kinesis_producer.testing.messages import Parameters

__all__ = [
    "Disconnect",
    "Fault",
    "Faults",
    "Proceed",
    "Request",
    "Response",
    "body",
    "delay",
    "disconnect",
    "entries",
    "error",
    "hang",
    "server_error",
]

#: Seconds after which a `hang` gives up even if nobody stops the server.
LONGEST_HANG: Final = 600.0

_HTML: Final = b"<html><body><h1>%d Service Unavailable</h1></body></html>"


class Faults:
    """Which fault the next request of an operation meets. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # guards both
        self._scripts: dict[str, deque[Fault]] = {}
        self._standing: dict[str, Fault] = {}

    def script(self, operation: str, *faults: Fault) -> None:
        """Let the next requests of ``operation`` meet these, one each, in order.

        They come after what was scripted before, and before what `always` says.
        """
        with self._lock:
            self._scripts.setdefault(operation, deque()).extend(faults)

    def always(self, operation: str, fault: Fault) -> None:
        """Let every request of ``operation`` that finds no script meet ``fault``."""
        with self._lock:
            self._standing[operation] = fault

    def clear(self) -> None:
        """Forget every fault. Requests that met one already go through with it."""
        with self._lock:
            self._scripts.clear()
            self._standing.clear()

    def take(self, operation: str) -> Fault | None:
        """The fault that a request arriving now meets; a scripted one is used up."""
        with self._lock:
            script = self._scripts.get(operation)
            return script.popleft() if script else self._standing.get(operation)


def error(code: str, message: str = "", status: int = 400) -> Fault:
    """Refuse the whole request with the service's error ``code``. Nothing is committed."""

    def fault(_request: Request, _proceed: Proceed) -> Response:
        return refusal(ServiceError(code, message, status=status))

    return fault


def entries(
    refuse: Iterable[int] | Callable[[int, Parameters], bool],
    code: str,
    message: str | None = None,
) -> Fault:
    """Refuse some entries of a PutRecords and commit the others.

    Args:
        refuse: the indexes of the refused, or a question asked of each index and entry (the
            entry's members as they were sent, Data in base64).
        code: the ErrorCode of the refused.
        message: their ErrorMessage; None is the service's own for that code, which names the shard
            if the code is ProvisionedThroughputExceededException.
    """
    chosen = refuse if callable(refuse) else frozenset(refuse)

    def fault(request: Request, proceed: Proceed) -> Response:
        if callable(chosen):
            records = enumerate(request.parameters.get("Records", ()))
            indexes = frozenset(index for index, entry in records if chosen(index, entry))
        else:
            indexes = chosen
        return proceed(refuse=dict.fromkeys(indexes, (code, message)))

    return fault


def server_error(*, status: int = 500, html: bool = True, committed: bool = False) -> Fault:
    """Answer with a server error, as HTML like a proxy or as the service's InternalFailure."""

    def fault(_request: Request, proceed: Proceed) -> Response:
        if committed:
            proceed()
        if html:
            return Response(status=status, body=_HTML % status, content_type="text/html")
        return refusal(ServiceError("InternalFailure", "Internal Service Failure", status=status))

    return fault


def disconnect(*, committed: bool) -> Fault:
    """Reset the connection instead of answering."""

    def fault(_request: Request, proceed: Proceed) -> Response:
        if committed:
            proceed()
        raise Disconnect

    return fault


def body(
    content: bytes, *, status: int = 200, committed: bool, content_length: int | None = None
) -> Fault:
    """Answer with these bytes: empty, half, HTML, an answer of the wrong length.

    Args:
        content: what is sent.
        status: the HTTP status.
        committed: whether the operation is performed.
        content_length: what the header claims, if not the truth. More than there is makes a
            truncated answer: the connection closes behind it.
    """

    def fault(_request: Request, proceed: Proceed) -> Response:
        if committed:
            proceed()
        return Response(status=status, body=content, content_length=content_length)

    return fault


def delay(seconds: float, *, committed: bool = False) -> Fault:
    """Answer late: wait, then perform the operation; or the other way round if ``committed``.

    If the server stops before, the connection is dropped.
    """

    def fault(request: Request, proceed: Proceed) -> Response:
        early = proceed() if committed else None
        if request.wait(seconds):
            raise Disconnect
        return early or proceed()

    return fault


def hang(*, committed: bool = False) -> Fault:
    """Never answer: hold the connection until the server stops, at most ten minutes."""

    def fault(request: Request, proceed: Proceed) -> Response:
        if committed:
            proceed()
        request.wait(LONGEST_HANG)
        raise Disconnect

    return fault
