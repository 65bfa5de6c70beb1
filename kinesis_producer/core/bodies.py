"""Bodies of PutRecords requests, in JSON and in CBOR, as they go over the wire.

Each entry is encoded when it comes, and written into memory that the request before was in.
botocore's own serializer takes four times the payload of memory and, with entries of 1 MB, three
times the CPU time (``docs/performance.rst``).
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING, Any, Final, Protocol

from kinesis_producer.core import base64s, cbor
from kinesis_producer.core.body_buffer import BodyBuffer
from kinesis_producer.core.cbor_writing import head
from kinesis_producer.core.entries import Entry
from kinesis_producer.records import Keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from kinesis_producer.core.formats import Data

JSON: Final = "json"
CBOR: Final = "cbor"
WIRE_FORMATS: Final = (JSON, CBOR)

#: Major types of CBOR; and an array without a length, and its end (RFC 8949).
_BYTES, _TEXT, _MAP = 2, 3, 5
_ARRAY, _END = b"\x9f", b"\xff"


#: Bytes that are encoded at a time; what has more is written by itself.
_STRIDE: Final = 48 * 1024


class WireFormat(Protocol):
    """A way to say it."""

    @property
    def content_type(self) -> str:
        """As the header has it."""
        ...

    def body(
        self, stream: Mapping[str, str], entries: Iterable[Sequence[Entry]], memory: bytearray
    ) -> bytearray:
        """A request in that memory: ``StreamName`` or ``StreamARN``, and entries, some at a time.

        None of them is held when the next are asked for.
        """
        ...

    def read(self, body: bytes | bytearray) -> list[Entry]:
        """The entries of a body that was made here."""
        ...


class JsonFormat:
    """What every server takes."""

    content_type = "application/x-amz-json-1.1"

    def body(
        self, stream: Mapping[str, str], entries: Iterable[Sequence[Entry]], memory: bytearray
    ) -> bytearray:
        """Data in base64. Keys are in ASCII, with what is not escaped."""
        made = BodyBuffer(memory)
        made.add(json.dumps(dict(stream))[:-1].encode() + b', "Records": [')
        comma = b""
        for some in entries:
            made.add(comma)
            _write_json(made, some)
            comma = b","
            del some
        made.add(b"]}")
        return made.finish()

    def read(self, body: bytes | bytearray) -> list[Entry]:  # noqa: D102 -- as the protocol says
        return [_entry(one, base64s.decode(one["Data"])) for one in json.loads(body)["Records"]]


class CborFormat:
    """A third less on the wire, and nothing to encode: what AWS's SDKs for Java speak."""

    content_type = "application/x-amz-cbor-1.1"

    def body(
        self, stream: Mapping[str, str], entries: Iterable[Sequence[Entry]], memory: bytearray
    ) -> bytearray:
        """Data as it is; the array of entries does not say how many there are."""
        made = BodyBuffer(memory)
        named = [_text(name) + _text(value) for name, value in stream.items()]
        made.add(b"".join((head(_MAP, len(stream) + 1), *named, _text("Records"), _ARRAY)))
        for some in entries:
            _write_cbor(made, some)
            del some
        made.add(_END)
        return made.finish()

    def read(self, body: bytes | bytearray) -> list[Entry]:  # noqa: D102 -- as the protocol says
        told: Any = cbor.loads(bytes(body))
        return [_entry(one, one["Data"]) for one in told["Records"]]


def wire_format(name: str) -> WireFormat:
    """That of this name, of `WIRE_FORMATS`."""
    return CborFormat() if name == CBOR else JsonFormat()


# The two that follow have one shape. They are not one function with what differs as arguments: that
# would be two calls more for each entry, of which there may be hundreds.


