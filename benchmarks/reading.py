"""What pages of 10 MB cost to be read: by boto3 and here, as they come and taken apart.

CPU time per page. ``stdlib`` is without pybase64, which the extra ``fast`` brings.
"""

from __future__ import annotations

import importlib.util
import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
from aws_kinesis_agg.deaggregator import deaggregate_records

from benchmarks.formats import DELIMITER, KEY, KEYS, KPL, PACKED, lambda_event
from benchmarks.pages import pages
from kinesis_producer import ConsumerConfig, Deaggregator
from kinesis_producer import client as pipes
from kinesis_producer.core import base64s

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.rounds import Candidate
    from kinesis_producer.client.reading import StreamReader

#: Else glibc may give the memory of a page back and get it again each time, or not, as sizes have
#: it: ten milliseconds for one candidate, and nothing for the next.
ENVIRONMENT = {"MALLOC_MMAP_THRESHOLD_": "33554432", "MALLOC_TRIM_THRESHOLD_": "268435456"}

UNIT = "us"

#: Pages that each candidate reads, and some before that.
_PAGES = 10
_WARM = 2

_SHAPES = {"10 x 1 MB": (10, 1_000_000), "10,000 x 1 KB": (10_000, 1000)}
_FORMATS = {"delimiter": DELIMITER, "msgpack": PACKED, "kpl": KPL}
_STDLIB = "JSON, stdlib"
_WAYS = {
    _STDLIB: "json",
    **({"JSON, pybase64": "json"} if importlib.util.find_spec("pybase64") else {}),
    "CBOR": "cbor",
}


def boto3_pages(_: str, *, shape: str) -> float:
    """What it gives, with a datetime in each record."""
    with pages(_opaque(shape), KEY) as endpoint:
        return _by_boto3(endpoint, len)


def our_pages(_: str, *, shape: str, way: str) -> float:
    """As a consumer's threads read them."""
    with pages(_opaque(shape), KEY) as endpoint, closing(_reader(endpoint, way)) as reader:
        return _spent(lambda: reader.page("i", 10_000))


def boto3_records(_: str, *, form: str) -> float:
    """Taken apart in the ways that people write first: split, and AWS's own for Lambda."""
    apart = {"delimiter": _split, "kpl": _by_aws}[form]
    with pages(_aggregates(form), KEY) as endpoint:
        return _by_boto3(endpoint, apart)


def our_records(_: str, *, form: str, way: str) -> float:
    """Taken apart as a consumer does, records being tuples with keys and places."""
    apart = Deaggregator(aggregation=form)

    def work() -> None:
        for one in reader.page("i", 10_000).records:
            apart.read(one.data, partition_key=one.partition_key)

    with pages(_aggregates(form), KEY) as endpoint, closing(_reader(endpoint, way)) as reader:
        return _spent(work)


def _opaque(shape: str) -> Sequence[bytes]:
    count, size = _SHAPES[shape]
    return [bytes(range(250)) * (size // 250)] * count


def _aggregates(form: str) -> Sequence[bytes]:
    """Of 10,000 records of 100 bytes, each a little over 1 MB."""
    records = [b"%08d" % number + b"x" * 92 for number in range(10_000)]
    return [_FORMATS[form].encode(records, KEYS, KEY)] * 10


def _reader(endpoint: str, way: str) -> StreamReader:
    if way == _STDLIB:
        vars(base64s)["decode"] = base64s.decode_slowly
    config = ConsumerConfig(stream_name="orders", endpoint_url=endpoint, wire_format=_WAYS[way])
    return pipes.reader(config, give_up_after=10.0)


def _by_boto3(endpoint: str, work: Callable[[Sequence[Any]], object]) -> float:
    with closing(boto3.client("kinesis", endpoint_url=endpoint)) as client:
        return _spent(lambda: work(client.get_records(ShardIterator="i")["Records"]))


def _split(records: Sequence[Any]) -> None:
    for one in records:
        one["Data"].split(b"\n")


def _by_aws(records: Sequence[Any]) -> None:
    for one in records:
        deaggregate_records([lambda_event(one["Data"])])


def _spent(work: Callable[[], object]) -> float:
    """Microseconds of CPU time per page."""
    for _ in range(_WARM):
        work()
    begun = time.process_time()
    for _ in range(_PAGES):
        work()
    return (time.process_time() - begun) / _PAGES * 1e6


def _pages(shape: str) -> dict[str, Candidate]:
    ours: dict[str, Candidate] = {way: partial(our_pages, shape=shape, way=way) for way in _WAYS}
    return {"boto3 get_records": partial(boto3_pages, shape=shape), **ours}


def _records(form: str) -> dict[str, Candidate]:
    names = {"delimiter": "boto3, bytes.split", "kpl": "boto3, aws_kinesis_agg"}
    theirs: dict[str, Candidate] = {}
    if form in names:
        theirs[names[form]] = partial(boto3_records, form=form)
    return {**theirs, **{way: partial(our_records, form=form, way=way) for way in _WAYS}}


GROUPS: dict[str, dict[str, Candidate]] = {
    **{f"GetRecords, {shape}, CPU per page": _pages(shape) for shape in _SHAPES},
    **{
        f"GetRecords, 10 x 1 MB of {form}, taken apart, CPU per page": _records(form)
        for form in _FORMATS
    },
}
