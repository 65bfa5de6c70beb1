"""The documentation names tests that exist, and every row of the fault matrix."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
DOCS = TESTS.parent / "docs"
PAGE = (DOCS / "fault-matrix.rst").read_text()
ROWS = [*range(1, 52), *range(58, 70)]


def functions(path):
    """The names of the tests in a file."""
    tree = ast.parse((TESTS / path).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("page", "least"), [("fault-matrix.rst", 50), ("delivery.rst", 15)])
def test_every_test_that_is_named_exists(page, least):
    """A test that was renamed or removed shows here."""
    named = re.findall(r"``([\w/]+\.py)::(\w+)``", (DOCS / page).read_text())
    assert len(named) > least
    assert [name for path, name in named if name not in functions(path)] == []


def test_every_row_is_there_once_with_a_test():
    """In order; nothing is told that is not held."""
    parts = re.split(r"^    \* - (\d+)$", PAGE, flags=re.MULTILINE)[1:]
    assert [int(number) for number in parts[::2]] == ROWS
    for row in parts[1::2]:
        assert "::" in row


def test_every_promise_is_there_and_has_a_test():
    """G1 to G7, told at the top and held at the end."""
    told, held = (DOCS / "delivery.rst").read_text().split("What holds this\n====")
    for promise in (f"G{number}" for number in range(1, 8)):
        assert f"**{promise}**" in told
        assert re.search(rf"\* - {promise}\n      - \| ``.*::", held)
