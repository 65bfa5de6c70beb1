"""CreateStream, DeleteStream, ListStreams, UpdateMaxRecordSize."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kinesis_producer.limits import DEFAULT_RECORD_SIZE, KIB
from kinesis_producer.testing.messages import Parameters, ServiceError
from kinesis_producer.testing.operations.modes import check_strategy
from kinesis_producer.testing.stream import BY_KEY, Status, Stream

if TYPE_CHECKING:
    from kinesis_producer.testing.account import Account
    from kinesis_producer.testing.operations.call import Call, Result

#: Streams on a page, unless fewer are asked for (API reference, ListStreams).
MAX_STREAMS: Final = 100

#: Shards of a new on-demand stream (developer guide, capacity modes).
ON_DEMAND_SHARDS: Final = 4

_DEFAULT_KIB: Final = DEFAULT_RECORD_SIZE // KIB


def create_stream(call: Call) -> Result:
    """CreateStream. Tags and warm throughput are passed over."""
    parameters = call.parameters
    name, mode = parameters["StreamName"], _mode(parameters)
    strategy = parameters.get("RecordDistributionStrategy", BY_KEY)
    check_strategy(name, mode=mode, strategy=strategy)
    call.account.create(
        name,
        shards=_shard_count(parameters),
        mode=mode,
        strategy=strategy,
        record_size=parameters.get("MaxRecordSizeInKiB", _DEFAULT_KIB) * KIB,
    )
    return None


def delete_stream(call: Call) -> Result:
    """DeleteStream: its records are gone with it, from the ledger too."""
    with call.stream() as stream:
        if stream.consumers and not call.parameters.get("EnforceConsumerDeletion"):
            raise ServiceError(
                "ResourceInUseException",
                f"Stream {stream.name} under account {stream.owner} has consumers registered with "
                "it, and EnforceConsumerDeletion is not set.",
            )
        call.account.delete(stream)
    return None


def list_streams(call: Call) -> Result:
    """ListStreams, in the order of names."""
    limit = min(call.parameters.get("Limit", MAX_STREAMS), MAX_STREAMS)
    start = _start(call)
    with call.account.streams() as streams:
        names = sorted(name for name in streams if name > start)
        summaries = [_summary(streams[name]) for name in names[:limit]]
    result: dict[str, object] = {
        "StreamNames": names[:limit],
        "HasMoreStreams": len(names) > limit,
        "StreamSummaries": summaries,
    }
    if len(names) > limit:
        result["NextToken"] = call.account.seal.close("streams", names[limit - 1])
    return result


def update_max_record_size(call: Call) -> Result:
    """UpdateMaxRecordSize: the new limit holds when UPDATING ends."""
    name = call.account.addressed(call.parameters)
    resize_records(call.account, name=name, size=call.parameters["MaxRecordSizeInKiB"] * KIB)
    return None


def resize_records(account: Account, *, name: str, size: int, delay: float | None = None) -> None:
    """Allow records of ``size`` bytes, key included. ``delay`` as in `Account.begin`."""
    with account.stream(name) as stream:
        stream.require(Status.ACTIVE)
        account.begin(stream, Status.UPDATING, lambda _: stream.resize_records(size), delay=delay)


def _mode(parameters: Parameters) -> str:
    return str(parameters.get("StreamModeDetails", {}).get("StreamMode", "PROVISIONED"))


def _shard_count(parameters: Parameters) -> int:
    count: int | None = parameters.get("ShardCount")
    if _mode(parameters) == "PROVISIONED":
        if count is None:
            raise ServiceError(
                "ValidationException", "A stream of mode PROVISIONED needs a ShardCount."
            )
        return count
    if count is not None:
        raise ServiceError(
            "InvalidArgumentException", "A stream of mode ON_DEMAND takes no ShardCount."
        )
    return ON_DEMAND_SHARDS


def _start(call: Call) -> str:
    name = str(call.parameters.get("ExclusiveStartStreamName", ""))
    token = call.parameters.get("NextToken")
    if token is None:
        return name
    try:
        (last,) = call.account.seal.open("streams", token)
    except ValueError:
        raise ServiceError("InvalidArgumentException", "The NextToken is not valid.") from None
    return str(last)


def _summary(stream: Stream) -> dict[str, object]:
    return {
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "StreamStatus": stream.status.value,
        "StreamModeDetails": {"StreamMode": stream.mode},
        "StreamCreationTimestamp": stream.created / 1000,
    }
