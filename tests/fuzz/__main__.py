"""``python -m tests.fuzz TARGET --seconds N``: atheris looks for bytes that a decoder cannot bear.

What it finds it writes to tests/fuzz/found, where the tests replay it, and ends with an error.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["kinesis_producer.core"]):
    from tests.fuzz import corpus
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Run libFuzzer; it ends the process, and says how many inputs it has tried."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=600, metavar="N")
    options = parser.parse_args()
    found = corpus.FOUND / options.target
    found.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        corpus.keep(Path(folder), corpus.seeds(options.target) + corpus.found(options.target))
        arguments = [
            sys.argv[0],
            f"-max_total_time={options.seconds}",
            f"-artifact_prefix={found}/",
            "-max_len=4096",
            "-timeout=10",
            "-rss_limit_mb=1024",
            "-print_final_stats=1",
            folder,
        ]
        atheris.Setup(arguments, TARGETS[options.target])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
