"""Four processes share twelve shards, through a kill, a freeze, a split and a merge."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter, defaultdict
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Final

import pytest
import tenacity

from kinesis_producer import KinesisProducer, stores
from kinesis_producer.stores import StreamId
from tests.workers.conftest import STREAM
from tests.workers.fleet import Fleet, Member, is_stopped, running, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kinesis_producer.core.leasing.lease import Lease
    from kinesis_producer.testing import LocalKinesis

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

RECORDS: Final = 100_000
KEYS: Final = 500
FAILOVER: Final = 3.0
INTERVAL: Final = FAILOVER / 3

#: Seconds for which they are written, at the least: so long everything else goes on.
WRITING: Final = 35.0


def test_fleet(
    kinesis: LocalKinesis,
    session: Any,
    store: str,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    """Nothing is lost, and only what the killed and the frozen had open is given twice."""
    address = {"stream_name": STREAM, "endpoint_url": kinesis.endpoint_url}
    config = {**address, "application_name": "fleet", "failover_time": FAILOVER, "idle_time": 0.2}
    with running(config, store, tmp_path) as fleet, table_of(kinesis, session, store) as table:
        fleet.start(4)
        until(lambda: is_balanced(table, 4, 12), seconds=30, failure="no balance")
        writer = threading.Thread(target=write, args=(address, session), daemon=True)
        writer.start()
        time.sleep(3)
        killed, frozen = fleet.members[:2]
        taken_over = kill(killed, table)
        reshard(kinesis)
        freeze(frozen, table)
        until(lambda: is_balanced(table, 3, 12), seconds=30, failure="no balance after all")
        writer.join(120)
        until(lambda: is_complete(fleet), seconds=60, failure="not all records came")
    record_property("given_twice", judge(fleet, [killed, frozen]))
    record_property("taken_over_after", round(taken_over, 1))
    assert taken_over <= FAILOVER + 2 * INTERVAL


@contextmanager
def table_of(kinesis: LocalKinesis, session: Any, store: str) -> Iterator[Any]:
    """The lease table that the workers use."""
    client = session.client("kinesis", endpoint_url=kinesis.endpoint_url)
    told = client.describe_stream_summary(StreamName=STREAM)["StreamDescriptionSummary"]
    created = round(told["StreamCreationTimestamp"].timestamp() * 1000)
    stream = StreamId(arn=told["StreamARN"], name=STREAM, created=created)
    client.close()
    with closing(stores.of(store)) as opened:
        yield opened.table("fleet", stream)


def live(table: Any) -> list[Lease]:
    """Leases of shards that are not finished; asked again where a busy machine is late."""
    leases = tenacity.retry(stop=tenacity.stop_after_attempt(5), reraise=True)(table.leases)
    return [one for one in leases() if not one.is_finished]


def is_balanced(table: Any, workers: int, shards: int) -> bool:
    """Whether so many workers have all of so many shards, or more, each about as many."""
    leases = live(table)
    owners = Counter(one.owner for one in leases)
    numbers = owners.values()
    return (
        len(leases) >= shards
        and None not in owners
        and len(owners) == workers
        and max(numbers) - min(numbers) <= 1
    )


def write(address: dict[str, Any], session: Any) -> None:
    """Write numbers under keys, in order and steadily."""
    small = {"buffer_size_limit": 400, "kinesis_concurrency": 1}
    began = time.monotonic()
    with KinesisProducer({**address, **small}, session=session) as producer:
        for number in range(RECORDS):
            producer.send(b"%d" % number, partition_key=str(number % KEYS))
            if number % 100 == 0:
                ahead = WRITING * number / RECORDS - (time.monotonic() - began)
                time.sleep(max(0.0, ahead))


def kill(member: Member, table: Any) -> float:
    """Kill a worker; how long its shards are without an owner that lives."""
    name = member.name
    assert any(one.owner == name for one in live(table))
    member.signal(signal.SIGKILL)
    member.process.wait()
    return until(
        lambda: all(one.owner not in {name, None} for one in live(table)),
        seconds=30,
        failure="no take-over",
    )


def freeze(member: Member, table: Any) -> None:
    """Freeze a worker for twice the failover time, between handling and checkpointing."""
    member.signal(signal.SIGUSR1)
    until(lambda: is_stopped(member.process.pid), seconds=20, failure="not frozen")
    time.sleep(2 * FAILOVER)
    assert all(one.owner != member.name for one in live(table))
    member.signal(signal.SIGCONT)
    until(lambda: bool(member.of("lost")), seconds=20, failure="nothing refused")


def reshard(kinesis: LocalKinesis) -> None:
    """Split a shard, and merge two others."""
    shards = kinesis.open_shards(STREAM)
    kinesis.split_shard(STREAM, shard_id=shards[0])
    kinesis.merge_shards(STREAM, shard_id=shards[5], adjacent_id=shards[6])


def is_complete(fleet: Fleet) -> bool:
    """Whether every record was handled."""
    return len({entry[1] for entry in fleet.handled()}) == RECORDS


def judge(fleet: Fleet, broken: list[Member]) -> int:
    """Every record once, and once more for each broken worker that had it open; how many were."""
    times = Counter(entry[1] for entry in fleet.handled())
    allowed = Counter(number for member in broken for number in left_open(member))
    assert set(times) == set(range(RECORDS))
    again = {number: count - 1 for number, count in times.items() if count > 1}
    assert all(count <= allowed[number] for number, count in again.items())
    return sum(again.values())


def left_open(member: Member) -> set[int]:
    """What a worker had handled and not checkpointed when it was killed, or frozen."""
    shards = defaultdict(set)
    for entry in member.entries():
        if entry[0] == "r":
            shards[entry[3]].add(entry[1])
        elif entry[0] == "c":
            shards[entry[1]].clear()
        elif entry[0] == "frozen":
            break
    return set().union(*shards.values())
