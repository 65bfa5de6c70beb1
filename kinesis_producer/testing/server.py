"""The listener, and the connections there are."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING, Final

from kinesis_producer.testing.connection import Connection
from kinesis_producer.testing.listener import Listener
from kinesis_producer.testing.wire import Wire

if TYPE_CHECKING:
    import socket

    from kinesis_producer.testing.service import Service

#: Seconds that `Server.stop` waits for all threads together. They are daemons.
STOP_TIMEOUT: Final = 5.0

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
        self._listener = Listener("local-kinesis", port=port, welcome=self._welcome)

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._listener.port

    def stop(self) -> None:
        """Release what a fault holds, end every connection and free the port.

        Blocks at most `STOP_TIMEOUT` seconds for the thread that accepts, and as much again for
        the connections.
        """
        self._stopping.set()
        self._listener.close(STOP_TIMEOUT)
        self._end_connections(time.monotonic() + STOP_TIMEOUT)

    def _end_connections(self, deadline: float) -> None:
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            connection.hang_up()
        # Only now: a subscription that begins meanwhile finds that its client is gone.
        self._service.end_subscriptions()
        for connection in connections:
            if not connection.join(max(0.0, deadline - time.monotonic())):
                log.warning("A connection of the local Kinesis did not end in time")

    def _welcome(self, sock: socket.socket) -> None:
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
