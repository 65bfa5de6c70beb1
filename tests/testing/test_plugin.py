"""The pytest plugin, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import kinesis_producer

ROOT = str(Path(kinesis_producer.__file__).parents[1])
ENVIRONMENT = {**os.environ, "PYTHONPATH": ROOT, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

TEST = """
import urllib.request

def test_first(local_kinesis):
    local_kinesis.create_stream("orders")
    assert local_kinesis.endpoint_url.startswith("http://127.0.0.1:")

def test_second(local_kinesis):
    local_kinesis.create_stream("orders")
    assert local_kinesis.ledger("orders") == []
"""


def test_the_fixture_starts_and_stops(tmp_path: Path) -> None:
    """Each test that asks for local_kinesis gets a running one of its own, without streams."""
    (tmp_path / "test_it.py").write_text(TEST)
    arguments = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "kinesis_producer.testing.pytest_plugin",
    ]
    done = subprocess.run(
        [*arguments, "-W", "error", "test_it.py"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "2 passed" in done.stdout, done.stdout + done.stderr


def test_the_plugin_is_cheap() -> None:
    """Loading the plugin does not load the server."""
    script = (
        "import sys, kinesis_producer.testing.pytest_plugin;"
        "sys.exit('kinesis_producer.testing.local' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], env=ENVIRONMENT, timeout=120, check=True)


def test_the_package_has_no_other_names() -> None:
    """A name that the package does not have is an AttributeError that says so."""
    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = kinesis_producer.testing.Nonsense  # type: ignore[attr-defined]
