"""``python -m benchmarks.capacity.real``: a minute of real time, beside the simulation of the same.

Producers in processes of their own send over HTTP to the local Kinesis, which throttles. What was
accepted is read from its ledger; what was throttled, from the metrics of the producers.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from benchmarks.capacity import kinds, loads
from benchmarks.capacity.figures import goodput, throttled
from benchmarks.capacity.scenarios import member
from benchmarks.capacity.stream import CAPACITY
from benchmarks.capacity.world import WARM_UP, Setting, World
from kinesis_producer.metrics import MetricsListener
from kinesis_producer.testing import LocalKinesis

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kinesis_producer.metrics import RequestMetrics

STREAM: Final = "orders"

#: Seconds of a round trip to the local Kinesis, with 100 kB on the way: measured.
TRIP: Final = 0.005

_RECORD: Final = bytes(4_999)
_THROTTLED: Final = "ProvisionedThroughputExceededException"

#: When entries were answered, how many, and how many of them were throttled.
Answers = list[tuple[float, int, int]]


@dataclass(frozen=True, slots=True)
class Scene:
    """Something that happens to a stream, here and in the simulation.

    Attributes:
        producers: how many.
        offered: to the stream, as a share of what it takes at first.
        at: seconds after the warm-up at which ``change`` comes.
        measured: seconds after the warm-up from when on it is measured.
        free: shards that are left out, of those there are at first.
    """

    producers: int = 1
    offered: float = 2.0
    at: float = 0.0
    change: Callable[[LocalKinesis], None] = lambda _: None
    events: Callable[[World], None] = lambda _: None
    measured: float = 0.0
    free: int = 0


def hold(kinesis: LocalKinesis) -> None:
    """A stranger takes nine tenths of the first shard."""
    kinesis.hold(STREAM, shard_id=kinesis.open_shards(STREAM)[0], share=0.9)


def split(kinesis: LocalKinesis) -> None:
    """Every shard is split."""
    for shard_id in kinesis.open_shards(STREAM):
        kinesis.split_shard(STREAM, shard_id=shard_id)


def _hold_first(world: World) -> None:
    world.clock.at(world.begin, lambda: world.stream.hold(0, 0.1))


SCENES: Final = {
    "1 one producer": Scene(),
    "2 three producers": Scene(producers=3),
    "3 a shard held down": Scene(change=hold, events=_hold_first, free=1),
    "4 every shard split": Scene(
        offered=4.0, at=loads.SPLIT_AT, change=split, events=loads.split, measured=13.0
    ),
    "5 half the capacity": Scene(producers=3, offered=0.5),
}


def simulated(scene: Scene, shards: int, seconds: float) -> tuple[float, float]:
    """Goodput and throttled entries, as shares."""
    setting = Setting(
        [member(kinds.ours)] * scene.producers,
        shards=shards,
        offered=scene.offered,
        trip=TRIP,
        events=scene.events,
    )
    world = World(setting, 0, seconds).run()
    begin = world.begin + scene.measured
    if scene.free:
        names = world.stream.ids()[scene.free :]
        share = world.accepted(begin, world.end, names) / (CAPACITY * len(names) * seconds)
        return share, throttled(world, begin, world.end)
    return goodput(world, begin, world.end), throttled(world, begin, world.end)


def played(scene: Scene, shards: int, seconds: float) -> tuple[float, float]:
    """The same, as it went."""
    with (
        LocalKinesis(throttle=True) as kinesis,
        multiprocessing.get_context("spawn").Pool(scene.producers) as pool,
    ):
        kinesis.create_stream(STREAM, shards=shards)
        begin = time.time() + WARM_UP + 2.0  # for the processes to start
        rate = scene.offered * shards * CAPACITY / scene.producers
        given = (kinesis.endpoint_url, rate, begin + seconds)
        results = pool.starmap_async(produce, [given] * scene.producers)
        held = kinesis.open_shards(STREAM)[: scene.free]
        time.sleep(max(0.0, begin + scene.at - time.time()))
        scene.change(kinesis)
        answers = [one for each in results.get() for one in each]
        now = begin + scene.measured, begin + seconds
        took = sum(
            len(one.data) + len(one.partition_key or "")
            for one in kinesis.ledger(STREAM)
            if now[0] <= one.arrived_at < now[1] and one.shard_id not in held
        )
        takers = len(set(kinesis.open_shards(STREAM)) - set(held))
    sent = [one for one in answers if now[0] <= one[0] < now[1]]
    entries = sum(count for _, count, _ in sent) or 1
    return took / (CAPACITY * takers * (now[1] - now[0])), sum(one[2] for one in sent) / entries


def produce(url: str, rate: float, until: float) -> Answers:
    """Offer so many bytes a second until then, as far as there is room; what was answered."""
    import boto3.session  # noqa: PLC0415 -- in a process of its own

    from kinesis_producer import KinesisProducer  # noqa: PLC0415

    listener = _Listener()
    session = boto3.session.Session("local", "local", region_name="us-east-1")
    config = {"stream_name": STREAM, "endpoint_url": url, "buffer_size_limit": 25_000}
    producer = KinesisProducer(config, session=session, metrics=listener)
    begun, sent = time.time(), 0
    while (now := time.time()) < until:
        due = int((now - begun) * rate / len(_RECORD)) - sent
        if due > 0:
            producer.send_many([_RECORD] * min(due, 50))
            sent += min(due, 50)
        else:
            time.sleep(0.002)
    producer.abort()
    return listener.answers


class _Listener(MetricsListener):
    def __init__(self) -> None:
        self.answers: Answers = []

    def request(self, metrics: RequestMetrics) -> None:
        found = (time.time(), metrics.kinesis_records, metrics.errors[_THROTTLED])
        self.answers.append(found)


def main(arguments: Sequence[str] | None = None) -> None:
    """A row for each scene and number of shards."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.capacity.real", description=__doc__)
    parser.add_argument("--shards", type=int, nargs="+", default=[2, 4])
    parser.add_argument("--seconds", type=float, default=60.0, help="that are measured")
    parser.add_argument("--only", default="", metavar="WORDS", help="scenes with these in them")
    options = parser.parse_args(arguments)
    print(f"{'':24}{'shards':>8}{'real':>10}{'throttled':>11}{'simulated':>11}{'throttled':>11}")
    for shards in options.shards:
        for name, scene in SCENES.items():
            if options.only in name:
                real = played(scene, shards, options.seconds)
                found = (*real, *simulated(scene, shards, options.seconds))
                cells = "".join(f"{share:11.2%}" for share in found)
                print(f"{name:24}{shards:8}{cells}", flush=True)


if __name__ == "__main__":
    main()
