"""The operations of the protocol, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kinesis_producer.testing.operations.consumers import (
    deregister_stream_consumer,
    describe_stream_consumer,
    list_stream_consumers,
    register_stream_consumer,
)
from kinesis_producer.testing.operations.descriptions import (
    describe_stream,
    describe_stream_summary,
)
from kinesis_producer.testing.operations.modes import (
    update_stream_mode,
    update_stream_record_distribution_strategy,
)
from kinesis_producer.testing.operations.puts import put_record, put_records
from kinesis_producer.testing.operations.reads import get_records, get_shard_iterator
from kinesis_producer.testing.operations.resharding import (
    merge_shards,
    split_shard,
    update_shard_count,
)
from kinesis_producer.testing.operations.shards import list_shards
from kinesis_producer.testing.operations.streams import (
    create_stream,
    delete_stream,
    list_streams,
    update_max_record_size,
)
from kinesis_producer.testing.operations.subscriptions import subscribe_to_shard

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kinesis_producer.testing.operations.call import Call, Result

#: What performs each operation. It may raise `ServiceError`.
OPERATIONS: Final[Mapping[str, Callable[[Call], Result]]] = {
    "CreateStream": create_stream,
    "DeleteStream": delete_stream,
    "DeregisterStreamConsumer": deregister_stream_consumer,
    "DescribeStream": describe_stream,
    "DescribeStreamConsumer": describe_stream_consumer,
    "DescribeStreamSummary": describe_stream_summary,
    "GetRecords": get_records,
    "GetShardIterator": get_shard_iterator,
    "ListShards": list_shards,
    "ListStreamConsumers": list_stream_consumers,
    "ListStreams": list_streams,
    "MergeShards": merge_shards,
    "PutRecord": put_record,
    "PutRecords": put_records,
    "RegisterStreamConsumer": register_stream_consumer,
    "SplitShard": split_shard,
    "SubscribeToShard": subscribe_to_shard,
    "UpdateMaxRecordSize": update_max_record_size,
    "UpdateShardCount": update_shard_count,
    "UpdateStreamMode": update_stream_mode,
    "UpdateStreamRecordDistributionStrategy": update_stream_record_distribution_strategy,
}
