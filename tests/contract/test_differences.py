"""The table of differences: it names what exists, and a stale line fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.conftest import SERVERS
from tests.contract.differences import DIFFERENCES, Difference
from tests.contract.service import Service


def test_every_difference_has_its_check() -> None:
    """Each line of the table of differences names a server, a reason, and a check that exists."""
    here = Path(__file__).parent
    checks = "".join(path.read_text() for path in sorted(here.glob("test_*.py")))
    for (check, server), difference in DIFFERENCES.items():
        assert f'"{check}"' in checks
        assert server in SERVERS
        assert difference.reason


def test_the_table_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check expects what the table says, and the contract where it says nothing."""
    monkeypatch.setitem(DIFFERENCES, ("some-check", "local"), Difference("other", "a reason"))
    service = Service(name="local", endpoint_url="", client=None)
    assert service.expected("some-check", "aws") == "other"
    assert service.expected("another-check", "aws") == "aws"


def test_a_line_without_a_difference_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that expects what the contract says anyway is an error, not a pass."""
    monkeypatch.setitem(DIFFERENCES, ("some-check", "local"), Difference("aws", "a reason"))
    service = Service(name="local", endpoint_url="", client=None)
    with pytest.raises(AssertionError, match="lists no difference"):
        service.expected("some-check", "aws")
