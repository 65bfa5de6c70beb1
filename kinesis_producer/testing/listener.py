"""A listening socket and the thread that accepts on it."""

from __future__ import annotations

import errno
import logging
import selectors
import socket
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

#: Never anything else: whoever can reach the server can write to it.
HOST: Final = "127.0.0.1"

_BACKLOG: Final = 128

#: What accept says when the process, or the system, has no more to give; and seconds to wait then.
_EXHAUSTED: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_PAUSE: Final = 0.1

log = logging.getLogger("kinesis_producer.testing")


class Listener:
    """Accepts connections from its making until `close`, once, on a daemon thread of its own.

    Args:
        name: of the thread.
        port: where to listen; 0 is any free port.
        welcome: takes each connection. It must not raise.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, name: str, *, port: int, welcome: Callable[[socket.socket], None]) -> None:
        self._welcome = welcome
        self._closing = threading.Event()
        self._sock = bound(port)
        self._sock.listen(_BACKLOG)
        self._sock.setblocking(False)  # noqa: FBT003 - the socket's own signature
        self.port = int(self._sock.getsockname()[1])
        self._waker, self._wakened = socket.socketpair()
        self._thread = threading.Thread(target=self._accept, name=name, daemon=True)
        self._thread.start()

    def close(self, timeout: float) -> None:
        """Accept no more, and free the port. Blocks at most ``timeout`` seconds."""
        self._closing.set()
        self._waker.send(b"x")
        self._thread.join(timeout)
        for sock in (self._sock, self._waker, self._wakened):
            sock.close()

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, selectors.EVENT_READ)
            selector.register(self._wakened, selectors.EVENT_READ)
            while not self._closing.is_set():
                selector.select()
                self._accept_one()

    def _accept_one(self) -> None:
        try:
            sock, _ = self._sock.accept()
        except OSError as error:
            # Nobody is there: woken to stop, or the client left again. Or somebody is, but the
            # process has no file descriptors or memory left: then trying again at once is no use.
            if error.errno in _EXHAUSTED:
                log.warning("The local Kinesis cannot accept a connection: %s", error)
                self._closing.wait(_PAUSE)
            return
        self._welcome(sock)


def bound(port: int) -> socket.socket:
    """A socket that has the port and does not listen: connections to it are refused.

    Raises:
        OSError: the port is taken.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((HOST, port))
    except BaseException:
        sock.close()
        raise
    return sock
