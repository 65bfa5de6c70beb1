"""``python -m tests``: all tests, in parts that run beside each other.

Most of the producer's and the consumer's tests wait; others compute. What plays thousands of runs
of the same lines is never measured: that would triple its time, and tell nothing new.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

#: These take as long as most of the others together.
_LONG: Final = ("tests/producer", "tests/consumer")
_PLAYING: Final = (
    "tests/fleet",
    "tests/interleavings",
    "tests/mutants",
    "tests/simulation",
    "tests/soak",
)

#: As pytest tells that a file is done.
_PROGRESS: Final = re.compile(r"^tests/.*\]$")

#: How pytest ends where all have passed.
_PASSED: Final = 0


def main() -> int:
    """The exit code: 0 if all have passed."""
    parser = argparse.ArgumentParser(prog="python -m tests", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="parts at a time")
    parser.add_argument("--measure", action="store_true", help="for `coverage combine`")
    parser.add_argument("--without", action="append", default=[], metavar="FOLDER")
    parser.add_argument("-m", default="not slow", metavar="MARKERS", help="as pytest's")
    options = parser.parse_args()
    plain = ["-m", "pytest", "-m", options.m]
    measured = ["-m", "coverage", "run", *plain] if options.measure else plain
    rest = [f"--ignore={folder}" for folder in (*_LONG, *_PLAYING, *options.without)]
    playing = [folder for folder in _PLAYING if folder not in options.without]
    parts = [[*measured, *rest, "tests"], *([*measured, folder] for folder in _LONG)]
    parts += [[*plain, *playing]] if playing else []
    with ThreadPoolExecutor(options.jobs) as pool:
        return max(pool.map(_run, parts))


def _run(part: Sequence[str]) -> int:
    """0 if all of it have passed. Files are told as they are done, all else in the end, at once."""
    begun, held = time.monotonic(), list[str]()
    command = [sys.executable, *part]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if _PROGRESS.match(line):
                print(line, end="", flush=True)
            else:
                held.append(line)
    seconds = time.monotonic() - begun
    print(*held, f"exit code {process.returncode} after {seconds:.0f} s\n", sep="", flush=True)
    return int(process.returncode != _PASSED)


if __name__ == "__main__":
    sys.exit(main())
