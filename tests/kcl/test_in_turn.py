"""The KCL and `KinesisConsumer`, one after the other: each goes on where the other stopped."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.kcl import recorder
from tests.kcl.scene import JAVA, Scene, after, ends, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kinesis_producer import ConsumerRecord, KinesisConsumer
    from tests.kcl.writing import Places

pytestmark = [pytest.mark.real_server, pytest.mark.kcl, pytest.mark.slow]

#: The shard that is split.
PARENT: Final = "shardId-000000000000"

#: Seconds within which checkpoints must be in the table.
CHECKPOINTED: Final = 30.0


def test_from_the_kcl_to_python_and_back(
    scene: Scene, record_property: Callable[[str, object], None]
) -> None:
    """With a split in between: none is lost, none doubled, and children come after parents."""
    scene.begin()
    record_property("kcl_seconds", let_kcl_read(scene, scene.write(0, 400)))
    assert {one.owner for one in scene.leases().values()} == {JAVA}
    rest = scene.write(400, 800)
    scene.split(PARENT)
    rest |= scene.write(800, 1200)
    began = time.monotonic()
    records = read_all(scene)
    record_property("python_seconds", round(time.monotonic() - began, 1))
    assert Counter(one.data for one in records) == Counter(rest.keys())
    assert_in_order(records, scene)
    record_property("kcl_again_seconds", let_kcl_read(scene, scene.write(1200, 1600)))


def test_the_kcl_goes_on_where_python_was_closed(
    scene: Scene, record_property: Callable[[str, object], None]
) -> None:
    """After a split that Python has seen to: none is lost, and none doubled."""
    first = scene.write(0, 400)
    with scene.consumer() as consumer:
        records = read(consumer, first.keys())
        scene.split(PARENT)
        second = scene.write(400, 800)
        records += read(consumer, second.keys())
        wait_for(scene, second)
    assert Counter(one.data for one in records) == Counter((first | second).keys())
    assert_in_order(records, scene)
    leases = scene.leases()
    assert leases[PARENT].is_finished
    assert {*leases[PARENT].children} == scene.children(PARENT)
    assert {one.owner for one in leases.values()} == {None}
    record_property("kcl_seconds", let_kcl_read(scene, scene.write(800, 1200)))


def test_the_kcl_goes_on_in_the_middle_of_an_aggregate(scene: Scene) -> None:
    """At the very user record after the one that `KinesisConsumer.checkpoint` was given."""
    written = scene.write(0, 400)
    with scene.consumer() as consumer:
        records = read(consumer, written.keys(), checkpoints=False)
        for shard in ends(written):
            last = [one for one in records if one.shard_id == shard][-1].sequence_number
            aggregate = [one for one in records if one.sequence_number == last]
            consumer.checkpoint(aggregate[len(aggregate) // 2])
    halves = scene.checkpoints()
    assert all(at.sub_sequence_number > 0 for at in halves.values())
    left = after(written, halves)
    assert len(left) > len(halves)
    with scene.kcl() as kcl:
        kcl.received(left)
        wait_for(scene, written)
        assert Counter(one.data for one in kcl.received(left)) == Counter(left)


def test_python_goes_on_in_the_middle_of_an_aggregate(scene: Scene) -> None:
    """At the very user record after the last that a KCL has checkpointed before it was killed."""
    scene.begin()
    written = scene.write(0, 400)
    last = {at.sequence_number for at in ends(written).values()}
    with scene.kcl(recorder.MIDDLE) as kcl:
        kcl.received(written.keys())
        wait_until(
            lambda: {at.sequence_number for at in scene.checkpoints().values()} == last,
            seconds=CHECKPOINTED,
            failure=lambda: str(scene.rows()),
        )
        kcl.kill()
    halves = scene.checkpoints()
    assert all(at.sub_sequence_number > 0 for at in halves.values())
    left = after(written, halves)
    assert len(left) > len(halves)
    assert Counter(one.data for one in read_all(scene)) == Counter(left)


def let_kcl_read(scene: Scene, awaited: Places) -> float:
    """A KCL that comes, reads just this, and is ended; seconds until it had."""
    began = time.monotonic()
    with scene.kcl() as kcl:
        kcl.received(awaited.keys())
        seconds = round(time.monotonic() - began, 1)
        wait_for(scene, awaited)
        kcl.end()
    assert Counter(one.data for one in kcl.received(awaited.keys())) == Counter(awaited.keys())
    return seconds


def wait_for(scene: Scene, places: Places) -> None:
    """Until all of these have been checkpointed."""
    last = ends(places)

    def is_done() -> bool:
        return all(at >= last.get(shard, at) for shard, at in scene.checkpoints().items())

    wait_until(is_done, seconds=CHECKPOINTED, failure=lambda: str(scene.rows()))


def read(
    consumer: KinesisConsumer, awaited: Iterable[bytes], *, checkpoints: bool = True
) -> list[ConsumerRecord]:
    """Everything until what is awaited has come."""
    left, records = set(awaited), list[Any]()
    deadline = time.monotonic() + CHECKPOINTED
    while left:
        assert time.monotonic() < deadline, f"{len(left)} records did not come"
        came = consumer.poll(1.0)
        if came and checkpoints:
            consumer.checkpoint(came[-1])
        records += came
        left -= {one.data for one in came}
    return records


def read_all(scene: Scene) -> list[ConsumerRecord]:
    """Everything that there is, by a consumer that comes, and ends."""
    records = list[Any]()
    deadline = time.monotonic() + CHECKPOINTED
    with scene.consumer(until="caught-up") as consumer:
        while came := consumer.poll(deadline - time.monotonic()):
            records += came
            consumer.checkpoint(came[-1])
    assert time.monotonic() < deadline
    return records


def assert_in_order(records: list[ConsumerRecord], scene: Scene) -> None:
    """Each key's records as they were written, those of children after all of their parent."""
    for key in {one.partition_key for one in records}:
        numbers = [int(one.data) for one in records if one.partition_key == key]
        assert numbers == sorted(numbers)
    shards = [one.shard_id for one in records]
    last = len(shards) - 1 - shards[::-1].index(PARENT)
    assert len(scene.children(PARENT)) == 2
    assert not scene.children(PARENT) & set(shards[:last])
