"""What passes between the wire and the operations: requests, responses, errors. No network here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from kinesis_producer.testing.eventstream import EVENT_STREAM_TYPE

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Mapping

    from kinesis_producer.testing.eventstream import Event

#: The media type of the service's protocol (service model: json, version 1.1).
JSON_TYPE: Final = "application/x-amz-json-1.1"

#: That of the protocol which no model has, and which the Java SDKs speak (aws-sdk-java-v2, 3498).
CBOR_TYPE: Final = "application/x-amz-cbor-1.1"

#: A request's members, as decoded from its JSON.
Parameters: TypeAlias = "Mapping[str, Any]"

#: Entries of a PutRecords to be refused: index -> (code, message). Without a message the service's
#: own for that code is used.
Refusals: TypeAlias = "Mapping[int, tuple[str, str | None]]"


class ServiceError(Exception):
    """The service refuses a request: its error code, its words, its HTTP status."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


class Disconnect(Exception):
    """Raised by a fault: drop the connection with a reset and answer nothing."""


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer.

    Attributes:
        content_length: what the header claims; None is the truth. After a claim that is not the
            length of the body the server closes the connection.
        error: the service's error code, for the request log.
        pause: seconds between two bytes, status line and headers included; 0 sends all at once.
        closes: the server closes the connection behind the answer, which did not say so.
        events: what is sent, as it comes, instead of a body; None where there is one. Bytes are
            sent as they are. Runs on the connection's thread; may raise `Disconnect`.
    """

    status: int = 200
    body: bytes = b""
    content_type: str = JSON_TYPE
    error: str | None = None
    content_length: int | None = None
    allow: str | None = None
    pause: float = 0.0
    closes: bool = False
    events: Iterator[Event | bytes] | None = None

    @property
    def is_honest(self) -> bool:
        """Whether the header claims the length that the body has."""
        return self.content_length is None or self.content_length == len(self.body)


@dataclass(frozen=True, slots=True)
class Request:
    """One request of the protocol, as a fault sees it.

    Attributes:
        operation: the operation's name, ``PutRecords``.
        parameters: the decoded JSON; not validated yet. Of CBOR, what JSON would say.
        arrived_at: seconds since the epoch.
        stopping: set as soon as the server stops.
        media_type: what it came in: ``application/x-amz-json-1.1``, or ``...-cbor-1.1``, and so
            what the answer is to be in.
    """

    operation: str
    parameters: Parameters
    arrived_at: float
    stopping: threading.Event
    media_type: str = JSON_TYPE

    @property
    def stream_name(self) -> str | None:
        """The stream that is asked for, by name or by an ARN; None where the request names none."""
        name = self.parameters.get("StreamName")
        if name is None:
            arn = self.parameters.get("StreamARN", self.parameters.get("ConsumerARN"))
            path = arn.partition("stream/")[2] if isinstance(arn, str) else None
            name = path and path.partition("/consumer/")[0]
        return name if isinstance(name, str) else None

    def wait(self, seconds: float) -> bool:
        """Block the connection's thread for ``seconds``; True if the server stops before."""
        return self.stopping.wait(seconds)


class Proceed(Protocol):
    """Performs the operation and returns what the service would answer; errors included."""

    def __call__(self, *, refuse: Refusals | None = None) -> Response:
        """Perform it, but refuse those entries of a PutRecords (0 stands for a PutRecord)."""
        ...


class Fault(Protocol):
    """What a request meets instead of the plain operation. Runs on the connection's thread."""

    def __call__(self, request: Request, proceed: Proceed, /) -> Response:
        """Answer ``request``, with or without ``proceed``; may raise `Disconnect`."""
        ...


def answer(result: Mapping[str, object] | None) -> Response:
    """What the service says when all went well: JSON, or nothing where there is no output."""
    return Response(body=b"" if result is None else json.dumps(result).encode("ascii"))


def pushed(events: Iterator[Event | bytes]) -> Response:
    """What the service says when it goes on talking."""
    return Response(content_type=EVENT_STREAM_TYPE, events=events)


def refusal(error: ServiceError) -> Response:
    """What the service says when it refuses."""
    body = json.dumps({"__type": error.code, "message": error.message}).encode("ascii")
    return Response(status=error.status, body=body, error=error.code)
