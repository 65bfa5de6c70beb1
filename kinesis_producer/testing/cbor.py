"""CBOR at the edge of the local Kinesis: inside, everything is as in JSON.

The other protocol of the service differs in two kinds of values: data is bytes instead of base64,
and times are milliseconds instead of seconds.
"""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.core.cbor import loads
from kinesis_producer.core.cbor_writing import dumps
from kinesis_producer.testing.messages import CBOR_TYPE, JSON_TYPE, ServiceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.testing.messages import Response

_TIMES: Final = {
    "ApproximateArrivalTimestamp",
    "ConsumerCreationTimestamp",
    "StreamCreationTimestamp",
    "Timestamp",
}


def read(body: bytearray) -> object:
    """What a body in CBOR says, as JSON would.

    Raises:
        ServiceError: SerializationException, it is none, or has data that is not bytes.
    """
    try:
        return _changed(loads(bytes(body)), _read_member)
    except ValueError:
        raise ServiceError("SerializationException", "The body is not CBOR.") from None


def translated(response: Response) -> Response:
    """An answer in CBOR; one that a fault has made of other bytes stays as it is."""
    if response.content_type != JSON_TYPE or response.events is not None:
        return response
    body = response.body
    if body and response.is_honest:
        try:
            body = dumps(_changed(json.loads(body), _written_member))
        except (RecursionError, TypeError, ValueError):
            return response
    return replace(response, body=body, content_type=CBOR_TYPE)


def _changed(value: Any, change: Callable[[object, Any], object]) -> Any:
    if isinstance(value, list):
        return [_changed(item, change) for item in value]
    if isinstance(value, dict):
        return {name: _changed(change(name, item), change) for name, item in value.items()}
    return value


def _read_member(name: object, value: Any) -> object:
    if name == "Data":
        return base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else _no_data()
    return value / 1000 if name in _TIMES and type(value) in {int, float} else value


def _written_member(name: object, value: Any) -> object:
    if name == "Data":
        return base64.b64decode(value)
    return round(value * 1000) if name in _TIMES else value


def _no_data() -> object:
    raise ServiceError("SerializationException", "Data: it can not be read as a Blob")
