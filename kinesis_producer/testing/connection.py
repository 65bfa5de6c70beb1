"""One client, one thread: requests in, answers out, until either side has had enough."""

from __future__ import annotations

import json
import logging
import threading
from http import HTTPStatus
from typing import TYPE_CHECKING

from kinesis_producer.testing.messages import Disconnect, Response
from kinesis_producer.testing.wire import BadRequest, Head, Wire

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.testing.service import Service

log = logging.getLogger("kinesis_producer.testing")


class Connection:
    """A thread that serves one client. The thread is a daemon and closes the socket at its end."""

    def __init__(
        self,
        wire: Wire,
        *,
        service: Service,
        stopping: threading.Event,
        on_end: Callable[[Connection], None],
    ) -> None:
        self._wire = wire
        self._service = service
        self._stopping = stopping
        self._on_end = on_end
        self._thread = threading.Thread(
            target=self._serve, name="local-kinesis-connection", daemon=True
        )

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def hang_up(self) -> None:
        """End it from another thread, without waiting."""
        self._wire.hang_up()

    def join(self, timeout: float) -> bool:
        """Wait for the end; False if it did not come. A fault that stops the server is let be."""
        if self._thread is threading.current_thread():
            return True
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _serve(self) -> None:
        try:
            while self._exchange():
                pass
        except Disconnect:
            self._wire.reset()
        except OSError:
            log.debug("A client went away")
        except BaseException:
            log.exception("A connection ends because of a fault of the local Kinesis itself")
        finally:
            self._wire.close()
            self._on_end(self)

    def _exchange(self) -> bool:
        """One request and its answer; whether the connection goes on."""
        try:
            head = self._wire.read_head()
            if head is None:
                return False
            response = self._answer(head)
        except BadRequest as error:
            self._send(_plain(error.status, str(error)), keep_alive=False)
            return False
        keep_alive = head.keeps_alive and response.is_honest and head.method == "POST"
        self._send(response, keep_alive=keep_alive)
        return keep_alive and not response.closes

    def _send(self, response: Response, *, keep_alive: bool) -> None:
        self._wire.send(response, keep_alive=keep_alive, wait=self._stopping.wait)

    def _answer(self, head: Head) -> Response:
        if head.method != "POST":
            return _plain(HTTPStatus.METHOD_NOT_ALLOWED, "The protocol knows only POST.")
        body = self._wire.read_body(head)
        return self._service.answer(head.headers, body, stopping=self._stopping)


def _plain(status: HTTPStatus, message: str) -> Response:
    """A refusal of something that is not a request of the protocol."""
    body = json.dumps({"message": f"This is a local Kinesis. {message}"}).encode("ascii")
    allow = "POST" if status is HTTPStatus.METHOD_NOT_ALLOWED else None
    return Response(status=status, body=body, content_type="application/json", allow=allow)
