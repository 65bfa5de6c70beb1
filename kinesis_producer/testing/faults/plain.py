"""What an answer, or the lack of one, is made of: the faults that the others are built from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kinesis_producer.testing.messages import Disconnect, Response, ServiceError, refusal
from kinesis_producer.testing.wire import phrase

if TYPE_CHECKING:
    from kinesis_producer.testing.messages import Fault, Proceed, Request

#: Seconds after which a `hang` gives up even if nobody stops the server.
LONGEST_HANG: Final = 600.0


def error(code: str, message: str = "", status: int = 400) -> Fault:
    """Refuse the whole request with the service's error ``code``. Nothing is committed."""

    def fault(_request: Request, _proceed: Proceed) -> Response:
        return refusal(ServiceError(code, message, status=status))

    return fault


def server_error(*, status: int = 500, html: bool = True, committed: bool = False) -> Fault:
    """Answer with a server error, as HTML like a proxy or as the service's InternalFailure."""

    def fault(_request: Request, proceed: Proceed) -> Response:
        if committed:
            proceed()
        if html:
            return Response(status=status, body=_page(status), content_type="text/html")
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


def only(stream_name: str, fault: Fault) -> Fault:
    """A fault for one stream alone; requests for others, or that name none, are performed."""

    def chosen(request: Request, proceed: Proceed) -> Response:
        return fault(request, proceed) if request.stream_name == stream_name else proceed()

    return chosen


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


def _page(status: int) -> bytes:
    """What a proxy on the way writes."""
    return f"<html><body><h1>{status} {phrase(status)}</h1></body></html>".encode("ascii")
