"""A server that takes every PutRecords request and keeps nothing, in a process of its own.

It answers properly (one sequence number for each record), and as cheaply as it can, so that what is
measured is the client. Its own CPU time is not in any figure.
"""

from __future__ import annotations

import multiprocessing
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

_ENTRY = b'{"SequenceNumber":"%056d","ShardId":"shardId-000000000000"}' % 1
_ANSWER = b'{"FailedRecordCount":0,"Records":[%b]}'
_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\n"
    b"x-amzn-RequestId: sink\r\nContent-Length: %d\r\n\r\n"
)


@contextmanager
def sink() -> Iterator[str]:
    """The endpoint of a sink, which ends with the block."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(theirs,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join(10)


def _run(port: Connection) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port.send(server.getsockname()[1])
        while True:
            connection, _ = server.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_serve, args=(connection,), daemon=True).start()


def _serve(connection: socket.socket) -> None:
    with connection, connection.makefile("rb") as requests:
        while size := _body_size(requests.readline):
            answer = _answer(requests.read(size))
            connection.sendall(_HEAD % len(answer) + answer)


def _body_size(readline: Callable[[], bytes]) -> int:
    """What the head of the next request says; 0 at the end of the connection."""
    size = 0
    while line := readline().strip():
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            size = int(value)
    return size


def _answer(body: bytes) -> bytes:
    """As many sequence numbers as the request has records; base64 has no quotes to confuse it."""
    count = body.count(b'"PartitionKey"')
    return _ANSWER % b",".join([_ENTRY] * count)
