"""The contract: splits and merges."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from kinesis_producer.limits import MAX_HASH_KEY
from tests.contract.service import ACCEPTED, Service, outcome

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST, SECOND, THIRD, FOURTH = (f"shardId-{index:012d}" for index in range(4))


def bounds(shard: dict[str, Any]) -> tuple[int, int]:
    span = shard["HashKeyRange"]
    return int(span["StartingHashKey"]), int(span["EndingHashKey"])


def is_open(shard: dict[str, Any]) -> bool:
    return "EndingSequenceNumber" not in shard["SequenceNumberRange"]


def test_a_split_closes_the_parent(service: Service, parted: str) -> None:
    """After a split the parent is closed, and its open children share its range."""
    parent, other, left, right = service.shards(parted)
    assert [is_open(shard) for shard in (parent, other, left, right)] == [False, True, True, True]
    assert left["ParentShardId"] == right["ParentShardId"] == FIRST
    assert "AdjacentParentShardId" not in left
    assert (bounds(left)[0], bounds(right)[1]) == bounds(parent)
    assert (bounds(left)[1], bounds(right)[0]) == (999, 1000)


def test_numbers_grow_from_parent_to_child(service: Service, parted: str) -> None:
    """A closed shard's last number is less than the first numbers of its children."""
    parent, _, left, right = service.shards(parted)
    begins = [
        int(s["SequenceNumberRange"]["StartingSequenceNumber"]) for s in (parent, left, right)
    ]
    ends = int(parent["SequenceNumberRange"]["EndingSequenceNumber"])
    assert begins[0] < min(begins[1:])
    assert (begins[0] <= ends < min(begins[1:])) == service.expected("ending-number", aws=True)


def test_puts_after_a_split_go_to_the_children(service: Service, parted: str) -> None:
    """A put lands on the child whose range holds its hash key."""
    landed = [service.put(parted, ExplicitHashKey=key)["ShardId"] for key in ("999", "1000")]
    assert landed == [THIRD, FOURTH]


def test_a_merge_joins_two_parents(service: Service) -> None:
    """After a merge both parents are closed, and the one child covers both ranges."""
    name = service.new_stream(2)
    service.merge(name, FIRST, SECOND)
    left, right, child = service.shards(name)
    assert [is_open(shard) for shard in (left, right, child)] == [False, False, True]
    assert (child["ParentShardId"], child["AdjacentParentShardId"]) == (FIRST, SECOND)
    assert bounds(child) == (0, MAX_HASH_KEY)
    assert service.put(name)["ShardId"] == THIRD


def test_records_are_kept_over_split_and_merge(service: Service) -> None:
    """Records put before, between and after a split and a merge are read back, once each."""
    name = service.new_stream()
    sent: list[bytes] = []

    def put_seven() -> None:
        for _ in range(7):
            sent.append(str(len(sent)).encode())
            service.put(name, data=sent[-1], key=str(len(sent)))

    put_seven()
    service.split(name, at=str(2**127))
    put_seven()
    service.merge(name, SECOND, THIRD)
    put_seven()
    shards = [shard["ShardId"] for shard in service.shards(name)]
    read = [record["Data"] for shard in shards for record in service.drain(name, shard)]
    assert sorted(read) == sorted(sent)


def test_a_closed_shard_ends(service: Service) -> None:
    """Reading a closed shard gives its records and then no next iterator, but its children."""
    name = service.new_stream()
    service.put(name, data=b"last")
    service.split(name)
    iterator: str | None = service.iterator(name, FIRST)
    pages: list[dict[str, Any]] = []
    while iterator and len(pages) < 5:
        pages.append(service.client.get_records(ShardIterator=iterator))
        iterator = pages[-1].get("NextShardIterator")
    assert [record["Data"] for page in pages for record in page["Records"]] == [b"last"]
    assert iterator is None
    children = [child["ShardId"] for child in pages[-1].get("ChildShards", [])]
    assert children == service.expected("child-shards", [SECOND, THIRD])
    assert len(pages) == service.expected("pages-of-a-closed-shard", 1)


def test_latest_of_a_closed_shard_ends(service: Service, parted: str) -> None:
    """An iterator LATEST of a closed shard gives nothing and no next iterator."""
    page = service.client.get_records(ShardIterator=service.iterator(parted, FIRST, "LATEST"))
    assert page["Records"] == []
    assert "NextShardIterator" not in page


def test_an_open_shard_does_not_end(service: Service, parted: str) -> None:
    """At the tip of an open shard there is always a next iterator, and no children."""
    page = service.client.get_records(ShardIterator=service.iterator(parted, SECOND, "LATEST"))
    assert page["NextShardIterator"]
    assert not page.get("ChildShards")


