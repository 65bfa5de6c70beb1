"""The table of mutants, as docs/mutants.rst has it."""

from __future__ import annotations

from tests.mutants.seeded import MUTANTS

_HEAD = """\
.. list-table::
   :header-rows: 1
   :widths: 30 45 25

   * - Mutant
     - Why it matters
     - Caught by
"""


def table() -> str:
    """A row for each mutant, in the order of the list."""
    rows = [
        f"   * - ``{one.name}``\n     - {one.why}\n     - {_places(one.layer)}\n" for one in MUTANTS
    ]
    return _HEAD + "".join(rows)


def _places(layer: tuple[str, ...]) -> str:
    return ", ".join(f"``{place}``" for place in layer)
