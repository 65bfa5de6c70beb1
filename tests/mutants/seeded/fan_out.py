"""Enhanced fan-out in the local Kinesis: what consumers are tested with has to be right itself."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_DECISIONS: Final = "tests/testing/subscribing/test_subscription.py"
_PUSHES: Final = "tests/testing/subscribing/test_pushing.py"
_ENDS: Final = "tests/testing/subscribing/test_ends.py"
_FAULTS: Final = "tests/testing/subscribing/test_faults.py"

MUTANTS: Final = (
    Mutant(
        name="shard-ends-before-its-records",
        why="A subscriber that is behind at a split would never see what it had not read yet.",
        file="testing/subscription.py",
        old="at_end = not page.more and not self.shard.is_open",
        new="at_end = not self.shard.is_open",
        layer=(_DECISIONS,),
    ),
    Mutant(
        name="pushed-twice",
        why="Every record would come again with each event.",
        file="testing/subscription.py",
        old="            self.position = following(continuation)\n",
        new="",
        layer=(_DECISIONS,),
    ),
    Mutant(
        name="continuation-before-the-event",
        why="Whoever goes on after it would read records twice, and call that right.",
        file="testing/subscription.py",
        old="continuation = page.records[-1].sequence_number",
        new="continuation = page.records[0].sequence_number",
        layer=(f"{_FAULTS}::test_nothing_is_lost_or_doubled", _PUSHES),
    ),
    Mutant(
        name="put-wakes-nobody",
        why="Records would come with the next empty event: a consumer that polls would pass.",
        file="testing/stream.py",
        old="            self.consumers.wake(shard)\n\n\ndef _first",
        new="            pass\n\n\ndef _first",
        layer=(f"{_PUSHES}::test_what_comes_is_pushed_at_once",),
    ),
    Mutant(
        name="two-subscriptions-at-once",
        why="A consumer that subscribes twice would get all records twice, as nowhere else.",
        file="testing/consumers.py",
        old="        if former is not None:\n            former.end(exception(code, message))\n",
        new="",
        layer=(f"{_ENDS}::test_a_later_subscription_takes_over",),
    ),
    Mutant(
        name="subscriptions-outlive-their-server",
        why="Tests would end with threads that wait for ever, and pass.",
        file="testing/server.py",
        old="        self._service.end_subscriptions()\n",
        new="",
        layer=(f"{_ENDS}::test_stopping_the_server_ends_all_subscriptions",),
    ),
)