@pytest.mark.parametrize(
    ("check", "question"),
    [
        ("split-while-updating", "split"),
        ("merge-while-updating", "merge"),
        ("rescale-while-updating", "rescale"),
        ("delete-while-updating", "delete"),
    ],
)
def test_updating_refuses_changes(service: Service, check: str, question: str) -> None:
    """A stream in UPDATING can be neither resharded again nor deleted."""

    def begin(name: str) -> None:
        service.client.create_stream(StreamName=name, ShardCount=2)
        service.settle(name)
        service.client.split_shard(StreamName=name, ShardToSplit=FIRST, NewStartingHashKey="1000")

    client = service.client
    questions: dict[str, Callable[[str], str]] = {
        "split": lambda name: outcome(
            client.split_shard,
            StreamName=name,
            ShardToSplit=SECOND,
            NewStartingHashKey=str(2**127 + 1000),
        ),
        "merge": lambda name: outcome(
            client.merge_shards, StreamName=name, ShardToMerge=FIRST, AdjacentShardToMerge=SECOND
        ),
        "rescale": lambda name: service.rescale(name, 2),
        "delete": lambda name: outcome(client.delete_stream, StreamName=name),
    }
    # A deleted stream would not be UPDATING any more, wherever that is let pass.
    status = "DELETING" if service.differs(check) and question == "delete" else "UPDATING"
    observed = service.observe_in(status, begin, questions[question])
    assert observed == service.expected(check, "ResourceInUseException")


def test_puts_while_updating(service: Service) -> None:
    """A stream in UPDATING takes puts, on the parent as long as it is open."""

    def begin(name: str) -> None:
        service.client.create_stream(StreamName=name, ShardCount=1)
        service.settle(name)
        service.client.split_shard(StreamName=name, ShardToSplit=FIRST, NewStartingHashKey="1000")

    def put(name: str) -> str:
        return str(service.put(name, ExplicitHashKey="0")["ShardId"])

    observed = service.observe_in("UPDATING", begin, put)
    assert observed == service.expected("put-while-updating", FIRST)


@pytest.mark.parametrize(
    ("check", "arguments", "code"),
    [
        ("split-at-start", {"NewStartingHashKey": "0"}, "InvalidArgumentException"),
        ("split-just-above-start", {"NewStartingHashKey": "1"}, "InvalidArgumentException"),
        ("split-beyond-end", {"NewStartingHashKey": str(2**127 + 5)}, "InvalidArgumentException"),
        ("split-at-garbage", {"NewStartingHashKey": "abc"}, "ValidationException"),
        ("split-no-shard", {"ShardToSplit": "shardId-000000000099"}, "ResourceNotFoundException"),
        ("split-no-stream", {"StreamName": "nowhere"}, "ResourceNotFoundException"),
    ],
)
def test_wrong_splits(service: Service, check: str, arguments: dict[str, str], code: str) -> None:
    """A wrong SplitShard is refused with the code that fits."""
    name = service.new_stream(2)
    usual = {"StreamName": name, "ShardToSplit": FIRST, "NewStartingHashKey": "1000"}
    observed = outcome(service.client.split_shard, **{**usual, **arguments})
    assert observed == service.expected(check, code)


@pytest.mark.parametrize(
    ("check", "shards", "code"),
    [
        ("merge-strangers", (FIRST, THIRD), "InvalidArgumentException"),
        ("merge-backwards", (SECOND, FIRST), "InvalidArgumentException"),
        ("merge-with-itself", (FIRST, FIRST), "InvalidArgumentException"),
        ("merge-no-shard", (FIRST, "shardId-000000000099"), "ResourceNotFoundException"),
    ],
)
def test_wrong_merges(service: Service, check: str, shards: tuple[str, str], code: str) -> None:
    """Only a shard and the one that follows it merge."""
    name = service.new_stream(3)
    observed = outcome(
        service.client.merge_shards,
        StreamName=name,
        ShardToMerge=shards[0],
        AdjacentShardToMerge=shards[1],
    )
    assert observed == service.expected(check, code)


def test_a_closed_shard_is_not_split_again(service: Service) -> None:
    """A shard that was split cannot be split again."""
    name = service.new_stream()
    service.split(name)
    observed = outcome(
        service.client.split_shard, StreamName=name, ShardToSplit=FIRST, NewStartingHashKey="500"
    )
    assert observed == service.expected("split-closed", "InvalidArgumentException")


@pytest.mark.parametrize(("before", "target"), [(2, 4), (2, 3), (3, 2), (4, 2)])
def test_update_shard_count(service: Service, before: int, target: int) -> None:
    """UpdateShardCount leaves as many open shards, which cover every hash key once."""
    name = service.new_stream(before)
    observed = service.rescale(name, target)
    assert observed == service.expected("update-shard-count", ACCEPTED)
    if observed != ACCEPTED:
        return
    service.settle(name)
    spans = sorted(bounds(shard) for shard in service.shards(name) if is_open(shard))
    assert len(spans) == target
    assert (spans[0][0], spans[-1][1]) == (0, MAX_HASH_KEY)
    assert all(a[1] + 1 == b[0] for a, b in itertools.pairwise(spans))


@pytest.mark.parametrize(
    ("check", "before", "target"), [("more-than-double", 2, 5), ("less-than-half", 5, 2)]
)
def test_update_shard_count_has_limits(
    service: Service, check: str, before: int, target: int
) -> None:
    """A target above double or below half the open shards is refused."""
    observed = service.rescale(service.new_stream(before), target)
    assert observed == service.expected(check, "LimitExceededException")
