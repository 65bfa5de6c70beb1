"""A plugin of pytest: the package that is tested is the one beside the tests, and no other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import kinesis_producer

_WHERE = "import kinesis_producer; print(kinesis_producer.__file__)"


def pytest_configure() -> None:
    """Refuse to begin where this process, or a program that a test starts, imports another."""
    asked = [sys.executable, "-c", _WHERE]
    programs = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    root = Path(__file__).parents[2]
    for found in (kinesis_producer.__file__, programs):
        if not Path(found).is_relative_to(root):
            raise pytest.UsageError(f"{found} would be tested, instead of what is in {root}")
