"""What goes wrong in a run, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random


@dataclass(slots=True)
class Troubles:
    """Of the table and the service. All chances are between 0 and 1.

    Attributes:
        slow: the longest delay on either way, in seconds; seldom, ten times that.
        errors: of calls to the service.
        lag: seconds by which ListShards may be late.
        iterator_life: seconds.
        false_ends: answers that are no end and look like one.
        lost: calls to the table that fail, half of them with the write done.
        late: writes that are done long after the answer was given up.
        pages: how many records a page may have.
        torn: looks at the table whose two halves were read at different times.
    """

    dice: random.Random
    slow: float = 0.02
    errors: float = 0.0
    lag: float = 0.0
    iterator_life: float = 300.0
    false_ends: float = 0.0
    lost: float = 0.0
    late: float = 0.0
    torn: float = 0.0
    pages: tuple[int, ...] = (0, 1, 3, 100)

    def delay(self) -> float:
        """Of one way."""
        seconds = self.dice.random() * self.slow
        return seconds * 10 if self.dice.random() < 0.02 else seconds

    def end(self) -> None:
        """All is well from now on."""
        self.slow = 0.02
        self.errors = self.lag = self.false_ends = self.lost = self.late = self.torn = 0.0
        self.iterator_life = 300.0
        self.pages = (100,)


def calm(dice: random.Random) -> Troubles:
    """So few that nobody ever misses the time to renew a lease."""
    return Troubles(
        dice,
        slow=dice.choice((0.005, 0.05)),
        errors=dice.choice((0.0, 0.1)),
        lag=dice.choice((0.0, 8.0)),
        iterator_life=dice.choice((5.0, 300.0)),
        false_ends=dice.choice((0.0, 0.02)),
        lost=dice.choice((0.0, 0.02)),
        torn=dice.choice((0.0, 0.5)),
    )


def rough(dice: random.Random) -> Troubles:
    """As many as there may be."""
    return Troubles(
        dice,
        slow=dice.choice((0.005, 0.1, 0.5)),
        errors=dice.choice((0.0, 0.1, 0.4)),
        lag=dice.choice((0.0, 8.0, 30.0)),
        iterator_life=dice.choice((1.0, 5.0, 300.0)),
        false_ends=dice.choice((0.0, 0.05)),
        lost=dice.choice((0.0, 0.1, 0.3)),
        late=dice.choice((0.0, 0.05)),
        torn=dice.choice((0.0, 0.5)),
    )
