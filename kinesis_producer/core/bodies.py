"""Bodies of PutRecords requests, in JSON and in CBOR, as they go over the wire.

They are built entry by entry into one buffer: no list of encoded entries lies beside it, and no
copy of the whole is made. botocore's own serializer takes four times the payload of memory and,
with entries of 1 MB, three times the CPU time (``docs/performance.rst``).
"""

from __future__ import annotations

import json
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING, Any, Final, Protocol

from kinesis_producer.core import base64s, cbor
from kinesis_producer.core.cbor_writing import head
from kinesis_producer.core.entries import Entry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

JSON: Final = "json"
CBOR: Final = "cbor"
WIRE_FORMATS: Final = (JSON, CBOR)

#: Major types of CBOR; and an array without a length, and its end (RFC 8949).
_BYTES, _TEXT, _MAP = 2, 3, 5
_ARRAY, _END = b"\x9f", b"\xff"


class WireFormat(Protocol):
    """A way to say it."""

    @property
    def content_type(self) -> str:
        """As the header has it."""
        ...

    def body(self, stream: Mapping[str, str], entries: Iterable[Entry]) -> bytearray:
        """A request: ``StreamName`` or ``StreamARN``, and entries."""
        ...

    def read(self, body: bytes | bytearray) -> list[Entry]:
        """The entries of a body that was made here."""
        ...


class JsonFormat:
    """What every server takes."""

    content_type = "application/x-amz-json-1.1"

    def body(self, stream: Mapping[str, str], entries: Iterable[Entry]) -> bytearray:
        """Data in base64. Keys are in ASCII, with what is not escaped."""
        body = bytearray(json.dumps(dict(stream))[:-1].encode())
        body += b', "Records": ['
        comma = b""
        for data, key, hashed in entries:
            body += b'%b{"Data":"' % comma
            body += base64s.encode(data)
            tail = "}" if hashed is None else f',"ExplicitHashKey":"{hashed}"}}'
            body += f'","PartitionKey":{quoted(key)}{tail}'.encode()
            comma = b","
        body += b"]}"
        return body

    def read(self, body: bytes | bytearray) -> list[Entry]:  # noqa: D102 -- as the protocol says
        return [_entry(one, base64s.decode(one["Data"])) for one in json.loads(body)["Records"]]


class CborFormat:
    """A third less on the wire, and nothing to encode: what AWS's SDKs for Java speak."""

    content_type = "application/x-amz-cbor-1.1"

    def body(self, stream: Mapping[str, str], entries: Iterable[Entry]) -> bytearray:
        """Data as it is; the array of entries does not say how many there are."""
        body = bytearray(head(_MAP, len(stream) + 1))
        for name, value in stream.items():
            body += _text(name) + _text(value)
        body += _text("Records") + _ARRAY
        for data, key, hashed in entries:
            body += _head(_MAP_OF_TWO if hashed is None else _MAP_OF_THREE, data)
            body += data
            body += _PARTITION_KEY + _text(key)
            if hashed is not None:
                body += _EXPLICIT_HASH_KEY + _text(hashed)
        body += _END
        return body

    def read(self, body: bytes | bytearray) -> list[Entry]:  # noqa: D102 -- as the protocol says
        told: Any = cbor.loads(bytes(body))
        return [_entry(one, one["Data"]) for one in told["Records"]]


def wire_format(name: str) -> WireFormat:
    """That of this name, of `WIRE_FORMATS`."""
    return CborFormat() if name == CBOR else JsonFormat()


def _entry(told: Mapping[str, Any], data: bytes) -> Entry:
    return Entry(data, told["PartitionKey"], told.get("ExplicitHashKey"))


def _text(text: str) -> bytes:
    encoded = text.encode()
    return head(_TEXT, len(encoded)) + encoded


def _head(beginning: bytes, data: bytes) -> bytes:
    return beginning + head(_BYTES, len(data))


_MAP_OF_TWO: Final = head(_MAP, 2) + _text("Data")
_MAP_OF_THREE: Final = head(_MAP, 3) + _text("Data")
_PARTITION_KEY: Final = _text("PartitionKey")
_EXPLICIT_HASH_KEY: Final = _text("ExplicitHashKey")
