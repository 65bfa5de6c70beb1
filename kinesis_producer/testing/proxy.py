"""A TCP proxy for the faults that HTTP cannot express."""

from __future__ import annotations

import socket
import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from kinesis_producer.testing.listener import HOST, Listener, bound
from kinesis_producer.testing.relay import Relay, Traffic, reset

if TYPE_CHECKING:
    from types import TracebackType

#: Seconds: for `FaultProxy.stop`, for the thread that accepts, and for the server to accept.
_PATIENCE: Final = 5.0


class FaultProxy:
    """Stands before a server, carries bytes both ways, and loses them when it is told to.

    It listens on 127.0.0.1 from its making to `stop`, or inside ``with``. Every method may be
    called from any thread. It does not look into what it carries: TLS passes as well.

    Args:
        upstream: the server, as ``host:port`` or as a URL with both.

    Raises:
        ValueError: ``upstream`` names no host or no port.
    """

    def __init__(self, upstream: str) -> None:
        self._upstream = _address(upstream)
        self._changed = threading.Condition(threading.Lock())  # guards what follows
        self._relays: set[Relay] = set()
        self._script: deque[Traffic] = deque()
        self._traffic = Traffic.PASS
        self._connections = 0
        self._delay = 0.0
        self._stopping = threading.Event()
        self._switching = threading.Lock()  # guards who has the port; taken before the other one
        self._listener: Listener | None = self._listen(0)
        self._reserve: socket.socket | None = None
        self._port = self._listener.port

    @property
    def port(self) -> int:
        """Where it listens; the same when it has refused connections in between."""
        return self._port

    @property
    def endpoint_url(self) -> str:
        """Where clients find it, ``http://127.0.0.1:<port>``."""
        return f"http://{HOST}:{self.port}"

    @property
    def connections(self) -> int:
        """How many connections were accepted so far."""
        with self._changed:
            return self._connections

    def switch(self, traffic: Traffic) -> None:
        """Treat every connection so: those there are, and those to come that have no script.

        When it returns from a switch to REFUSE, connections are refused; from a switch to anything
        else, they are accepted again. Blocks a few seconds at most.

        Raises:
            OSError: another program took the port while it was given from one socket to another.
        """
        with self._changed:
            self._traffic = traffic
        self.switch_open(traffic)
        with self._switching:
            if traffic is Traffic.REFUSE:
                self._refuse()
            else:
                self._accept()

    def switch_open(self, traffic: Traffic) -> None:
        """Treat the connections that are open now so, and no others."""
        with self._changed:
            for relay in self._relays:
                relay.traffic = traffic

    def script(self, *traffic: Traffic) -> None:
        """Let the next connections be treated so, one each, in order; until a switch, each.

        Raises:
            ValueError: REFUSE is among them: what is refused is no connection. Use `switch`.
        """
        if Traffic.REFUSE in traffic:
            raise ValueError("REFUSE cannot be scripted: switch to it, and back")
        with self._changed:
            self._script.extend(traffic)

    def delay(self, seconds: float) -> None:
        """From now on hold each chunk of bytes, in both directions, for so long; 0 ends that."""
        self._delay = seconds

    def reset(self) -> None:
        """Reset the connections that are open now."""
        with self._changed:
            for relay in self._relays:
                relay.reset()

    def wait_for(self, connections: int, *, timeout: float = 10.0) -> bool:
        """Block until so many connections were accepted; False after ``timeout`` seconds."""
        with self._changed:
            return self._changed.wait_for(lambda: self._connections >= connections, timeout)

    def stop(self) -> None:
        """End every connection and free the port; nothing if that was done.

        Blocks a few seconds at most.
        """
        self._stopping.set()
        with self._switching:
            self._refuse()
            if self._reserve is not None:
                self._reserve.close()
        with self._changed:
            relays = list(self._relays)
        for relay in relays:
            relay.hang_up()
        deadline = time.monotonic() + _PATIENCE
        for relay in relays:
            relay.join(max(0.0, deadline - time.monotonic()))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _listen(self, port: int) -> Listener:
        return Listener("fault-proxy", port=port, welcome=self._welcome)

    def _refuse(self) -> None:
        """Listen no more, but keep the port."""
        if self._listener is not None:
            self._listener.close(_PATIENCE)
            self._listener = None
            self._reserve = bound(self._port)

    def _accept(self) -> None:
        """Listen, if it does not."""
        if self._reserve is not None and not self._stopping.is_set():
            self._reserve.close()
            self._reserve = None
            self._listener = self._listen(self._port)

    def _welcome(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._upstream, timeout=_PATIENCE)
        except OSError:
            reset(client)  # as if the server had been reached and had gone
            return
        with self._changed:
            traffic = self._script.popleft() if self._script else self._traffic
            relay = Relay(client, server, traffic=traffic, pause=self._pause, on_end=self._forget)
            self._relays.add(relay)
            self._connections += 1
            self._changed.notify_all()
        relay.start()

    def _pause(self) -> None:
        if self._delay:
            self._stopping.wait(self._delay)

    def _forget(self, relay: Relay) -> None:
        with self._changed:
            self._relays.discard(relay)


def _address(upstream: str) -> tuple[str, int]:
    parts = urlsplit(upstream if "//" in upstream else f"//{upstream}")
    if not parts.hostname or not parts.port:
        raise ValueError(f"upstream must be 'host:port' or a URL with both, not {upstream!r}")
    return parts.hostname, parts.port
