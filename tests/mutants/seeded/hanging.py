"""Requests that hang, services that are down, and memory for small aggregates."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_BACKLOG: Final = "tests/core/test_backlog.py"
_OUTAGE: Final = "tests/core/test_outage.py"
_HANGING: Final = "tests/producer/test_hanging.py"
_COMPLETION: Final = "tests/producer/test_completion.py"
_REPORTS: Final = "tests/producer/test_reports.py"

MUTANTS: Final = (
    Mutant(
        name="probe-waits-for-what-hangs",
        why="One request that hangs would stop the producer where one probe would clear it up.",
        file="core/backlog.py",
        old="for batch in self._flying if batch.probe)",
        new="for batch in self._flying)",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="in-flight-for-ever",
        why="In order, one server that drips would hold up everything for hours.",
        file="core/backlog.py",
        old="        return not all(map(is_given_up, self._flying))\n",
        new="        return bool(self._flying)\n",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="lost-sender-not-replaced",
        why="Servers that drip would take one sender after the other away.",
        file="producer/roster.py",
        old="            if len(self._lost) < self._most and is_given_up(batch):\n",
        new="            if not self._most:\n",
        layer=(_HANGING,),
    ),
    Mutant(
        name="every-lost-sender-replaced",
        why="A service that only ever drips would make threads without a bound.",
        file="producer/roster.py",
        old="            if len(self._lost) < self._most and is_given_up(batch):\n",
        new="            if is_given_up(batch):\n",
        layer=(_HANGING,),
    ),
    Mutant(
        name="sender-leaves-without-another",
        why="Where no thread can be started, nobody would be left to send.",
        file="producer/roster.py",
        old="        self._irreplaceable += 1\n",
        new="        pass\n",
        layer=(f"{_HANGING}::test_a_sender_that_cannot_be_replaced_stays",),
    ),
    Mutant(
        name="senders-do-not-look-for-what-is-overdue",
        why="A callback that blocks would hold up deadlines where nobody waits.",
        file="producer/outbox.py",
        old="            due = min(self.backlog.due(), self.backlog.next_overdue(now))\n",
        new="            due = self.backlog.due()\n",
        layer=(_HANGING,),
    ),
    Mutant(
        name="no-shared-pause",
        why="Who goes on sending would ask a service that is down 400 times a second.",
        file="core/service.py",
        old="max(self._outage.not_before, self._probing.due(probes))",
        new="self._probing.due(probes)",
        layer=("tests/producer/test_outage.py",),
    ),
    Mutant(
        name="pause-without-an-end",
        why="A service that is well again would wait for a pause that began long before.",
        file="core/outage.py",
        old='        self.not_before = float("-inf")\n\n    def failed',
        new='        self.not_before = float("inf")\n\n    def failed',
        layer=(_OUTAGE,),
    ),
    Mutant(
        name="every-failure-of-a-round-counts",
        why="Four senders that fail at once would make the pause 16 times as long.",
        file="core/outage.py",
        old="        if taken_at < self._counted_at:\n            return\n",
        new="",
        layer=(_OUTAGE,),
    ),
    Mutant(
        name="told-without-an-answer",
        why="A timeout would count as an answer: join() would be silent about a loss.",
        file="producer/completion.py",
        old="answered(delivery, told=told)",
        new="answered(delivery, told=True)",
        layer=(_COMPLETION,),
    ),
    Mutant(
        name="done-callbacks-not-charged",
        why="What waits behind a done callback that blocks would have no bound.",
        file="producer/reports.py",
        old="        return self._told or (self._reporting and bool(delivery.callbacks))\n",
        new="        return self._told\n",
        layer=(_REPORTS,),
    ),
    Mutant(
        name="aggregates-not-charged",
        why="With a key for each record, memory would be several times its bound.",
        file="core/rules.py",
        old=" + aggregate.keys_size + AGGREGATE_OVERHEAD\n",
        new=" + aggregate.keys_size\n",
        layer=(_BACKLOG,),
    ),
)
