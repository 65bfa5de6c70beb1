"""What each operation takes: names, types and limits of its members.

Source: the service model in botocore 1.44.5 (kinesis/2013-12-02), read in November 2026. Two
constraints differ from the model on purpose, because the service is known to apply others: an
explicit hash key may have leading zeros, and one out of range is refused as an argument, not by
its pattern.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kinesis_producer.limits import (
    MAX_PARTITION_KEY_LENGTH,
    MAX_RECORD_SIZE,
    MAX_RECORDS_PER_REQUEST,
)
from kinesis_producer.testing.shapes import (
    Blob,
    Flag,
    Integer,
    Kind,
    Structure,
    Text,
    Timestamp,
    base64_size,
    is_base64,
    mistyped,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAME: Final = Text(1, 128, re.compile(r"[a-zA-Z0-9_.-]+"))
_ARN: Final = Text(1, 2048, re.compile(r"arn:aws.*:kinesis:.*:\d{12}:stream/\S+", re.ASCII))
_STREAM: Final[Mapping[str, Kind]] = {"StreamName": _NAME, "StreamARN": _ARN}
_SHARD_ID: Final = _NAME
_CONSUMER_ARN: Final = Text(
    1,
    2048,
    re.compile(
        r"(arn):aws.*:kinesis:.*:\d{12}:.*stream/[a-zA-Z0-9_.-]+/consumer/[a-zA-Z0-9_.-]+:[0-9]+",
        re.ASCII,
    ),
)
_CONSUMER: Final[Mapping[str, Kind]] = {
    "StreamARN": _ARN,
    "ConsumerName": _NAME,
    "ConsumerARN": _CONSUMER_ARN,
}
_KEY: Final = Text(1, MAX_PARTITION_KEY_LENGTH)
_HASH_KEY: Final = Text(pattern=re.compile(r"-?[0-9]+"))
_NUMBER: Final = Text(pattern=re.compile(r"0|([1-9][0-9]{0,128})"))
_TOKEN: Final = Text(1, 1_048_576)
_COUNT: Final = Integer(1)
_PAGE: Final = Integer(1, 10_000)
_RECORD_KIB: Final = Integer(1024, 10_240)
_DATA: Final = Blob(MAX_RECORD_SIZE)
_MODE: Final = Structure(
    {"StreamMode": Text(choices=("PROVISIONED", "ON_DEMAND"))}, ("StreamMode",)
)
_STRATEGY: Final = Text(choices=("AUTO", "USER_PARTITION_KEY"))

ITERATOR_TYPES: Final = (
    "AT_SEQUENCE_NUMBER",
    "AFTER_SEQUENCE_NUMBER",
    "TRIM_HORIZON",
    "LATEST",
    "AT_TIMESTAMP",
)
FILTER_TYPES: Final = (
    "AFTER_SHARD_ID",
    "AT_TRIM_HORIZON",
    "FROM_TRIM_HORIZON",
    "AT_LATEST",
    "AT_TIMESTAMP",
    "FROM_TIMESTAMP",
)
_FILTER: Final = Structure(
    {"Type": Text(choices=FILTER_TYPES), "ShardId": _SHARD_ID, "Timestamp": Timestamp()},
    ("Type",),
)
_ENTRY: Final = Structure(
    {"Data": _DATA, "PartitionKey": _KEY, "ExplicitHashKey": _HASH_KEY},
    ("Data",),  # most streams need a partition key: `puts` sees to that
)


_START: Final = Structure(
    {"Type": Text(choices=ITERATOR_TYPES), "SequenceNumber": _NUMBER, "Timestamp": Timestamp()},
    ("Type",),
)


@dataclass(frozen=True, slots=True)
class Entries:
    """The records of a PutRecords."""

    def faults(self, value: object, *, path: str) -> Iterator[str]:
        """See `Kind`. The usual entry is passed in one look: this is the hot path."""
        if not isinstance(value, list):
            raise mistyped(value, path=path, wanted="a List")
        if not 1 <= len(value) <= MAX_RECORDS_PER_REQUEST:
            bound = "less than or equal to 500" if value else "greater than or equal to 1"
            yield (
                f"Value of {len(value)} records at '{path}' failed to satisfy constraint: Member "
                f"must have length {bound}"
            )
        for index, entry in enumerate(value):
            if not _is_plain(entry):
                yield from _ENTRY.faults(entry, path=f"{path}.{index + 1}.member")


def _is_plain(entry: object) -> bool:
    if type(entry) is not dict or len(entry) != 2:
        return False
    key, data = entry.get("PartitionKey"), entry.get("Data")
    if type(key) is not str or not (key.isascii() and 0 < len(key) <= MAX_PARTITION_KEY_LENGTH):
        return False
    return type(data) is str and is_base64(data) and base64_size(data) <= MAX_RECORD_SIZE


SHAPES: Final[Mapping[str, Structure]] = {
    "CreateStream": Structure(
        {
            "StreamName": _NAME,
            "ShardCount": _COUNT,
            "StreamModeDetails": _MODE,
            "MaxRecordSizeInKiB": _RECORD_KIB,
            "RecordDistributionStrategy": _STRATEGY,
        },
        ("StreamName",),
    ),
    "DeleteStream": Structure({**_STREAM, "EnforceConsumerDeletion": Flag()}),
    "ListStreams": Structure(
        {"Limit": _PAGE, "ExclusiveStartStreamName": _NAME, "NextToken": _TOKEN}
    ),
    "DescribeStream": Structure({**_STREAM, "Limit": _PAGE, "ExclusiveStartShardId": _SHARD_ID}),
    "DescribeStreamSummary": Structure(_STREAM),
    "ListShards": Structure(
        {
            **_STREAM,
            "NextToken": _TOKEN,
            "ExclusiveStartShardId": _SHARD_ID,
            "MaxResults": _PAGE,
            "StreamCreationTimestamp": Timestamp(),
            "ShardFilter": _FILTER,
        }
    ),
    "PutRecord": Structure(
        {
            **_STREAM,
            **_ENTRY.members,
            "SequenceNumberForOrdering": _NUMBER,
            "DryRun": Flag(),
        },
        _ENTRY.required,
    ),
    "PutRecords": Structure({**_STREAM, "Records": Entries(), "DryRun": Flag()}, ("Records",)),
    "GetShardIterator": Structure(
        {
            **_STREAM,
            "ShardId": _SHARD_ID,
            "ShardIteratorType": Text(choices=ITERATOR_TYPES),
            "StartingSequenceNumber": _NUMBER,
            "Timestamp": Timestamp(),
            "DryRun": Flag(),
        },
        ("ShardId", "ShardIteratorType"),
    ),
    "GetRecords": Structure(
        {"StreamARN": _ARN, "ShardIterator": Text(1, 512), "Limit": _PAGE, "DryRun": Flag()},
        ("ShardIterator",),
    ),
    "SplitShard": Structure(
        {**_STREAM, "ShardToSplit": _SHARD_ID, "NewStartingHashKey": _HASH_KEY},
        ("ShardToSplit", "NewStartingHashKey"),
    ),
    "MergeShards": Structure(
        {**_STREAM, "ShardToMerge": _SHARD_ID, "AdjacentShardToMerge": _SHARD_ID},
        ("ShardToMerge", "AdjacentShardToMerge"),
    ),
    "UpdateShardCount": Structure(
        {**_STREAM, "TargetShardCount": _COUNT, "ScalingType": Text(choices=("UNIFORM_SCALING",))},
        ("TargetShardCount", "ScalingType"),
    ),
    "UpdateMaxRecordSize": Structure(
        {"StreamARN": _ARN, "MaxRecordSizeInKiB": _RECORD_KIB},
        ("MaxRecordSizeInKiB",),
    ),
    "UpdateStreamMode": Structure(
        {"StreamARN": _ARN, "StreamModeDetails": _MODE, "WarmThroughputMiBps": Integer(0)},
        ("StreamARN", "StreamModeDetails"),
    ),
    "UpdateStreamRecordDistributionStrategy": Structure(
        {"StreamARN": _ARN, "RecordDistributionStrategy": _STRATEGY},
        ("StreamARN", "RecordDistributionStrategy"),
    ),
    "RegisterStreamConsumer": Structure(
        {"StreamARN": _ARN, "ConsumerName": _NAME}, ("StreamARN", "ConsumerName")
    ),
    "DescribeStreamConsumer": Structure(_CONSUMER),
    "DeregisterStreamConsumer": Structure(_CONSUMER),
    "ListStreamConsumers": Structure(
        {
            "StreamARN": _ARN,
            "NextToken": _TOKEN,
            "MaxResults": _PAGE,
            "StreamCreationTimestamp": Timestamp(),
        },
        ("StreamARN",),
    ),
    "SubscribeToShard": Structure(
        {
            "ConsumerARN": _CONSUMER_ARN,
            "ShardId": _SHARD_ID,
            "StartingPosition": _START,
            "DryRun": Flag(),
        },
        ("ConsumerARN", "ShardId", "StartingPosition"),
    ),
}
