"""docs/formats.rst describes what is written."""

from __future__ import annotations

import re
from pathlib import Path

from tests.formats.test_packed import TWO_KEYS, signed

PAGE = Path(__file__).parents[1] / "docs" / "formats.rst"


def test_the_page_shows_the_golden_aggregate():
    """So that another language can be held against it."""
    shown = re.search(r"\.\. golden\n\n(.*?)\n\n\S", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert shown is not None
    text = PAGE.read_text(encoding="utf-8")[shown.start() :]
    pieces = re.findall(r"^ {4}((?:[0-9a-f]{2} )+)", text, re.MULTILINE)
    assert bytes.fromhex("".join(pieces)) == signed(TWO_KEYS)
