"""Lines on stdout."""

from __future__ import annotations

import io
from types import SimpleNamespace

import pytest

from kinesis_producer.cli.stdout import write_line


class Part(io.RawIOBase):
    """A pipe that takes three bytes at a time."""

    def __init__(self):
        self.found = b""

    def write(self, data):
        self.found += bytes(data[:3])
        return min(3, len(data))


class Full(io.RawIOBase):
    """A pipe that does not wait."""

    def write(self, data):
        return None


def test_a_line_is_written_to_its_end(monkeypatch):
    """However little is taken at a time."""
    pipe = Part()
    monkeypatch.setattr("sys.stdout", SimpleNamespace(buffer=pipe))
    write_line(b"a long line")
    assert pipe.found == b"a long line\n"


def test_a_pipe_that_does_not_wait_is_an_error(monkeypatch):
    """Rather than a line without its end."""
    monkeypatch.setattr("sys.stdout", SimpleNamespace(buffer=Full()))
    with pytest.raises(BlockingIOError, match="takes no more"):
        write_line(b"a line")
