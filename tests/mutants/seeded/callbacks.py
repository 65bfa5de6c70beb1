"""What the reporter calls, and what may be called there."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_REPORTS: Final = "tests/producer/test_reports.py"

MUTANTS: Final = (
    Mutant(
        name="callback-waits-for-a-result",
        why="Nobody would be told of anything until some other record has its outcome.",
        file="producer/completion.py",
        old='                self._decide("waiting", self._watch)\n',
        new="                self._outbox.room.decide(self._watch)\n",
        layer=(f"{_REPORTS}::test_a_callback_may_not_wait_for_what_is_pending",),
    ),
    Mutant(
        name="listener-without-methods-accepted",
        why="It would hear nothing, and each call would be an error in the log.",
        file="producer/producer.py",
        old="        listeners.check(on_delivery, metrics)\n",
        new="",
        layer=(_REPORTS,),
    ),
    Mutant(
        name="missing-method-ends-the-reporter",
        why="Nobody would hear of anything any more.",
        file="producer/reporter.py",
        old="methodcaller(name, metrics), self._metrics)",
        new="getattr(self._metrics, name), metrics)",
        layer=(_REPORTS,),
    ),
)
