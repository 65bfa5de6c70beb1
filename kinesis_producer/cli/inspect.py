"""``streams`` and ``shards``: what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_producer.cli.options import add_aws, calls_of

if TYPE_CHECKING:
    import argparse


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add both commands."""
    streams = commands.add_parser("streams", help="list the streams")
    add_aws(streams)
    streams.set_defaults(run=list_streams)
    shards = commands.add_parser("shards", help="list the shards of a stream")
    shards.add_argument("stream", metavar="STREAM")
    add_aws(shards)
    shards.set_defaults(run=list_shards)


def list_streams(options: argparse.Namespace) -> int:
    """One name a line."""
    for name in calls_of(options).streams():
        print(name)
    return 0


def list_shards(options: argparse.Namespace) -> int:
    """One shard a line: id, state, parents, and the range of hash keys."""
    for shard in calls_of(options).shards({"StreamName": options.stream}):
        closed = "EndingSequenceNumber" in shard["SequenceNumberRange"]
        parents = [shard.get("ParentShardId"), shard.get("AdjacentParentShardId")]
        hashes = shard["HashKeyRange"]
        print(
            shard["ShardId"],
            "closed" if closed else "open",
            "+".join(filter(None, parents)) or "-",
            f"{hashes['StartingHashKey']}..{hashes['EndingHashKey']}",
            sep="\t",
        )
    return 0
