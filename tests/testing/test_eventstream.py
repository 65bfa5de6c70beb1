"""The event stream encoding, and the answers that consist of it."""

from __future__ import annotations

import struct
import zlib
from typing import Any

from botocore.eventstream import EventStreamBuffer
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer.testing.eventstream import Event, encoded, exception
from kinesis_producer.testing.messages import pushed
from kinesis_producer.testing.wire import parts

TEXT = st.text(max_size=50)


def decoded(raw: bytes) -> list[dict[str, Any]]:
    """What botocore, which checks both sums, reads."""
    buffer = EventStreamBuffer()
    buffer.add_data(raw)
    return [message.to_response_dict() for message in buffer]


def test_a_message_byte_by_byte() -> None:
    """Lengths, their sum, headers, payload, and the sum of it all."""
    raw = encoded(Event("E"))
    headers = (
        b"\x0b:event-type\x07\x00\x01E"
        b"\x0d:content-type\x07\x00\x10application/json"
        b"\x0d:message-type\x07\x00\x05event"
    )
    prelude = struct.pack(">II", 16 + len(headers) + 2, len(headers))
    checked = prelude + struct.pack(">I", zlib.crc32(prelude)) + headers + b"{}"
    assert raw == checked + struct.pack(">I", zlib.crc32(checked))
    assert len(raw) == struct.unpack(">I", raw[:4])[0]


@given(st.text("abcXYZ-", min_size=1, max_size=200), st.dictionaries(TEXT, TEXT, max_size=5))
def test_another_reader_understands_it(kind: str, content: dict[str, str]) -> None:
    """One message after the other, whatever they say."""
    first, second = decoded(encoded(Event(kind, content)) + encoded(exception(kind, "words")))
    assert (first["status_code"], first["headers"][":event-type"]) == (200, kind)
    assert first["headers"][":message-type"] == "event"
    assert (second["status_code"], second["headers"][":exception-type"]) == (400, kind)
    assert second["body"] == b'{"message": "words"}'


def test_events_are_chunks() -> None:
    """Each is one, an empty one is none, and the last chunk is empty."""
    head, *chunks = parts(pushed(iter([b"one", b"", b"0123456789abcdef"])), keep_alive=True)
    assert b"\r\nTransfer-Encoding: chunked\r\n" in head
    assert b"\r\nContent-Type: application/vnd.amazon.eventstream\r\n" in head
    assert b"Content-Length" not in head
    assert chunks == [b"3\r\none\r\n", b"10\r\n0123456789abcdef\r\n", b"0\r\n\r\n"]
