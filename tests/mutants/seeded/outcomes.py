"""Outcomes: one for each aggregate, the right one, counted and announced once."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import SIMULATION, Mutant

_BACKLOG: Final = "tests/core/test_backlog.py"
_REPORTS: Final = "tests/producer/test_reports.py"
_COMPLETION: Final = "tests/producer/test_completion.py"

MUTANTS: Final = (
    Mutant(
        name="settle-forgotten-after-last-retry",
        why="On this one branch a record would have no outcome until it is overdue.",
        file="core/backlog.py",
        old="            self.settled.fail(aggregate, failure)\n            return\n",
        new="            return\n",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="settle-forgotten-for-a-dropped-record",
        why="A record that was dropped on its way in would be pending for ever.",
        file="core/backlog.py",
        old="        self._live.close(aggregate)\n"
        "        self.settled.fail(aggregate, _DROPPED, dropped=True)\n",
        new="        self._live.close(aggregate)\n",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="doubts-forgotten",
        why="One attempt without an answer, then refusals: the record may be in the stream all"
        " the same.",
        file="core/backlog.py",
        old="        aggregate.doubts += what.written\n",
        new="        aggregate.doubts = int(what.written)\n",
        layer=(SIMULATION,),
    ),
    Mutant(
        name="possible-duplicates-not-counted",
        why="The bound is what tells an owner how many copies to expect.",
        file="core/settled.py",
        old="        self._duplicates += settlement.records * surplus\n",
        new="",
        layer=(SIMULATION,),
    ),
    Mutant(
        name="first-doubt-never-counted",
        why="Beside a confirmed copy each doubtful one is one too many.",
        file="core/settled.py",
        old="        surplus = doubts - (settlement.outcome is Outcome.POSSIBLY_WRITTEN)\n",
        new="        surplus = max(0, doubts - 1)\n",
        layer=(SIMULATION,),
    ),
    Mutant(
        name="in-flight-is-not-written",
        why="What is aborted, or overdue, in the middle of a request may be written.",
        file="core/settled.py",
        old="        if aggregate.aboard or aggregate.partly_written:\n",
        new="        if aggregate.partly_written:\n",
        layer=(SIMULATION,),
    ),
    Mutant(
        name="late-answer-settles-again",
        why="An outcome, once told, must not change.",
        file="core/backlog.py",
        old="        if aggregate.state is State.SETTLED:\n",
        new="        if aggregate.state is State.SETTLED and not isinstance(result, Accepted):\n",
        layer=(SIMULATION,),
    ),
    Mutant(
        name="announced-twice",
        why="A program that writes failures elsewhere would write them twice.",
        file="producer/reports.py",
        old="        if self._told or notice.delivery.callbacks:\n"
        "            self.waiting.append(notice)\n",
        new="        if self._told or notice.delivery.callbacks:\n"
        "            self.waiting.extend((notice, notice))\n",
        layer=(SIMULATION,),
    ),
    Mutant(
        name="announced-twice-after-ctrl-c",
        why="The same, after an interruption at the wrong moment.",
        file="core/settled.py",
        old="                if aggregate not in self.unannounced:\n"
        "                    self.unannounced.append(aggregate)\n",
        new="                self.unannounced.append(aggregate)\n",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="dropped-not-counted",
        why="A counter is all that tells of a policy that drops too much.",
        file="core/settled.py",
        old="        self._dropped += settlement.records if settlement.dropped else 0\n",
        new="",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="failing-callback-counts-as-told",
        why="A dead-letter file that cannot be written would lose records in silence.",
        file="producer/reporter.py",
        old="            return False\n        return True\n",
        new="        return True\n",
        layer=(_REPORTS,),
    ),
    Mutant(
        name="join-raises-nothing",
        why="The plain idiom would lose records in silence, as the ancestor did.",
        file="producer/producer.py",
        old="        if undelivered is not None:\n            raise undelivered\n",
        new="",
        layer=(_COMPLETION,),
    ),
    Mutant(
        name="looking-counts-as-told",
        why="Whoever only looks at an outcome, as a repr does, has not taken note of it.",
        file="producer/delivery.py",
        old="        return None if self.settlement is None else self.settlement.outcome\n",
        new="        self._desk.tell(self)\n"
        "        return None if self.settlement is None else self.settlement.outcome\n",
        layer=(_COMPLETION,),
    ),
    Mutant(
        name="join-does-not-wait-for-reports",
        why="A program would end before its on_delivery has heard of everything.",
        file="producer/outbox.py",
        old="        return ended and announced and not self._unlogged\n",
        new="        return ended and not self._unlogged\n",
        layer=(SIMULATION,),
    ),
    Mutant(
        name="join-does-not-wait-for-what-it-settled",
        why="Whoever waits also settles what is overdue; callbacks come after that.",
        file="producer/outbox.py",
        old="not self.backlog.settled.unannounced and self.reports.idle",
        new="self.reports.idle",
        layer=(_COMPLETION,),
    ),
    Mutant(
        name="join-does-not-wait-for-the-log",
        why="A program would end before the ERROR that says why is in its log.",
        file="producer/outbox.py",
        old="        return ended and announced and not self._unlogged\n",
        new="        return ended and announced\n",
        layer=(_COMPLETION,),
    ),
)
