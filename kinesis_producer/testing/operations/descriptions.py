"""DescribeStream, DescribeStreamSummary, and how shards are written in answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kinesis_producer.limits import KIB

if TYPE_CHECKING:
    from kinesis_producer.core.hash_keys import HashRange
    from kinesis_producer.testing.operations.call import Call, Result
    from kinesis_producer.testing.shard import Shard
    from kinesis_producer.testing.stream import Stream

#: Shards on a page, unless fewer are asked for (API reference, DescribeStream).
MAX_SHARDS: Final = 100

#: Hours (developer guide: the default). The local Kinesis keeps records until the stream goes.
RETENTION_HOURS: Final = 24


def describe_stream(call: Call) -> Result:
    """DescribeStream. A stream in CREATING has no shards yet."""
    limit = min(call.parameters.get("Limit", MAX_SHARDS), MAX_SHARDS)
    start = call.parameters.get("ExclusiveStartShardId", "")
    with call.stream() as stream:
        shards = [shard for shard in stream.shards if shard.shard_id > start]
        described = _description(stream)
        described["Shards"] = [written(shard) for shard in shards[:limit]]
        described["HasMoreShards"] = len(shards) > limit
    return {"StreamDescription": described}


def describe_stream_summary(call: Call) -> Result:
    """DescribeStreamSummary."""
    with call.stream() as stream:
        described = _description(stream)
        described["OpenShardCount"] = len(stream.open_shards)
        described["ConsumerCount"] = len(stream.consumers)
        described["MaxRecordSizeInKiB"] = stream.max_record_size // KIB
        if stream.mode == "ON_DEMAND":  # only these have one (service model)
            described["RecordDistributionStrategy"] = stream.strategy
    return {"StreamDescriptionSummary": described}


def written(shard: Shard) -> dict[str, object]:
    """A shard as the service writes it (service model, Shard)."""
    numbers = {"StartingSequenceNumber": shard.starting_number}
    if shard.ending_number is not None:
        numbers["EndingSequenceNumber"] = shard.ending_number
    result: dict[str, object] = {
        "ShardId": shard.shard_id,
        "HashKeyRange": written_range(shard.hash_range),
        "SequenceNumberRange": numbers,
    }
    # One parent after a split, two after a merge, none at the beginning.
    names = ("ParentShardId", "AdjacentParentShardId")
    parents = zip(names, shard.parents, strict=False)
    result.update((name, parent.shard_id) for name, parent in parents)
    return result


def written_range(hash_range: HashRange) -> dict[str, str]:
    """A hash key range as the service writes it: decimal text."""
    return {"StartingHashKey": str(hash_range.first), "EndingHashKey": str(hash_range.last)}


def _description(stream: Stream) -> dict[str, object]:
    return {
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "StreamStatus": stream.status.value,
        "StreamModeDetails": {"StreamMode": stream.mode},
        "RetentionPeriodHours": RETENTION_HOURS,
        "StreamCreationTimestamp": stream.created / 1000,
        "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
        "EncryptionType": "NONE",
    }
