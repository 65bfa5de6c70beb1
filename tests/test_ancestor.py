"""The example in the ancestor's README, unchanged, as a program of its own.

It is given credentials and an endpoint by the environment, and nothing else.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kinesis_producer.testing import LocalKinesis

STREAM = "KINESIS_STREAM_NAME"
CONCURRENCY = "kinesis_concurrency=1"

BEGIN = """
from kinesis_producer import KinesisProducer

config = dict(
    aws_region='us-east-1',
    buffer_size_limit=100000,
    buffer_time_limit=0.2,
    kinesis_concurrency=1,
    kinesis_max_retries=10,
    record_delimiter='\\n',
    stream_name='KINESIS_STREAM_NAME',
    )

k = KinesisProducer(config=config)

for record in records:
    k.send(record)
"""

END = """
k.close()
k.join()
"""

MANY = "records = [b'%06d' % number + b'.' * (number % 300) for number in range(4000)]\n"
SENT = [b"%06d" % number + b"." * (number % 300) for number in range(4000)]


def started(kinesis: LocalKinesis, *source: str) -> subprocess.Popen[str]:
    """A program that finds the local Kinesis by its environment; it has no AWS configuration."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.Popen(
        [sys.executable, "-c", "".join(source)],
        env={
            **kept,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_ENDPOINT_URL_KINESIS": kinesis.endpoint_url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
        },
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def end(program: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Its exit code and what it said, within half a minute; Enter lets it go on."""
    with program:
        try:
            out, err = program.communicate("\n", timeout=30)
        finally:
            program.kill()
    return program.returncode, out, err


def test_every_record_of_the_example_arrives_followed_by_the_delimiter(local_kinesis):
    """In order, in aggregates that keep to the limit, and that are as full as it lets them be."""
    local_kinesis.create_stream(STREAM)
    assert end(started(local_kinesis, MANY, BEGIN, END)) == (0, "", "")
    aggregates = [record.data for record in local_kinesis.ledger(STREAM)]
    assert b"".join(aggregates) == b"".join(record + b"\n" for record in SENT)
    assert all(aggregate.endswith(b"\n") for aggregate in aggregates)
    assert max(map(len, aggregates)) <= 100_000
    assert len(aggregates) < len(SENT) / 100


def test_the_example_delivers_with_several_senders_too(local_kinesis):
    """Every record once, in whatever order."""
    local_kinesis.create_stream(STREAM, shards=2)
    begin = BEGIN.replace(CONCURRENCY, "kinesis_concurrency=4")
    assert end(started(local_kinesis, MANY, begin, END)) == (0, "", "")
    aggregates = [record.data for record in local_kinesis.ledger(STREAM)]
    assert sorted(b"".join(aggregates).split(b"\n")[:-1]) == sorted(SENT)
    assert max(map(len, aggregates)) <= 100_000


def test_the_example_sends_what_has_reached_its_age(local_kinesis):
    """An aggregate far from full leaves while the program neither sends nor closes."""
    local_kinesis.create_stream(STREAM)
    program = started(local_kinesis, "records = [b'first']\n", BEGIN, "input()\n", END)
    try:
        assert local_kinesis.wait_for("PutRecords", timeout=30)
        assert program.poll() is None
    finally:
        ended = end(program)
    assert ended == (0, "", "")
    assert [record.data for record in local_kinesis.ledger(STREAM)] == [b"first\n"]
