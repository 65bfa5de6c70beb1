"""The event stream encoding: messages with headers and checksums, one after the other.

A message is a prelude (its length, that of its headers, and a CRC-32 of these two), the headers,
the payload, and a CRC-32 of everything before. Numbers are big-endian. Source: the Smithy
specification, "Amazon Event Stream", read in November 2026.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The media type of an answer in this encoding.
EVENT_STREAM_TYPE: Final = "application/vnd.amazon.eventstream"

#: The message that comes before every event where the protocol is JSON.
INITIAL_RESPONSE: Final = "initial-response"

#: The event of SubscribeToShard.
SHARD_EVENT: Final = "SubscribeToShardEvent"

_STRING: Final = 7  # the type of a header's value
_AROUND: Final = 16  # bytes of prelude and checksum


@dataclass(frozen=True, slots=True)
class Event:
    """One message.

    Attributes:
        kind: the event's name, or the exception's code.
        content: the payload, of JSON's types.
        is_exception: whether it says that the stream has failed. It is the last one then.
    """

    kind: str
    content: Mapping[str, Any] = field(default_factory=dict)
    is_exception: bool = False

    @property
    def has_records(self) -> bool:
        """Whether it brings at least one record."""
        return bool(self.content.get("Records"))


def exception(code: str, message: str) -> Event:
    """The message that ends a stream with an error."""
    return Event(code, {"message": message}, is_exception=True)


def encoded(event: Event) -> bytes:
    """The bytes of a message."""
    message_type = "exception" if event.is_exception else "event"
    headers = b"".join(
        _header(name, value)
        for name, value in (
            (f":{message_type}-type", event.kind),
            (":content-type", "application/json"),
            (":message-type", message_type),
        )
    )
    payload = json.dumps(event.content).encode("ascii")
    sizes = struct.pack(">II", _AROUND + len(headers) + len(payload), len(headers))
    checked = sizes + struct.pack(">I", crc32(sizes)) + headers + payload
    return checked + struct.pack(">I", crc32(checked))


def _header(name: str, value: str) -> bytes:
    name_bytes, value_bytes = name.encode("ascii"), value.encode("utf-8")
    size = struct.pack(">BH", _STRING, len(value_bytes))
    return bytes([len(name_bytes)]) + name_bytes + size + value_bytes
