"""Pages of records in JSON, read without making texts of their data first.

Data is base64, and nearly all of a page. It is cut out of the bytes and decoded as it lies there;
what remains is small, and read as any JSON.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

from kinesis_producer.core import base64s

#: The name of the data up to where that begins, as it is first met: with a blank, or without.
_OPENING: Final = re.compile(rb'"Data": ?"')

_BACKSLASH: Final = ord("\\")


def loads(body: bytes) -> Any:
    """What the JSON says, where the data of all records may be bytes instead of base64.

    Raises:
        ValueError: it is no JSON.
        RecursionError: it is too deep.
    """
    opening = _OPENING.search(body)
    if opening is not None:
        try:
            return _cut_out(body, opening.group())
        except (AttributeError, LookupError, TypeError, ValueError):
            pass  # odd, as with escapes in the base64: JSON has many ways to say the same
    return _read(body)


def _cut_out(body: bytes, opening: bytes) -> Any:
    """Raises ValueError or the like where it is not certain what belongs to which record.

    A quote within a text has a backslash before it, so an opening can only be that of a value whose
    name is Data, or ends with a quote and Data. Each leaves its number in its place: if these are
    those of the records, each has its own.
    """
    view = memoryview(body)
    rest: list[memoryview | bytes] = []
    data: list[bytes] = []
    last, start = 0, body.find(opening)
    while start >= 0:
        _check(body[start - 1] != _BACKSLASH)
        start += len(opening)
        end = body.index(b'"', start)
        rest += (view[last:start], b"%d" % len(data))
        data.append(base64s.decode(view[start:end]))
        last, start = end, body.find(opening, end)
    told = _read(b"".join([*rest, view[last:]]))
    records = told["Records"]
    _check([one["Data"] for one in records] == [str(place) for place in range(len(data))])
    for one, decoded in zip(records, data, strict=True):
        one["Data"] = decoded
    return told


def _read(body: bytes) -> Any:
    # decoded first: json.loads of bytes takes three times as long
    return json.loads(str(body, "utf-8"), parse_constant=_no_constant)


def _check(holds: object) -> None:
    if not holds:
        raise ValueError


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
