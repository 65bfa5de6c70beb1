"""A server that answers every PutRecords request a second late, in a process of its own."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Final

from benchmarks.serving import served

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

DELAY: Final = 1.0

_ENTRY: Final = b'{"SequenceNumber":"1","ShardId":"shardId-000000000000"}'


class _Late(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle(self) -> None:
        with suppress(ConnectionError):  # whoever asked has gone
            super().handle()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        records = b",".join([_ENTRY] * body.count(b"PartitionKey"))  # in JSON and in CBOR
        answer = b'{"FailedRecordCount":0,"Records":[%b]}' % records
        time.sleep(DELAY)
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@contextmanager
def late_service() -> Iterator[str]:
    """Its endpoint; it ends with the block."""
    with served(_run) as endpoint:
        yield endpoint


def _run(port: Connection) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Late) as server:
        port.send(server.server_address[1])
        server.serve_forever()
