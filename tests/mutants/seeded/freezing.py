"""A process that is stopped as a whole, and goes on."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_BACKLOG: Final = "tests/core/test_backlog.py"
_FROZEN: Final = "tests/producer/test_frozen.py"

MUTANTS: Final = (
    Mutant(
        name="no-second-chance",
        why="What a paused container had just accepted would be given up without one attempt.",
        file="core/live.py",
        old="return not aggregate.attempts and now - self._last_start(aggregate) > FROZEN",
        new="return False",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="second-chance-for-all",
        why="Outcomes of records that had their attempts would come later than promised.",
        file="core/live.py",
        old="return not aggregate.attempts and now - self._last_start(aggregate) > FROZEN",
        new="return now - self._last_start(aggregate) > FROZEN",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="second-chance-without-time",
        why="It would be over as it begins.",
        file="core/live.py",
        old="        aggregate.reprieved_until = now + self._request_timeout\n",
        new="        aggregate.reprieved_until = now\n",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="late-is-frozen",
        why="On a busy machine every record that failed would be tried beyond its deadline.",
        file="core/live.py",
        old="FROZEN: Final = 0.5\n",
        new="FROZEN: Final = 0.0\n",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="wait-ends-in-a-freeze",
        why="Whoever joins would be gone when the last attempt comes back.",
        file="producer/patience.py",
        old="        if self._elastic and stopped > FROZEN:\n            self._until += stopped\n",
        new="",
        layer=(_FROZEN,),
    ),
    Mutant(
        name="timeouts-stretch",
        why="A timeout that somebody names is when they want to go on, come what may.",
        file="producer/patience.py",
        old="        if self._elastic and stopped > FROZEN:\n",
        new="        if stopped > FROZEN:\n",
        layer=(_FROZEN,),
    ),
)
