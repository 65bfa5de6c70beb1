"""A Kinesis record that cannot be read: met once, whatever is to be done with it."""

from __future__ import annotations

import logging
import pickle

import boto3
import pytest

from kinesis_producer import BadRecord
from kinesis_producer.stores.memory import MemoryStore
from tests.conftest import STREAM
from tests.consumer.conftest import data, numbered

#: What is no gzip.
POISON = b"poison"

#: Each record is a Kinesis record of its own.
ALONE = {"aggregation": "none", "compression": "gzip"}


@pytest.fixture
def poisoned(kinesis, put):
    """99 records with one that cannot be read among them, all of one key and in order."""
    put(numbered(0, 50), key=lambda number: "k", **ALONE)
    client = boto3.client("kinesis", **kinesis.client_options)
    client.put_record(StreamName=STREAM, Data=POISON, PartitionKey="k")
    client.close()
    put(numbered(50, 99), key=lambda number: "k", **ALONE)


@pytest.mark.usefixtures("poisoned")
def test_dead_letter(consume):
    """A poison record among 100 is handed over once, and the 99 others are given."""
    met = []
    given = {**ALONE, "until": "caught-up", "on_bad_record": "dead_letter"}
    got = data(list(consume(**given, dead_letter=met.append)))
    assert got == numbered(0, 99)
    (bad,) = met
    assert (bad.data, bad.partition_key) == (POISON, "k")
    assert "poison" not in str(bad)


@pytest.mark.usefixtures("poisoned")
def test_raise(consume):
    """By default it is raised where it lies; whoever asks again goes on behind it."""
    consumer = consume(**ALONE, until="caught-up")
    got = []
    with pytest.raises(BadRecord) as raised:
        got += (record.data for record in consumer)
    assert got == numbered(0, 50)
    assert data(list(consumer)) == numbered(50, 99)
    assert pickle.loads(pickle.dumps(raised.value)).data == POISON  # noqa: S301 -- our own


@pytest.mark.usefixtures("poisoned")
def test_raise_in_poll(consume):
    """A poll gives what comes before it first, and raises when it is asked again."""
    consumer = consume(**ALONE)
    assert data(consumer.poll(5.0, 40)) == numbered(0, 40)
    assert data(consumer.poll(5.0)) == numbered(40, 50)
    with pytest.raises(BadRecord):
        consumer.poll(5.0)
    assert data(consumer.poll(5.0)) == numbered(50, 99)


@pytest.mark.usefixtures("poisoned")
def test_skip(consume, caplog):
    """With "skip" the log is told, without a byte of the record."""
    with caplog.at_level(logging.ERROR, "kinesis_producer"):
        got = data(list(consume(**ALONE, until="caught-up", on_bad_record="skip")))
    assert got == numbered(0, 99)
    (said,) = caplog.messages
    assert "left out" in said
    assert "poison" not in said


@pytest.mark.usefixtures("poisoned")
def test_failing_dead_letter(consume):
    """If it could not be handed over, it is met again: nothing is left out in silence."""
    attempts = []

    def refuse(bad):
        attempts.append(bad)
        if len(attempts) < 3:
            raise OSError("the disk is full")

    given = {**ALONE, "until": "caught-up", "on_bad_record": "dead_letter"}
    consumer = consume(**given, dead_letter=refuse)
    got = []
    for _ in range(2):
        with pytest.raises(OSError, match="disk"):
            got += (record.data for record in consumer)
    got += data(list(consumer))
    assert got == numbered(0, 99)
    assert len(attempts) == 3


@pytest.mark.usefixtures("poisoned")
def test_asking_in_dead_letter(consume):
    """To ask while it answers is a mistake, and said to be one."""
    given = {**ALONE, "until": "caught-up", "on_bad_record": "dead_letter"}
    asked = []
    consumer = consume(**given, dead_letter=lambda _: next(asked[0]))
    asked.append(consumer)
    with pytest.raises(RuntimeError, match="asked while it answers"):
        list(consumer)


@pytest.mark.usefixtures("poisoned")
def test_checkpointed(consume):
    """A record that was met, and asked on after, is behind the next worker, too."""
    store = MemoryStore()
    fleet = {**ALONE, "application_name": "reports", "checkpoints": store, "auto_checkpoint": True}
    with consume(**fleet, until="caught-up", on_bad_record="skip") as first:
        assert len(list(first)) == 99
    with consume(**fleet, until="caught-up") as second:
        assert list(second) == []
