"""The listening socket, the thread that accepts, and the connections there are."""

from __future__ import annotations

import errno
import logging
import selectors
import socket
import threading
import time
from typing import TYPE_CHECKING, Final

from kinesis_producer.testing.connection import Connection
from kinesis_producer.testing.wire import Wire

if TYPE_CHECKING:
    from kinesis_producer.testing.service import Service

#: Never anything else: whoever can reach the server can write to it.
HOST: Final = "127.0.0.1"

#: Seconds that `Server.stop` waits for all threads together. They are daemons.
STOP_TIMEOUT: Final = 5.0

_BACKLOG: Final = 128

#: What accept says when the process, or the system, has no more to give; and seconds to wait then.
_EXHAUSTED: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_PAUSE: Final = 0.1

log = logging.getLogger("kinesis_producer.testing")


class Server:
    """Serves from its making until `stop`, once.

    Args:
        service: answers the requests.
        port: where to listen; 0 is any free port.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, service: Service, *, port: int) -> None:
        self._service = service
        self._stopping = threading.Event()
        self._lock = threading.Lock()  # guards _connections
        self._connections: set[Connection] = set()
        self._listener = _listener(port)
        self._waker, self._wakened = socket.socketpair()
        self._thread = threading.Thread(target=self._accept, name="local-kinesis", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    def stop(self) -> None:
        """Release what a fault holds, end every connection and free the port.

        Blocks at most `STOP_TIMEOUT` seconds for the thread that accepts, and as much again for
        the connections.
        """
        self._stopping.set()
        self._waker.send(b"x")
        self._thread.join(STOP_TIMEOUT)
        for sock in (self._listener, self._waker, self._wakened):
            sock.close()
        self._end_connections(time.monotonic() + STOP_TIMEOUT)

    def _end_connections(self, deadline: float) -> None:
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.hang_up()
        for connection in connections:
            if not connection.join(max(0.0, deadline - time.monotonic())):
                log.warning("A connection of the local Kinesis did not end in time")

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._wakened, selectors.EVENT_READ)
            while not self._stopping.is_set():
                selector.select()
                self._welcome()

    def _welcome(self) -> None:
        try:
            sock, _ = self._listener.accept()
        except OSError as error:
            # Nobody is there: woken to stop, or the client left again. Or somebody is, but the
            # process has no file descriptors or memory left: then trying again at once is no use.
            if error.errno in _EXHAUSTED:
                log.warning("The local Kinesis cannot accept a connection: %s", error)
                self._stopping.wait(_PAUSE)
            return
        try:
            wire = Wire(sock)
        except OSError:
            sock.close()  # some systems let nothing be set on a connection that was reset
            return
        connection = Connection(
            wire, service=self._service, stopping=self._stopping, on_end=self._forget
        )
        with self._lock:
            self._connections.add(connection)
        try:
            connection.start()
        except RuntimeError as error:
            log.warning("The local Kinesis cannot serve a connection: %s", error)
            self._forget(connection)
            sock.close()

    def _forget(self, connection: Connection) -> None:
        with self._lock:
            self._connections.discard(connection)


def _listener(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((HOST, port))
        sock.listen(_BACKLOG)
        sock.setblocking(False)  # noqa: FBT003 - the socket's own signature
    except BaseException:
        sock.close()
        raise
    return sock
