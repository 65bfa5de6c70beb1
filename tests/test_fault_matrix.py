"""docs/fault-matrix.rst names tests that exist, and every row."""

from __future__ import annotations

import ast
import re
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "fault-matrix.rst").read_text()
ROWS = [*range(1, 19), *range(22, 52), *range(64, 67)]


def functions(path):
    """The names of the tests in a file."""
    tree = ast.parse((TESTS / path).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_test_that_is_named_exists():
    """A test that was renamed or removed shows here."""
    named = re.findall(r"``([\w/]+\.py)::(\w+)``", PAGE)
    assert len(named) > 50
    assert [name for path, name in named if name not in functions(path)] == []


def test_every_row_is_there_once_with_a_test():
    """In order; nothing is told that is not held."""
    parts = re.split(r"^    \* - (\d+)$", PAGE, flags=re.MULTILINE)[1:]
    assert [int(number) for number in parts[::2]] == ROWS
    for row in parts[1::2]:
        assert "::" in row
