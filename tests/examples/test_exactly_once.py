"""`examples/exactly_once.py`: killed at random moments, it writes every record exactly once."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pytest
from sqlalchemy import create_engine, text

from kinesis_producer import KinesisProducer
from kinesis_producer.stores import SqlStore, StreamId
from tests.emulators import postgres
from tests.examples.programs import EXAMPLES, start, until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from kinesis_producer.testing import LocalKinesis
    from tests.examples.programs import Running

pytestmark = [pytest.mark.slow, pytest.mark.database, pytest.mark.timeout(400)]

STREAM: Final = "orders"
KILLS: Final = 12
SEED: Final = 20261121

#: A second, while there is somebody to be killed: some thousands in the end.
RECORDS: Final = 100

#: A worker that died is replaced soon, and a quiet shard is looked at often.
HURRY: Final = ('"exactly-once"}', '"exactly-once", "failover_time": 1.5, "idle_time": 0.1}')

#: The same program, with the checkpoint behind the commit instead of before it.
CHECKPOINT: Final = "consumer.checkpoint(records[-1]"
OUTSIDE: Final = (
    f"    {CHECKPOINT}, connection=connection)\n",
    f"{CHECKPOINT})\n",
)

#: No key, so that a row may be there twice. The id counts rows that were rolled back, too. To write
#: a checkpoint takes a while, so that many kills come in the middle of it.
TABLE: Final = """
    CREATE TABLE output (data text, id serial);
    CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN PERFORM pg_sleep(0.1); RETURN NULL; END $$;
    CREATE TRIGGER slow AFTER UPDATE OF checkpoint ON kinesis_leases
        FOR EACH STATEMENT EXECUTE FUNCTION dawdle();
"""


@pytest.fixture
def kinesis(local_kinesis: LocalKinesis) -> LocalKinesis:
    local_kinesis.create_stream(STREAM, shards=3)
    return local_kinesis


@pytest.fixture
def database() -> Iterator[str]:
    """A PostgreSQL with the table. If it is missing, that is skipped at home and fails on CI."""
    reason = postgres.missing()
    if reason is not None and "CI" in os.environ:
        pytest.fail(reason)
    if reason is not None:
        pytest.skip(reason)
    with postgres.postgres() as url:
        store = SqlStore(url)
        store.table("another", StreamId(arn="", name="", created=0))
        store.close()
        with connected(url) as engine, engine.begin() as connection:
            connection.execute(text(TABLE))
        yield url


@contextmanager
def connected(url: str) -> Iterator[Engine]:
    engine = create_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@dataclass(slots=True)
class Story:
    """A program that is killed again and again while records are written to the stream.

    Attributes:
        program: what is run.
        kinesis: has the stream.
        database: has the table.
        directory: where output goes.
        workers: those that run.
        started: how many ever were.
    """

    program: Path
    kinesis: LocalKinesis
    database: str
    directory: Path
    workers: list[Running] = field(default_factory=list)
    started: int = 0

    def start(self) -> None:
        self.started += 1
        output = self.directory / f"output-{self.started}"
        address = {"AWS_ENDPOINT_URL_KINESIS": self.kinesis.endpoint_url}
        self.workers.append(start(self.program, STREAM, self.database, output=output, **address))

    def tell(self, engine: Engine, dice: random.Random, kills: int) -> None:
        """First one worker, then two; two shards are split in between."""
        self.start()
        for kill in range(kills):
            if kill == kills // 2:
                self.start()
            if kill in {kills // 3, kills * 2 // 3}:
                self.kinesis.split_shard(STREAM, shard_id=self.kinesis.open_shards(STREAM)[0])
            before = len(rows(engine))
            until(partial(has_more, engine, before), seconds=60, failure="no row more")
            killed = self.workers.pop(dice.randrange(len(self.workers)))
            self.start()
            time.sleep(dice.uniform(0.0, 0.4))
            killed.kill()

    def end(self) -> list[int]:
        return [worker.terminate() for worker in self.workers]

    def clear(self) -> None:
        for worker in self.workers:
            worker.kill()


@dataclass(frozen=True, slots=True)
class Ending:
    """What was written to the stream, how often it is in the table, and what was rolled back."""

    records: Counter[int]
    rows: Counter[int]
    rolled_back: int


def rows(engine: Engine) -> list[int]:
    with engine.begin() as connection:
        return [int(one) for one in connection.execute(text("SELECT data FROM output")).scalars()]


def has_more(engine: Engine, before: int) -> bool:
    return len(rows(engine)) > before


@contextmanager
def writing(kinesis: LocalKinesis, session: Any) -> Iterator[list[int]]:
    """Write numbers to the stream, steadily; which, is known in the end."""
    written: list[int] = []
    over = threading.Event()
    writer = threading.Thread(target=write, args=(kinesis, session, written, over), daemon=True)
    writer.start()
    try:
        yield written
    finally:
        over.set()
        writer.join(30)


def write(kinesis: LocalKinesis, session: Any, written: list[int], over: threading.Event) -> None:
    config = {"stream_name": STREAM, "endpoint_url": kinesis.endpoint_url, "buffer_size_limit": 50}
    with KinesisProducer(config, session=session) as producer:
        for number in range(100_000):
            producer.send(b"%d" % number)
            written.append(number)
            if over.wait(1 / RECORDS):
                break


def tell(story: Story, session: Any, kills: int) -> Ending:
    """What has become of it."""
    with connected(story.database) as engine:
        try:
            with writing(story.kinesis, session) as written:
                story.tell(engine, random.Random(SEED), kills)
            until(lambda: set(rows(engine)) == set(written), seconds=60, failure="not all is there")
            # who was started last may not have come to its handler yet
            assert set(story.end()) <= {0, -signal.SIGTERM}
        finally:
            story.clear()
        with engine.begin() as connection:
            last = connection.execute(text("SELECT last_value FROM output_id_seq")).scalar_one()
        found = Counter(rows(engine))
    return Ending(Counter(written), found, last - found.total())


def copy(directory: Path, *changes: tuple[str, str]) -> Path:
    """The example, with changes."""
    source = (EXAMPLES / "exactly_once.py").read_text(encoding="utf-8")
    for old, new in changes:
        assert source.count(old) == 1
        source = source.replace(old, new)
    program = directory / "exactly_once.py"
    program.write_text(source, encoding="utf-8")
    return program


def test_killed_again_and_again_it_writes_every_record_once(
    kinesis: LocalKinesis,
    session: Any,
    database: str,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    """By kills, some of them amid a transaction, no record is lost, and none is there twice."""
    story = Story(copy(tmp_path, HURRY), kinesis, database, tmp_path)
    ending = tell(story, session, KILLS)
    record_property("records", ending.records.total())
    record_property("rolled_back", ending.rolled_back)
    assert ending.rolled_back > 0
    assert ending.rows == ending.records


def test_with_the_checkpoint_outside_of_the_transaction_rows_are_doubled(
    kinesis: LocalKinesis,
    session: Any,
    database: str,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    """So the test above can fail."""
    story = Story(copy(tmp_path, HURRY, OUTSIDE), kinesis, database, tmp_path)
    ending = tell(story, session, KILLS)
    record_property("records", ending.records.total())
    record_property("doubled", (ending.rows - ending.records).total())
    assert not ending.records - ending.rows
    assert ending.rows - ending.records
