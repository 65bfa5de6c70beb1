"""HTTP/1.1 over one socket: as much of it as the protocol needs, and no trust in the other end."""

from __future__ import annotations

import socket
import struct
import uuid
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from kinesis_producer.limits import KIB, MIB
from kinesis_producer.testing.eventstream import encoded
from kinesis_producer.testing.messages import Disconnect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from kinesis_producer.testing.messages import Response

#: Bytes of request line and headers. Own; a signed request of boto3 has about 700.
MAX_HEAD: Final = 64 * KIB

#: Bytes of a body. Own: a request of 10 MiB has 14 MB in base64 and at most 2 MB of escaped keys.
MAX_BODY: Final = 32 * MIB

_CHUNK: Final = 64 * KIB
_END_OF_HEAD: Final = b"\r\n\r\n"
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
_RESET: Final = struct.pack("ii", 1, 0)  # SO_LINGER: on, zero seconds


class BadRequest(Exception):
    """What came is not HTTP, or more than is taken. The connection cannot go on."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class Head:
    """Request line and headers; the names of headers are in lower case."""

    method: str
    version: str
    headers: Mapping[str, str]

    @property
    def keeps_alive(self) -> bool:
        """Whether the client wants the connection to go on."""
        connection = self.headers.get("connection", "").lower()
        return connection != "close" and (self.version != "HTTP/1.0" or "keep" in connection)

    @property
    def content_length(self) -> int:
        """Bytes of the body.

        Raises:
            BadRequest: no length, a wrong one, or one that is too great.
        """
        if "transfer-encoding" in self.headers:
            raise BadRequest(HTTPStatus.LENGTH_REQUIRED, "Chunked bodies are not taken.")
        text = self.headers.get("content-length", "0")
        if not (text.isascii() and text.isdigit()):
            raise BadRequest(HTTPStatus.BAD_REQUEST, "The Content-Length is not a number.")
        if len(text) > len(str(MAX_BODY)) or int(text) > MAX_BODY:
            raise BadRequest(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A body has at most {MAX_BODY} bytes."
            )
        return int(text)


def parse_head(raw: bytes) -> Head:
    """What ``raw``, without the empty line at its end, says.

    Raises:
        BadRequest: it is not the head of an HTTP/1 request.
    """
    first, *lines = raw.decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    version = rest.rpartition(" ")[2]
    if not (method.isalpha() and version in {"HTTP/1.0", "HTTP/1.1"}):
        raise BadRequest(HTTPStatus.BAD_REQUEST, "This is not an HTTP/1.1 request.")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon:
            raise BadRequest(HTTPStatus.BAD_REQUEST, "A header has no colon.")
        headers[name.strip().lower()] = value.strip()
    return Head(method=method, version=version, headers=headers)


def parts(response: Response, *, keep_alive: bool) -> Iterator[bytes]:
    """The bytes of an answer: all of them, or head and events as these come."""
    yield written(response, keep_alive=keep_alive)
    if response.events is None:
        return
    for event in response.events:
        raw = event if isinstance(event, bytes) else encoded(event)
        if raw:  # an empty chunk would be the end
            yield b"%x\r\n%b\r\n" % (len(raw), raw)
    yield b"0\r\n\r\n"


def written(response: Response, *, keep_alive: bool) -> bytes:
    """The bytes of an answer; of one with events, the head."""
    length = len(response.body) if response.content_length is None else response.content_length
    framing = f"Content-Length: {length}"
    if response.events is not None:
        framing = "Transfer-Encoding: chunked"
    lines = [
        f"HTTP/1.1 {int(response.status)} {phrase(response.status)}",
        f"x-amzn-RequestId: {uuid.uuid4()}",
        f"Date: {formatdate(usegmt=True)}",
        f"Content-Type: {response.content_type}",
        framing,
    ]
    if response.error is not None:
        lines.append(f"x-amzn-ErrorType: {response.error}")
    if response.allow is not None:
        lines.append(f"Allow: {response.allow}")
    if not keep_alive:
        lines.append("Connection: close")
    return "\r\n".join(lines).encode("latin-1", "replace") + _END_OF_HEAD + response.body


class Wire:
    """One client's connection. One thread reads and writes; `hang_up` may be called from any.

    Raises:
        OSError: the client is gone already.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._unread = bytearray()
        sock.settimeout(None)  # whatever the listener's, or the program's default, is
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read_head(self) -> Head | None:
        """Block until a request begins; None if the client is gone instead.

        Raises:
            BadRequest: what came is not the head of a request.
            OSError: the connection broke.
        """
        while (end := self._unread.find(_END_OF_HEAD)) < 0:
            if len(self._unread) > MAX_HEAD:
                raise BadRequest(
                    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"At most {MAX_HEAD} bytes."
                )
            chunk = self._sock.recv(_CHUNK)
            if not chunk:
                return None
            self._unread += chunk
            if not self._unread[:1].isalpha():  # TLS, say: it would wait for ever for an answer
                raise BadRequest(HTTPStatus.BAD_REQUEST, "This is not an HTTP/1.1 request.")
        raw = bytes(self._unread[:end])
        del self._unread[: end + len(_END_OF_HEAD)]
        return parse_head(raw)

    def read_body(self, head: Head) -> bytearray:
        """Block until the body is there.

        Raises:
            BadRequest: its length is not acceptable.
            OSError: the connection broke before its end.
        """
        length = head.content_length
        if head.headers.get("expect", "").lower() == "100-continue":
            self._sock.sendall(_CONTINUE)
        body = bytearray(length)
        taken = min(length, len(self._unread))
        body[:taken] = self._unread[:taken]
        del self._unread[:taken]
        self._fill(memoryview(body)[taken:])
        return body

    def send(self, response: Response, *, keep_alive: bool, wait: Callable[[float], bool]) -> None:
        """Send an answer, in one write, or event by event: then it blocks between them.

        An answer with a ``pause`` is sent byte by byte, that far apart; ``wait`` says True if that
        is to end.

        Raises:
            Disconnect: it was, or a fault wants it.
        """
        for part in parts(response, keep_alive=keep_alive):
            if response.pause:
                self._drip(part, response.pause, wait)
            else:
                self._sock.sendall(part)

    def reset(self) -> None:
        """Make the coming `close` a reset: the client sees ECONNRESET."""
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)

    def hang_up(self) -> None:
        """End the connection from another thread: its own thread wakes and closes it."""
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the client was first, or the thread has closed it

    def close(self) -> None:
        """Give the socket back."""
        self._sock.close()

    def _drip(self, part: bytes, pause: float, wait: Callable[[float], bool]) -> None:
        for byte in part:
            self._sock.sendall(bytes([byte]))
            if wait(pause):
                raise Disconnect

    def _fill(self, view: memoryview) -> None:
        while view:
            received = self._sock.recv_into(view)
            if not received:
                raise ConnectionAbortedError("the client left in the middle of a body")
            view = view[received:]


def phrase(status: int) -> str:
    """What HTTP calls that status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
