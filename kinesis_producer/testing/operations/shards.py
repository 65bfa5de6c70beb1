"""ListShards: pages and filters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from kinesis_producer.testing.messages import Parameters, ServiceError
from kinesis_producer.testing.operations.descriptions import written
from kinesis_producer.testing.stream import IN_SERVICE, Stream

if TYPE_CHECKING:
    from kinesis_producer.testing.operations.call import Call, Result
    from kinesis_producer.testing.shard import Shard

#: Shards on a page, unless fewer are asked for (API reference, ListShards).
MAX_SHARDS: Final = 1000

#: Seconds that a NextToken is good for (API reference, ListShards).
TOKEN_LIFE: Final = 300

#: What a NextToken already says (API reference; the service names the first that is doubled).
_SAID_BY_TOKEN: Final = (
    "StreamName",
    "StreamARN",
    "ExclusiveStartShardId",
    "StreamCreationTimestamp",
    "ShardFilter",
)

#: The member that a filter of that type needs, and that no other may have.
_NEEDED: Final = {
    "AFTER_SHARD_ID": "ShardId",
    "AT_TIMESTAMP": "Timestamp",
    "FROM_TIMESTAMP": "Timestamp",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """What a chain of pages lists, and how far it came.

    Attributes:
        created: the stream's creation in milliseconds, or None: of a namesake the pages end.
        after: list only shards with a greater id.
    """

    stream_name: str
    created: int | None
    shard_filter: dict[str, Any]
    after: str


def list_shards(call: Call) -> Result:
    """ListShards. A stream in CREATING or DELETING is in use (API reference)."""
    listing = _continued(call) if "NextToken" in call.parameters else _begun(call)
    limit = min(call.parameters.get("MaxResults", MAX_SHARDS), MAX_SHARDS)
    with call.account.stream(listing.stream_name) as stream:
        _check(stream, listing)
        shards = [shard for shard in stream.shards if shard.shard_id > listing.after]
        shards = [shard for shard in shards if _passes(shard, stream, listing.shard_filter)]
        result: dict[str, object] = {"Shards": [written(shard) for shard in shards[:limit]]}
        if len(shards) > limit:
            result["NextToken"] = _token(call, stream, listing, shards[limit - 1])
    return result


def _begun(call: Call) -> Listing:
    parameters = call.parameters
    moment = parameters.get("StreamCreationTimestamp")
    return Listing(
        stream_name=call.account.addressed(parameters),
        created=None if moment is None else int(moment) * 1000,
        shard_filter=_checked_filter(parameters),
        after=parameters.get("ExclusiveStartShardId", ""),
    )


def _continued(call: Call) -> Listing:
    for name in _SAID_BY_TOKEN:
        if name in call.parameters:
            raise _invalid(f"NextToken and {name} cannot be provided together.")
    try:
        fields: list[Any] = call.account.seal.open("shards", call.parameters["NextToken"])
    except ValueError:
        raise _invalid("The NextToken is not valid.") from None
    issued, *rest = fields
    if call.account.now().monotonic - issued > TOKEN_LIFE:
        raise ServiceError("ExpiredNextTokenException", f"It is good for {TOKEN_LIFE} seconds.")
    return Listing(*rest)


def _token(call: Call, stream: Stream, listing: Listing, last: Shard) -> str:
    return call.account.seal.close(
        "shards",
        call.account.now().monotonic,
        stream.name,
        stream.created,
        listing.shard_filter,
        last.shard_id,
    )


def _check(stream: Stream, listing: Listing) -> None:
    # Clients write whole seconds, so that is what a creation is compared by.
    created = listing.created
    if created is not None and created // 1000 != stream.created // 1000:
        raise ServiceError(
            "ResourceNotFoundException", f"No stream {stream.name} was created at that time."
        )
    if stream.status not in IN_SERVICE:
        raise ServiceError(
            "ResourceInUseException",
            f"Stream {stream.name} under account {stream.owner} is neither ACTIVE nor UPDATING, "
            f"instead in state {stream.status.value}",
        )


def _checked_filter(parameters: Parameters) -> dict[str, Any]:
    shard_filter: dict[str, Any] = parameters.get("ShardFilter") or {"Type": "FROM_TRIM_HORIZON"}
    needed = _NEEDED.get(shard_filter["Type"])
    for name in ("ShardId", "Timestamp"):
        if (shard_filter.get(name) is not None) != (name == needed):
            verb = "needs a" if name == needed else "takes no"
            raise _invalid(f"A ShardFilter of Type {shard_filter['Type']} {verb} {name}.")
    return shard_filter


def _passes(shard: Shard, stream: Stream, shard_filter: dict[str, Any]) -> bool:
    """Nothing is ever trimmed, so the trim horizon is where the first shards opened."""
    kind = shard_filter["Type"]
    if kind == "AFTER_SHARD_ID":
        return bool(shard.shard_id > shard_filter["ShardId"])
    if kind == "AT_LATEST":
        return shard.is_open
    if kind == "AT_TRIM_HORIZON":
        return not shard.parents
    if kind == "FROM_TRIM_HORIZON":
        return True
    moment = max(shard_filter["Timestamp"], stream.shards[0].opened_at)
    return shard.was_open_at(moment) if kind == "AT_TIMESTAMP" else shard.was_open_since(moment)


def _invalid(message: str) -> ServiceError:
    return ServiceError("InvalidArgumentException", message)
