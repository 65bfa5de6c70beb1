"""What becomes of a batch when the thread that carries it has met an error of our own."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_CRASHES: Final = "tests/producer/test_crashes.py"

MUTANTS: Final = (
    Mutant(
        name="batch-of-a-crashed-sender-left",
        why="What it carried would be pending until its deadline, five minutes by default.",
        file="producer/sender.py",
        old="            self._outbox.forsake(self._waiter, failure)\n",
        new="",
        layer=(_CRASHES,),
    ),
    Mutant(
        name="crash-forsakes-what-was-read",
        why="An outcome, once told, must not change.",
        file="producer/outbox.py",
        old="            if aggregate.state is State.IN_FLIGHT:\n",
        new="            if aggregate.state is not State.OPEN:\n",
        layer=(_CRASHES,),
    ),
)
