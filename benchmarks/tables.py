"""A table of text: for a terminal, and for the documentation."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Table:
    """Names on the left, figures on the right.

    Attributes:
        notes: what is said below it.
    """

    title: str
    headings: list[str]
    rows: list[list[str]]
    notes: list[str] = field(default_factory=list)

    def text(self) -> str:
        """For a terminal."""
        widths = self._widths()
        lines = [self.title, "", *(_line(row, widths) for row in [self.headings, *self.rows])]
        return "\n".join([*lines, *self.notes])

    def rst(self) -> str:
        """For reStructuredText: a simple table, its title a caption."""
        widths = self._widths()
        rule = "  ".join("=" * width for width in widths)
        body = [rule, _line(self.headings, widths), rule]
        body += [_line(row, widths) for row in self.rows] + [rule]
        lines = [f".. table:: {self.title}", "", *(f"   {line}" for line in body), ""]
        notes = (note.replace("*", r"\*") + "\n" for note in self.notes)
        return "\n".join([*lines, *notes])

    def _widths(self) -> list[int]:
        columns = zip(self.headings, *self.rows, strict=True)
        # a rule of a simple table has at least two characters, lest it be none
        return [max(2, *map(len, column)) for column in columns]


def _line(cells: list[str], widths: list[int]) -> str:
    name, *figures = zip(cells, widths, strict=True)
    left = name[0].ljust(name[1])
    return "  ".join([left, *(cell.rjust(width) for cell, width in figures)]).rstrip()
