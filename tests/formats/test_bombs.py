"""Kinesis records that were made to do harm: refused at once, with next to no memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.producer.programs import unmeasured

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sizes are read from /proc")

MIB = 2**20

#: Bytes of memory and seconds, beyond what the record itself takes.
MEMORY, SECONDS = 100 * MIB, 1.0

PROGRAM = """
import json, sys, time
from pathlib import Path
from kinesis_producer import CorruptAggregate, deaggregate
from tests.formats import bombs

def status(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))

data, told = bombs.BOMBS[sys.argv[1]]()
Path("/proc/self/clear_refs").write_text("5")  # the peak counts from now
before, begun, said = status("VmRSS"), time.process_time(), ""
try:
    found = len(deaggregate(data, **told))
except CorruptAggregate as error:
    said, found = str(error), -1
took = time.process_time() - begun
print(json.dumps([len(data), said, found, status("VmHWM") - before, took]))
"""


@pytest.mark.parametrize(
    ("bomb", "why"),
    [
        ("gzip of zeros", "come out of"),
        ("gzip of zeros in our own", "come out of"),
        ("zstd of zeros", "come out of"),
        ("zstd that states a gibibyte", "come out of"),
        ("zstd with a window of two gibibytes", "cannot be decompressed"),
        ("gzip of nothing, over and over", "no end"),
        ("zstd of nothing, over and over", "no end"),
        ("empty records of the KPL", "more than 100000 records"),
        ("unusual records of the KPL", "more than 100000 records"),
        ("records with keys of their own", "more than 100000 records"),
        ("keys of the KPL", "more fields than"),
        ("tags of the KPL", "more fields than"),
        ("unknown fields of the KPL", "more fields than"),
        ("empty records of ours", "records; there may be"),
        ("empty arrays of ours", "less in it"),
        ("nested arrays of ours", "no row of msgpack"),
        ("a long array of ours", "no row of msgpack"),
        ("a long binary of ours", "less in it"),
        ("keys of ours", "pairs of keys; there may be"),
        ("delimiters", "more than 100000 records"),
    ],
)
def test_a_bomb_is_refused(bomb, why):
    """Within a second of CPU and 100 MB, whatever it claims or contains."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, bomb],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=Path(__file__).parents[2],
        env=unmeasured(),
    )
    assert done.returncode == 0, done.stderr
    _, said, found, grown, took = json.loads(done.stdout)
    assert why in said, (said, found)
    assert grown < MEMORY
    assert took < SECONDS
