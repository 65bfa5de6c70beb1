"""The clock on the wall is set, by days, under a program that sends."""

from __future__ import annotations

import importlib.util
import itertools
import os
import time
from pathlib import Path

import pytest

from kinesis_producer.testing import faults
from tests.producer.conftest import lines, puts
from tests.producer.programs import Program

DAYS = 3 * 24 * 3600

#: Sends until it is told to stop; says by how much its clock on the wall was set meanwhile.
SOURCE = """
    import select
    begun = time.time() - time.monotonic()
    sent, steps = 0, set()
    while not select.select([0], [], [], 0.01)[0]:
        k.send(b"%d" % sent)
        sent += 1
        step = round((time.time() - time.monotonic() - begun) / 86400)
        if step not in steps:
            steps.add(step)
            print(step, flush=True)
    print(sent, k.join())
"""


def library():
    """The library that gives a program a clock of its own, where it can be had."""
    spec = importlib.util.find_spec("libfaketime")
    folders = spec.submodule_search_locations if spec else []
    return [str(path) for f in folders or [] for path in Path(f).rglob("libfaketime.so.1")]


class Wall:
    """The clock on the wall of a program."""

    def __init__(self, path):
        self._path = path
        self.set(0)

    def set(self, seconds):
        """So many seconds beside the right time."""
        self._path.with_suffix(".new").write_text(f"{seconds:+d}\n")
        self._path.with_suffix(".new").replace(self._path)

    @property
    def environment(self):
        """Of a program that has this clock; its monotonic clock stays what it is."""
        return {
            "LD_PRELOAD": library()[0],
            "FAKETIME_TIMESTAMP_FILE": str(self._path),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }


@pytest.fixture
def wall(tmp_path):
    """A clock; skipped where there is no library for it."""
    if not library() and "CI" not in os.environ:
        pytest.skip("libfaketime is not here")
    return Wall(tmp_path / "clock")


def test_nothing_depends_on_the_clock_on_the_wall(kinesis, wall):
    """No record is late, early, or given up; what is signed with a wrong time is tried again."""
    keys = ", kinesis_concurrency=1, request_timeout=2, delivery_timeout=4"
    program = Program(kinesis, SOURCE, config=keys, measured=False, environment=wall.environment)
    try:
        for seconds in (0, DAYS, -DAYS):
            wall.set(seconds)
            assert program.says() == f"{seconds // 86400}\n"
            assert kinesis.wait_for("PutRecords", count=kinesis.count("PutRecords") + 5)
        kinesis.faults.always("PutRecords", faults.invalid_signature())
        assert kinesis.wait_for("PutRecords", count=kinesis.count("PutRecords") + 2)
        wall.set(0)
        kinesis.faults.clear()
        time.sleep(1)
    finally:
        code, out, err = program.end()
    sent = int(out.split()[0])
    # without keys they are in order within each shard
    assert (code, sorted(map(int, lines(kinesis)))) == (0, list(range(sent))), out + err
    good = [log.arrived_at for log in puts(kinesis) if log.error is None]
    assert max(later - sooner for sooner, later in itertools.pairwise(good)) < 3
