"""Which shard has the most headroom, found without a look at each: there may be thousands."""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from itertools import count
from typing import TYPE_CHECKING, Final, Generic

from kinesis_producer.core.aggregate import H

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from kinesis_producer.core.lane import Lane

#: Places that may be out of date, for each lane, before they are cleared away.
_MOST_STALE: Final = 4

#: The number of no place.
_ASIDE: Final = 0


class Ranking(Generic[H]):
    """Lanes in the order in which their credit began: the time since then is their headroom.

    That time stays as it is while nobody sends by the lane, however much time goes by. Who changes
    the credit of a lane has it ranked anew; its old place is passed over.

    Args:
        dice: a random number from 0 to 1, without 1: ties are broken at random.
    """

    def __init__(self, dice: Callable[[], float]) -> None:
        self._dice = dice
        self._numbers = count(1)
        self._places: list[tuple[float, float, int, Lane[H]]] = []
        self._current: dict[Lane[H], int] = {}

    def reset(self, lanes: Iterable[Lane[H]]) -> None:
        """There are these, and no others."""
        self._current = {}
        self._places = [self._place(lane) for lane in lanes]
        heapify(self._places)

    def rank(self, lane: Lane[H]) -> None:
        """Its credit has changed, or it takes part again."""
        if lane not in self._current:
            return
        heappush(self._places, self._place(lane))
        if len(self._places) > _MOST_STALE * len(self._current):
            self._places = [one for one in self._places if self._current.get(one[3]) == one[2]]
            heapify(self._places)

    def first(self) -> Lane[H] | None:
        """The one with the most headroom, be it negative."""
        places = self._places
        while places and self._current.get(places[0][3]) != places[0][2]:
            heappop(places)
        return places[0][3] if places else None

    def set_aside(self, lane: Lane[H]) -> None:
        """It does not take part until it is ranked again."""
        self._current[lane] = _ASIDE

    def _place(self, lane: Lane[H]) -> tuple[float, float, int, Lane[H]]:
        number = self._current[lane] = next(self._numbers)
        return lane.credit_since, self._dice(), number, lane
