"""What becomes of records where an error strikes in the middle of the producer's own work."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_CRASHES: Final = "tests/producer/test_crashes.py"

MUTANTS: Final = (
    Mutant(
        name="no-memory-for-what-follows",
        why="send would raise, and the record it has refused would be delivered.",
        file="producer/room.py",
        old="            self._broken_off = True\n            self._remind()\n",
        new="            raise\n",
        layer=(_CRASHES,),
    ),
    Mutant(
        name="nobody-reminded",
        why="A record would lie there until somebody else comes by.",
        file="producer/room.py",
        old="            self._remind()\n",
        new="",
        layer=(_CRASHES,),
    ),
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
