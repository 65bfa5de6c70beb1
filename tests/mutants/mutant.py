"""A mutant: one bug, seeded on purpose, and the tests that have to find it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = "kinesis_producer"

CORE: Final = "tests/core"
SIMULATION: Final = "tests/simulation"


@dataclass(frozen=True, slots=True)
class Mutant:
    """A bug, as a replacement of text.

    Attributes:
        name: what the code does wrong.
        why: what it would cost, in a sentence.
        file: within the package.
        old: stands there exactly once.
        new: stands there instead.
        layer: the tests that have to fail.
    """

    name: str
    why: str
    file: str
    old: str
    new: str
    layer: tuple[str, ...]


class Stale(Exception):
    """The code has changed, and the mutant no longer fits it."""


def applied(mutant: Mutant, source: str) -> str:
    """The source with the bug in it.

    Raises:
        Stale: the old text does not stand in it exactly once.
    """
    times = source.count(mutant.old)
    if times != 1:
        raise Stale(f"{mutant.name}: its old text stands {times} times in {mutant.file}")
    return source.replace(mutant.old, mutant.new)


def plant(mutant: Mutant, root: Path) -> None:
    """Put it into the package below that folder. Raises as `applied`."""
    path = root / PACKAGE / mutant.file
    path.write_text(applied(mutant, path.read_text(encoding="utf-8")), encoding="utf-8")
