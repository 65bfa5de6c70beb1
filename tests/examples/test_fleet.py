"""`examples/fleet.py`: three workers on DynamoDB, one of which is told to end."""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import pytest

from kinesis_producer import ConsumerConfig, KinesisProducer
from tests.emulators import servers
from tests.examples.programs import EXAMPLES, start, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from kinesis_producer.testing import LocalKinesis
    from tests.examples.programs import Running

pytestmark = [pytest.mark.slow, pytest.mark.real_server, pytest.mark.timeout(300)]

STREAM: Final = "orders"
APPLICATION: Final = "reports"
SHARDS: Final = 6
RECORDS: Final = 3000


@pytest.fixture
def kinesis(local_kinesis: LocalKinesis) -> LocalKinesis:
    local_kinesis.create_stream(STREAM, shards=SHARDS)
    return local_kinesis


@pytest.fixture
def dynamodb() -> Iterator[str]:
    """The address of one. If it is missing, that is skipped at home and fails on CI."""
    reason = servers.missing()
    if reason is not None and "CI" in os.environ:
        pytest.fail(reason)
    if reason is not None:
        pytest.skip(reason)
    with servers.dynalite() as url:
        yield url


@pytest.fixture
def workers(kinesis: LocalKinesis, dynamodb: str, tmp_path: Path) -> Iterator[list[Running]]:
    """Three of them."""
    address = {
        "AWS_ENDPOINT_URL_KINESIS": kinesis.endpoint_url,
        "AWS_ENDPOINT_URL_DYNAMODB": dynamodb,
    }
    outputs = [tmp_path / f"output-{number}" for number in range(3)]
    program = EXAMPLES / "fleet.py"
    started = [start(program, STREAM, APPLICATION, output=one, **address) for one in outputs]
    try:
        yield started
    finally:
        for worker in started:
            worker.kill()


def test_a_fleet_shares_the_shards_and_takes_over_from_who_ends(
    kinesis: LocalKinesis,
    dynamodb: str,
    session: Any,
    workers: list[Running],
    record_property: Callable[[str, object], None],
) -> None:
    """Through a SIGTERM amid records, each is printed once, and all workers print some."""
    client = session.client("dynamodb", endpoint_url=dynamodb)
    until(lambda: shares(client) == [2, 2, 2], seconds=60, failure="the shards are not shared")
    address = {"stream_name": STREAM, "endpoint_url": kinesis.endpoint_url}
    ended, *others = workers
    with KinesisProducer({**address, "buffer_size_limit": 200}, session=session) as producer:
        write(producer, range(RECORDS // 2))
        until(lambda: len(shards(ended)) == 2, seconds=30, failure="two shards are not read")
        ended.process.terminate()
        began = time.monotonic()
        write(producer, range(RECORDS // 2, RECORDS))
        assert ended.process.wait(30) == 0
        until(lambda: shares(client) == [3, 3], seconds=30, failure="no shards are handed over")
        handed_over = time.monotonic() - began
    until(lambda: len(set(printed(workers))) == RECORDS, seconds=30, failure="records are missing")
    assert [other.terminate() for other in others] == [0, 0]
    assert Counter(printed(workers)) == Counter(range(RECORDS))
    assert all(len(shards(worker)) >= 2 for worker in workers)
    assert shares(client) == []
    assert handed_over < ConsumerConfig(stream_name=STREAM).failover_time
    record_property("handed_over_after", round(handed_over, 1))
    client.close()


def write(producer: KinesisProducer, numbers: range) -> None:
    """Over some time, so that what goes on meanwhile goes on amid records."""
    for number in numbers:
        producer.send(b"%d" % number)
        if number % 50 == 0:
            time.sleep(0.05)


def shares(client: Any) -> list[int]:
    """How many shards each worker has that has any."""
    try:
        rows = client.scan(TableName=APPLICATION, ConsistentRead=True)["Items"]
    except client.exceptions.ResourceNotFoundException:
        return []
    owners = [row["leaseOwner"]["S"] for row in rows if "leaseOwner" in row]
    return sorted(Counter(owners).values())


def printed(workers: list[Running]) -> list[int]:
    return [int(line.split()[1]) for worker in workers for line in worker.lines()]


def shards(worker: Running) -> set[str]:
    return {line.split()[0] for line in worker.lines()}
