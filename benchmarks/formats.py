"""What it costs to aggregate records and to take aggregates apart, beside the usual ways.

CPU time per record, of aggregates of 800,000 bytes or so. ``aws_kinesis_agg`` takes aggregates in
base64, as Lambda hands them over, and gives the records back in it. ``protobuf`` is its package of
that name with the KPL's schema, the MD5 included.
"""

from __future__ import annotations

import base64
import hashlib
import time
from functools import partial
from typing import TYPE_CHECKING, Any

from aws_kinesis_agg.aggregator import RecordAggregator
from aws_kinesis_agg.deaggregator import deaggregate_records
from aws_kinesis_agg.messages_pb2 import AggregatedRecord

from kinesis_producer import deaggregate
from kinesis_producer.core.formats.kpl import DIGEST_SIZE, MAGIC, KplFormat
from kinesis_producer.core.formats.packed import PackedFormat
from kinesis_producer.core.formats.plain import DelimiterFormat
from kinesis_producer.records import Keys

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.rounds import Candidate
    from kinesis_producer.core.formats import Format

KEY = "customer-007"
KEYS = Keys(KEY, None)
COUNTS = {100: 8000, 1000: 800}

#: Else glibc may give an aggregate's memory back and get it again, page by page, each time: ten
#: times what joining takes, or nothing, as other allocations have it.
ENVIRONMENT = {"MALLOC_TRIM_THRESHOLD_": "67108864", "MALLOC_TOP_PAD_": "67108864"}

#: CPU seconds that each candidate is given.
SPENT = 0.5

KPL, PACKED, DELIMITER = KplFormat(), PackedFormat(), DelimiterFormat(b"\n")


def records(size: int) -> list[bytes]:
    """As many as an aggregate has, all different."""
    return [b"%08d" % number + b"x" * (size - 8) for number in range(COUNTS[size])]


def spent(work: Callable[[], object], size: int) -> float:
    """CPU seconds per record, the work being done over and over."""
    begun, times = time.process_time(), 0
    while time.process_time() - begun < SPENT:
        work()
        times += 1
    return (time.process_time() - begun) / times / COUNTS[size]


def encode(_: str, *, form: Format, size: int) -> float:
    """As a sender does."""
    return spent(partial(form.encode, records(size), KEYS, KEY), size)


def decode(_: str, *, form: Format, size: int, **told: Any) -> float:
    """As a reader does: each record with its keys and its place."""
    blob = form.encode(records(size), KEYS, KEY)
    return spent(partial(deaggregate, blob, **told), size)


def encode_by_aws(_: str, *, size: int) -> float:
    """Record by record."""
    given = records(size)

    def work() -> object:
        aggregator = RecordAggregator()
        for record in given:
            aggregator.add_user_record(KEY, record)
        return aggregator.clear_and_get().get_contents()

    return spent(work, size)


def decode_by_aws(_: str, *, size: int) -> float:
    """An event as Lambda gets it."""
    event = lambda_event(KPL.encode(records(size), KEYS, KEY))
    return spent(partial(deaggregate_records, [event]), size)


def lambda_event(data: bytes) -> dict[str, object]:
    """A Kinesis record as Lambda gets it."""
    kinesis = {
        "data": base64.b64encode(data).decode(),
        "partitionKey": KEY,
        "sequenceNumber": "1",
        "kinesisSchemaVersion": "1.0",
        "approximateArrivalTimestamp": 1.0,
    }
    names = "eventVersion eventID eventSource eventName invokeIdentityArn awsRegion eventSourceARN"
    return {"kinesis": kinesis, **dict.fromkeys(names.split(), "x")}


def encode_by_protobuf(_: str, *, size: int) -> float:
    """Its own objects, one for each record."""
    given = records(size)

    def work() -> bytes:
        message = AggregatedRecord(partition_key_table=[KEY])
        for record in given:
            message.records.add(partition_key_index=0, data=record)
        body = message.SerializeToString()
        return bytes(MAGIC + body + hashlib.md5(body).digest())

    return spent(work, size)


def decode_by_protobuf(_: str, *, size: int) -> float:
    """Data and key of each."""
    blob = KPL.encode(records(size), KEYS, KEY)

    def work() -> object:
        body = blob[len(MAGIC) : -DIGEST_SIZE]
        if hashlib.md5(body).digest() != blob[-DIGEST_SIZE:]:
            return None
        message = AggregatedRecord.FromString(body)
        keys = message.partition_key_table
        return [(one.data, keys[one.partition_key_index]) for one in message.records]

    return spent(work, size)


def join(_: str, *, size: int) -> float:
    """Nothing but that."""
    return spent(partial(b"\n".join, records(size)), size)


def split(_: str, *, size: int) -> float:
    """Nothing but that."""
    return spent(partial(b"\n".join(records(size)).split, b"\n"), size)


def _groups(size: int) -> dict[str, dict[str, Candidate]]:
    told = {"aggregation": "delimiter"}
    return {
        f"KPL aggregates, written, records of {size} bytes": {
            "aws_kinesis_agg": partial(encode_by_aws, size=size),
            "protobuf": partial(encode_by_protobuf, size=size),
            "kpl": partial(encode, form=KPL, size=size),
        },
        f"KPL aggregates, read, records of {size} bytes": {
            "aws_kinesis_agg": partial(decode_by_aws, size=size),
            "protobuf": partial(decode_by_protobuf, size=size),
            "deaggregate()": partial(decode, form=KPL, size=size),
        },
        f"other aggregates, written, records of {size} bytes": {
            "b'\\n'.join": partial(join, size=size),
            "delimiter": partial(encode, form=DELIMITER, size=size),
            "msgpack": partial(encode, form=PACKED, size=size),
        },
        f"other aggregates, read, records of {size} bytes": {
            "bytes.split": partial(split, size=size),
            "deaggregate(), delimiter": partial(decode, form=DELIMITER, size=size, **told),
            "deaggregate(), msgpack": partial(decode, form=PACKED, size=size),
        },
    }


GROUPS: dict[str, dict[str, Candidate]] = {**_groups(100), **_groups(1000)}
