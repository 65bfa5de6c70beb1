"""Shards are split while aggregates are on their way that hold records of both halves."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import pytest

from kinesis_producer import KinesisProducer
from tests.kcl import writing

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.kcl.scene import Scene

pytestmark = [pytest.mark.real_server, pytest.mark.kcl, pytest.mark.slow]

RECORDS: Final = 20_000
KEYS: Final = 1_000


def test_the_kcl_misses_no_record_of_a_stream_that_was_split_while_being_written(
    scene: Scene, record_property: Callable[[str, object], None]
) -> None:
    """An aggregate that no longer belongs to one shard goes again, in pieces."""
    scene.begin()
    half, done = threading.Event(), threading.Event()
    config = {"stream_name": scene.stream, "aggregation": "kpl", "buffer_time_limit": 0.3}
    with KinesisProducer(config, client=scene.kinesis) as producer:
        writer = threading.Thread(target=write, args=(producer, half, done))
        writer.start()
        half.wait(60)
        for shard in list(writing.list_shards(scene.kinesis, scene.stream)):
            scene.split(shard)
        done.set()
        writer.join()
    totals = producer.totals
    assert totals.delivered == RECORDS
    assert len(scene.open_shards()) == 8
    with scene.kcl() as kcl:
        arrived = Counter(one.data for one in kcl.received({b"%d" % n for n in range(RECORDS)}))
    assert arrived.total() - len(arrived) <= totals.possible_duplicates
    record_property("sent_again", totals.possible_duplicates)
    record_property("arrived_twice", arrived.total() - len(arrived))


def write(producer: Any, half: threading.Event, done: threading.Event) -> None:
    """Half of the records before the shards are split, the rest meanwhile and after."""
    for number in range(RECORDS):
        if number == RECORDS // 4:
            half.set()
        if number >= RECORDS // 4 and not done.is_set():
            done.wait(0.001)
        producer.send(b"%d" % number, partition_key=f"key {number % KEYS}")
