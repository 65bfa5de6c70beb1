"""Answers that cannot be believed, or cannot be waited for.

Each of them leaves the client in doubt, so each comes in two variants: ``committed`` says whether
the operation was performed. An uncommitted answer that could be read as a success in part is made
up: a client that believes any of it has lost a record.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.testing.faults.entries import (
    Which,
    chooser,
    claimed,
    every_other,
    made_up,
    replaced,
    with_records,
)
from kinesis_producer.testing.faults.plain import server_error
from kinesis_producer.testing.messages import Response

if TYPE_CHECKING:
    from kinesis_producer.testing.messages import Fault, Proceed, Request

_PORTAL: Final = b"<html><body><h1>Welcome</h1><p>Please sign in.</p></body></html>"


def html_page(*, committed: bool) -> Fault:
    """Answer 200 with a page, as a proxy or a captive portal does."""

    def fault(_request: Request, proceed: Proceed) -> Response:
        if committed:
            proceed()
        return Response(body=_PORTAL, content_type="text/html")

    return fault


def empty_body(*, committed: bool) -> Fault:
    """Answer 200 with nothing."""

    def fault(_request: Request, proceed: Proceed) -> Response:
        if committed:
            proceed()
        return Response()

    return fault


def half_body(*, committed: bool) -> Fault:
    """Answer with the first half of the JSON, as if that were all of it."""

    def fault(request: Request, proceed: Proceed) -> Response:
        return _half(claimed(request, proceed, committed=committed))

    return fault


def cut_short(*, committed: bool) -> Fault:
    """Answer with the first half of what the header announces, and close the connection."""

    def fault(request: Request, proceed: Proceed) -> Response:
        whole = claimed(request, proceed, committed=committed)
        return replace(_half(whole), content_length=len(whole.body))

    return fault


def wrong_length(difference: int, *, committed: bool) -> Fault:
    """Answer a PutRecords with more entries than were sent, or with fewer.

    Args:
        difference: so many more; negative: so many fewer.
        committed: whether what was sent is committed. Any further entries are made up.
    """

    def change(records: list[Any]) -> list[Any]:
        wanted = max(0, len(records) + difference)
        return records[:wanted] + [made_up(n) for n in range(len(records), wanted)]

    def fault(request: Request, proceed: Proceed) -> Response:
        return with_records(claimed(request, proceed, committed=committed), change)

    return fault


def no_sequence_numbers(which: Which = every_other, *, committed: bool) -> Fault:
    """Let some entries of the answer have neither an error nor a sequence number.

    ``committed`` is said of those entries; the others are committed.
    """
    chosen = chooser(which)

    def fault(request: Request, proceed: Proceed) -> Response:
        indexes = chosen(request)
        refuse = {} if committed else dict.fromkeys(indexes, ("InternalFailure", None))
        return replaced(
            proceed(refuse=refuse), indexes, lambda _: {"ShardId": "shardId-000000000000"}
        )

    return fault


def drip(*, pause: float = 1.0, committed: bool) -> Fault:
    """Answer byte by byte: no single read takes long, and the answer takes minutes.

    Args:
        pause: seconds between two bytes.
        committed: whether the operation is performed; what drips is then its answer, else an
            InternalFailure.
    """
    failure = server_error(html=False)

    def fault(request: Request, proceed: Proceed) -> Response:
        return replace(proceed() if committed else failure(request, proceed), pause=pause)

    return fault


def closed_when_idle() -> Fault:
    """Answer as if the connection went on, and close it.

    Whoever sends the next request at once meets a connection that is just being closed.
    """

    def fault(_request: Request, proceed: Proceed) -> Response:
        return replace(proceed(), closes=True)

    return fault


def _half(response: Response) -> Response:
    return replace(response, body=response.body[: len(response.body) // 2])
