"""Bodies of errors, as botocore's parser can bear them."""

from __future__ import annotations

import json

from kinesis_producer.core import cbor


def in_json(body: bytes) -> bytes:
    """An error in CBOR, as botocore reads it; as it is, if it is in anything else."""
    try:
        return json.dumps(cbor.loads(body)).encode()
    except (TypeError, ValueError):
        return body


def bearable(body: bytes) -> bytes:
    """An error, less what botocore's parser falls over: JSON that is no object, or has no code."""
    try:
        told = json.loads(body.decode())
    except (UnicodeDecodeError, RecursionError):
        return b"{}"
    except ValueError:
        return body  # it makes that the message
    known = isinstance(told, dict) and isinstance(told.get("__type", ""), str)
    return body if known else b"{}"