def _write_json(made: BodyBuffer, entries: Sequence[Entry]) -> None:
    parts: list[bytes] = []
    begin, tail, last = b'{"Data":"', b"", Keys(None, None)
    for data, key, hashed in entries:
        parts.append(begin)
        if isinstance(data, bytes) and len(data) <= _STRIDE:
            parts.append(base64s.encode(data))
        else:
            made.add(b"".join(parts))
            parts.clear()
            _write_base64(made, data)
        if key is not last.partition_key or hashed is not last.explicit_hash_key:
            last = Keys(key, hashed)
            tail = _json_tail(key, hashed)
        parts.append(tail)
        begin = b',{"Data":"'
    made.add(b"".join(parts))


def _write_base64(made: BodyBuffer, data: Data) -> None:
    """Three bytes at a time, wherever a piece of the data ends."""
    rest = b""
    for piece in _strides(data) if isinstance(data, bytes) else data:
        left = rest + piece
        whole = len(left) // 3 * 3
        made.add(base64s.encode(left[:whole]))
        rest = left[whole:]
    made.add(base64s.encode(rest))


def _strides(data: bytes) -> Iterator[bytes]:
    """Small pieces are allocated faster than large ones."""
    return (data[start : start + _STRIDE] for start in range(0, len(data), _STRIDE))


def _write_cbor(made: BodyBuffer, entries: Sequence[Entry]) -> None:
    parts: list[bytes] = []
    tail, last = b"", Keys(None, None)
    for data, key, hashed in entries:
        parts.append(_MAP_OF_TWO if hashed is None else _MAP_OF_THREE)
        if isinstance(data, bytes) and len(data) <= _STRIDE:
            parts.append(_head(data))
            parts.append(data)
        else:
            made.add(b"".join(parts))
            parts.clear()
            _write_bytes(made, data)
        if key is not last.partition_key or hashed is not last.explicit_hash_key:
            last = Keys(key, hashed)
            tail = _cbor_tail(key, hashed)
        parts.append(tail)
    made.add(b"".join(parts))


def _write_bytes(made: BodyBuffer, data: Data) -> None:
    """How many bytes there are is said before them: in four bytes where it is known after them."""
    if isinstance(data, bytes):
        made.add(_head(data))
        made.add(data)
        return
    start = made.end
    made.add(_LARGE)
    for piece in data:
        made.add(piece)
    size = made.end - start - len(_LARGE)
    made.write_over(start, _LARGE[:1] + size.to_bytes(len(_LARGE) - 1))


def _json_tail(key: str, hashed: str | None) -> bytes:
    """What follows the data; entries that lie side by side often share it."""
    tail = "" if hashed is None else f',"ExplicitHashKey":"{hashed}"'
    return f'","PartitionKey":{quoted(key)}{tail}}}'.encode()


def _cbor_tail(key: str, hashed: str | None) -> bytes:
    """The same."""
    tail = b"" if hashed is None else _EXPLICIT_HASH_KEY + _text(hashed)
    return _PARTITION_KEY + _text(key) + tail


def _entry(told: Mapping[str, Any], data: bytes) -> Entry:
    return Entry(data, told["PartitionKey"], told.get("ExplicitHashKey"))


#: What short texts and bytes begin with, by their length: most keys are short.
_HEADS: Final = [head(_TEXT, size) for size in range(256)]
_HEADS_OF_BYTES: Final = [head(_BYTES, size) for size in range(2048)]


def _text(text: str) -> bytes:
    encoded = text.encode()
    size = len(encoded)
    return (_HEADS[size] if size < len(_HEADS) else head(_TEXT, size)) + encoded


def _head(data: bytes) -> bytes:
    size = len(data)
    return _HEADS_OF_BYTES[size] if size < len(_HEADS_OF_BYTES) else head(_BYTES, size)


#: Bytes that may be as many as four bytes say.
_LARGE: Final = head(_BYTES, 2**32 - 1)

_MAP_OF_TWO: Final = head(_MAP, 2) + _text("Data")
_MAP_OF_THREE: Final = head(_MAP, 3) + _text("Data")
_PARTITION_KEY: Final = _text("PartitionKey")
_EXPLICIT_HASH_KEY: Final = _text("ExplicitHashKey")
