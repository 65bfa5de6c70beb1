"""Opaque strings that a client carries: shard iterators and paging tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from typing import Final

_MARK_SIZE: Final = 16


class Seal:
    """Turns fields into text and back; only text that this seal made is opened. Thread-safe.

    The text is not secret, only safe against guessing and mixing up: a shard iterator of a
    128-character stream stays under the service's 512 characters.
    """

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(_MARK_SIZE)

    def close(self, kind: str, *fields: object) -> str:
        """The text of ``fields``, which are of JSON's types."""
        plain = json.dumps([kind, *fields], separators=(",", ":")).encode("ascii")
        return base64.urlsafe_b64encode(self._mark(plain) + plain).decode("ascii")

    def open(self, kind: str, text: str) -> list[object]:
        """The fields of a text made by `close` for the same ``kind``.

        Raises:
            ValueError: it was not, or it was altered.
        """
        raw = base64.urlsafe_b64decode(text.encode("ascii"))
        mark, plain = raw[:_MARK_SIZE], raw[_MARK_SIZE:]
        altered = base64.urlsafe_b64encode(raw).decode("ascii") != text  # decoding is lenient
        if altered or not hmac.compare_digest(mark, self._mark(plain)):
            raise ValueError("not a text of this seal")
        fields: list[object] = json.loads(plain)
        found = fields.pop(0)
        if found != kind:
            raise ValueError(f"a {found}, not a {kind}")
        return fields

    def _mark(self, plain: bytes) -> bytes:
        return hmac.digest(self._secret, plain, hashlib.sha256)[:_MARK_SIZE]
