"""A server that answers every GetRecords with the same page, in a process of its own.

Its own CPU time is not in any figure.
"""

from __future__ import annotations

import base64
import json
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.serving import served
from kinesis_producer.core.cbor_writing import dumps

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from io import BufferedReader
    from multiprocessing.connection import Connection

_CBOR = b"application/x-amz-cbor-1.1"
_JSON = b"application/x-amz-json-1.1"
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"

#: Seconds since the epoch: of every record.
_ARRIVED = 1_763_798_400.123


@contextmanager
def pages(data: Sequence[bytes], key: str) -> Iterator[str]:
    """The endpoint of one that gives these records, which ends with the block."""
    with served(_run, list(data), key) as endpoint:
        yield endpoint


def _run(port: Connection, data: Sequence[bytes], key: str) -> None:
    bodies = {_JSON: _in_json(data, key), _CBOR: _in_cbor(data, key)}
    with socket.create_server(("127.0.0.1", 0)) as server:
        port.send(server.getsockname()[1])
        while True:
            connection, _ = server.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_serve, args=(connection, bodies), daemon=True).start()


def _in_json(data: Sequence[bytes], key: str) -> bytes:
    """Without blanks, as the service writes it."""
    texts = [base64.b64encode(one).decode() for one in data]
    page = _page([_record(*one, _ARRIVED, key) for one in enumerate(texts)])
    return json.dumps(page, separators=(",", ":")).encode()


def _in_cbor(data: Sequence[bytes], key: str) -> bytes:
    return dumps(_page([_record(*one, round(_ARRIVED * 1000), key) for one in enumerate(data)]))


def _page(records: list[dict[str, object]]) -> dict[str, object]:
    return {"Records": records, "NextShardIterator": "A" * 224, "MillisBehindLatest": 1000}


def _record(number: int, data: str | bytes, arrived: float, key: str) -> dict[str, object]:
    return {
        "SequenceNumber": str(10**55 + number),
        "ApproximateArrivalTimestamp": arrived,
        "Data": data,
        "PartitionKey": key,
    }


def _serve(connection: socket.socket, bodies: dict[bytes, bytes]) -> None:
    with connection, connection.makefile("rb") as requests:
        while media_type := _read(requests):
            connection.sendall(_HEAD % (media_type, len(bodies[media_type])))
            connection.sendall(bodies[media_type])


def _read(requests: BufferedReader) -> bytes:
    """A request, of which its media type is enough; nothing at the end of the connection."""
    headers = {}
    while line := requests.readline().strip():
        name, _, value = line.partition(b":")
        headers[name.lower()] = value.strip()
    requests.read(int(headers.get(b"content-length", 0)))
    return headers.get(b"content-type", b"")
