"""One connection through the fault proxy: two sockets, and a thread for each direction."""

from __future__ import annotations

import contextlib
import enum
import logging
import socket
import struct
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger("kinesis_producer.testing")

_CHUNK: Final = 64 * 1024
_RESET: Final = struct.pack("ii", 1, 0)  # SO_LINGER: on, zero seconds


class Traffic(enum.Enum):
    """What becomes of a connection's bytes."""

    PASS = "everything passes, both ways"  # noqa: S105 - no password
    DROP = "nothing passes, and neither end is told: no bytes, no FIN, no reset"
    DROP_ANSWERS = "requests pass and are performed; answers do not, and the client is not told"
    HALF_OPEN = "the server has forgotten the connection; the client's next bytes meet a reset"
    RESET_REQUEST = "the client is reset in the middle of its next request, which is not performed"
    RESET_ANSWER = "the client is reset in the middle of its next answer"
    REFUSE = "new connections are refused; those there are pass everything"


class Relay:
    """Carries bytes between a client and the server. Own daemon threads; any thread may call it.

    Args:
        client: the connection that was accepted.
        server: the connection to the server.
        traffic: what becomes of the bytes, until it is changed.
        pause: waits as long as each chunk of bytes is to be delayed.
        on_end: called when both sockets are closed.
    """

    def __init__(
        self,
        client: socket.socket,
        server: socket.socket,
        *,
        traffic: Traffic,
        pause: Callable[[], object],
        on_end: Callable[[Relay], None],
    ) -> None:
        self.traffic = traffic
        self._client = client
        self._server = server
        self._pause = pause
        self._on_end = on_end
        self._lock = threading.Lock()  # guards what follows, and that no socket is used once closed
        self._running = 2
        self._broken = False
        self._threads = [
            threading.Thread(target=self._run, args=(carry,), name="fault-proxy", daemon=True)
            for carry in (self._carry_requests, self._carry_answers)
        ]

    def start(self) -> None:
        """Begin to carry."""
        for sock in (self._client, self._server):
            sock.settimeout(None)
            with contextlib.suppress(OSError):  # reset already, on some systems
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for thread in self._threads:
            try:
                thread.start()
            except RuntimeError as error:
                log.warning("The fault proxy cannot carry a connection: %s", error)
                self._run(self.reset)

    def reset(self) -> None:
        """End it: both ends see a reset. Does not wait."""
        with self._lock:
            if self._running:
                self._broken = True
                _make_reset(self._client)
                _make_reset(self._server)
                _wake(self._client, socket.SHUT_RD)  # sends no FIN, which would come first
                _wake(self._server, socket.SHUT_RDWR)

    def hang_up(self) -> None:
        """End it: both ends see a FIN. Does not wait."""
        with self._lock:
            if self._running:
                _wake(self._client, socket.SHUT_RDWR)
                _wake(self._server, socket.SHUT_RDWR)

    def join(self, timeout: float) -> bool:
        """Wait for the end, so long for each direction; False if it did not come."""
        started = [thread for thread in self._threads if thread.ident is not None]
        for thread in started:
            thread.join(timeout)
        return not any(thread.is_alive() for thread in started)

    def _run(self, carry: Callable[[], None]) -> None:
        try:
            carry()
        except OSError:
            self.reset()  # one end is gone: so is the other, for it could not be told otherwise
        finally:
            with self._lock:
                self._running -= 1
                last = not self._running
                if last:
                    self._client.close()
                    self._server.close()
            if last:
                self._on_end(self)

    def _carry_requests(self) -> None:
        while chunk := self._client.recv(_CHUNK):
            self._pause()
            if self.traffic in _BREAKS_REQUESTS:
                return self._break(self._server, chunk)
            if self.traffic is not Traffic.DROP:
                self._send_request(chunk)
        if self.traffic in _SILENT:
            self.reset()  # nobody is left to notice, and the server need not wait for ever
        else:
            _wake(self._server, socket.SHUT_WR)
        return None

    def _send_request(self, chunk: bytes) -> None:
        try:
            self._server.sendall(chunk)
        except OSError:
            if self.traffic not in _SILENT:
                raise

    def _carry_answers(self) -> None:
        while chunk := self._next_answer():
            self._pause()
            if self.traffic is Traffic.RESET_ANSWER:
                return self._break(self._client, chunk)
            if self.traffic not in _SILENT:
                self._client.sendall(chunk)
        if self.traffic not in _SILENT and not self._broken:  # a FIN would come before the reset
            _wake(self._client, socket.SHUT_WR)
        return None

    def _next_answer(self) -> bytes:
        try:
            return self._server.recv(_CHUNK)
        except OSError:
            if self.traffic not in _SILENT:
                raise
            return b""

    def _break(self, sock: socket.socket, chunk: bytes) -> None:
        """Send half of it, of a half-open connection nothing, and reset both ends."""
        if self.traffic is not Traffic.HALF_OPEN:
            sock.sendall(chunk[: len(chunk) // 2])
        self.reset()


_BREAKS_REQUESTS: Final = {Traffic.HALF_OPEN, Traffic.RESET_REQUEST}
_SILENT: Final = {Traffic.DROP, Traffic.DROP_ANSWERS, Traffic.HALF_OPEN}


def reset(sock: socket.socket) -> None:
    """Close a connection with a reset."""
    _make_reset(sock)
    sock.close()


def _make_reset(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):  # its other end was first
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)


def _wake(sock: socket.socket, how: int) -> None:
    with contextlib.suppress(OSError):  # its other end was first
        sock.shutdown(how)
