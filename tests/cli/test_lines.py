"""Lines, as they are read from files and pipes."""

from __future__ import annotations

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer import ConfigError, RecordTooLarge
from kinesis_producer.cli import lines as module
from kinesis_producer.cli.lines import lines, opened
from kinesis_producer.limits import MAX_RECORD_SIZE

ALPHABET = st.sampled_from([b"a", b"\n", b"\r", b"\0", b"longer"])


@given(st.lists(ALPHABET).map(b"".join), st.integers(1, 9))
def test_lines_are_what_stands_before_a_newline(content, chunk):
    """However they are cut by reading; the last needs no newline, and is none if it is empty."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_CHUNK", chunk)
        found = [line for line in lines(io.BytesIO(content)) if line is not None]
    assert found == [line.removesuffix(b"\n") for line in io.BytesIO(content)]


def test_a_line_that_no_record_can_hold_is_an_error_in_its_place():
    """It is skipped without being kept."""
    long = b"x" * (MAX_RECORD_SIZE * 3)
    found = [line for line in lines(io.BytesIO(b"a\n" + long + b"\nb")) if line is not None]
    assert [found[0], found[2]] == [b"a", b"b"]
    assert isinstance(found[1], RecordTooLarge)
    assert f"the line has {len(long)} bytes" in str(found[1])


def test_a_silent_pipe_gives_a_chance_to_look_around(monkeypatch):
    """Now and then, until it ends."""
    monkeypatch.setattr(module, "_LOOK_AROUND", 0.01)
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as file:
        found = lines(file)
        assert [next(found), next(found)] == [None, None]
        os.write(writing, b"a\nb")
        assert next(line for line in found if line is not None) == b"a"
        os.close(writing)
        assert [line for line in found if line is not None] == [b"b"]


def test_a_closed_stdin_is_one_clear_error(monkeypatch):
    """Python has none then."""
    monkeypatch.setattr("sys.stdin", None)
    with pytest.raises(ConfigError, match="stdin is closed"), opened("-"):
        pass
