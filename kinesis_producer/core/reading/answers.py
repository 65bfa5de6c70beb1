"""The body of an answer to GetRecords, read: JSON, or CBOR."""

from __future__ import annotations

import math
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.core import base64s, cbor
from kinesis_producer.core.reading import json_pages
from kinesis_producer.core.reading.pages import KinesisRecord, Page
from kinesis_producer.core.shards import read_shard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kinesis_producer.core.shards import Shard

#: Digits of a sequence number, at the most, as the API has it.
_DIGITS: Final = 129

#: CBOR has times in milliseconds. One server has them in seconds: those of the year 5138 are more.
_MILLISECONDS_FROM: Final = 1e11

_NUMBER: Final = itemgetter("SequenceNumber")
_DATA: Final = itemgetter("Data")

#: Twice as fast as calling the class.
_made: Final = partial(tuple.__new__, KinesisRecord)


class MalformedAnswer(ValueError):
    """These bytes are no page of records."""


def read_page(body: bytes) -> Page:
    """The page of records in an answer.

    Some that were asked in CBOR answer in JSON all the same: the first byte tells.

    Raises:
        MalformedAnswer: it is none; half of one is none.
    """
    try:
        if body[:1] == b"{":
            return _page(json_pages.loads(body), _seconds)
        return _page(cbor.loads(body), _seconds_or_milliseconds)
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
        raise MalformedAnswer("the answer is no page of records") from None


def _page(told: Any, seconds: Callable[[float], float]) -> Page:
    following = told.get("NextShardIterator")
    behind = told.get("MillisBehindLatest") or 0
    # without records, it may be half of an answer, and would look like the end of the shard
    _check(following is None or (following and isinstance(following, str)))
    _check(type(behind) is int)
    return Page(
        records=_records(told["Records"], seconds),
        millis_behind=behind,
        iterator=following,
        ended=following is None,
        children=_children(told.get("ChildShards") or ()),
    )


def _records(told: Sequence[Any], seconds: Callable[[float], float]) -> list[KinesisRecord]:
    """By columns: that takes half of what doing one after the other does."""
    _check(type(told) is list)
    keys = [one.get("PartitionKey") for one in told]
    _check(_kinds(keys) <= {str, type(None)})
    times = [one.get("ApproximateArrivalTimestamp") or 0.0 for one in told]
    _check(_kinds(times) <= {int, float} and math.isfinite(sum(times)))
    rows = zip(_numbers(told), _decoded(told), keys, map(seconds, times), strict=True)
    return list(map(_made, rows))


def _numbers(told: Sequence[Any]) -> Iterable[int]:
    texts = list(map(_NUMBER, told))
    digits = "".join(texts)
    # int() takes more than that
    _check(not texts or (digits.isascii() and digits.isdigit()))
    _check(max(map(len, texts), default=0) <= _DIGITS)
    return map(int, texts)


def _decoded(told: Sequence[Any]) -> Iterable[bytes]:
    """What is text is base64, also in the CBOR of some servers."""
    data = list(map(_DATA, told))
    kinds = _kinds(data)
    _check(kinds <= {bytes, str})
    if str not in kinds:
        return data
    return [base64s.decode(one) if type(one) is str else one for one in data]


def _seconds(time: float) -> float:
    return float(time)


def _seconds_or_milliseconds(time: float) -> float:
    return time / 1000 if time >= _MILLISECONDS_FROM else float(time)


def _children(told: Iterable[Any]) -> list[Shard]:
    return [read_shard(child) for child in told]


def _kinds(values: Iterable[object]) -> set[type]:
    return set(map(type, values))


def _check(holds: object) -> None:
    if not holds:
        raise MalformedAnswer
