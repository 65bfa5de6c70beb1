"""Ready-made serializers, for records that are not bytes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgpack

from kinesis_producer.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Serializer = Callable[[Any], bytes]


def _json(record: Any) -> bytes:
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()


def _msgpack(record: Any) -> bytes:
    packed: bytes = msgpack.packb(record)
    return packed


def _str(record: Any) -> bytes:
    return str(record).encode()


SERIALIZERS: Final[Mapping[str, Serializer]] = {"json": _json, "msgpack": _msgpack, "str": _str}


def serializer_of(given: str | Serializer | None) -> Serializer | None:
    """The serializer of that name, or the one given.

    Raises:
        ConfigError: it is neither a callable nor a known name.
    """
    if given is None or callable(given):
        return given
    if isinstance(given, str) and given in SERIALIZERS:
        return SERIALIZERS[given]
    raise ConfigError(f"serializer: give a callable or one of {', '.join(map(repr, SERIALIZERS))}")
