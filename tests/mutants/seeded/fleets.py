"""Fleets: who reads which shard, from where, and until when."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_FLEETS: Final = "tests/fleet/test_fleet.py"
_FOUND: Final = "tests/fleet/test_found.py"
_READING: Final = "tests/core/reading/test_reading.py"

MUTANTS: Final = (
    Mutant(
        name="children-before-their-parents",
        why="After a split, news would be handled before what they follow.",
        file="core/reading/shards.py",
        old="    return all(one not in leases or leases[one].is_finished for one in lease.parents)",
        new="    return True",
        layer=(_FLEETS,),
    ),
    Mutant(
        name="refused-renewal-taken-for-done",
        why="A worker that lost a lease would go on as if it had it: two would read one shard.",
        file="core/leasing/holdings.py",
        old="                if reply.value or self._was_done(",
        new="                if True or self._was_done(",
        layer=(_FLEETS,),
    ),
    Mutant(
        name="checkpoint-before-handling",
        why="What a worker has in hand when it dies would be lost.",
        file="core/leasing/holdings.py",
        old="        return reading.done if self.auto",
        new="        return reading.delivered if self.auto",
        layer=(_FLEETS,),
    ),
    Mutant(
        name="children-from-the-newest-record",
        why="What came between a split and its discovery would never be read.",
        file="core/reading/starting.py",
        old="    return _lease(shard, TRIM_HORIZON, None)\n",
        new="    return _lease(shard, LATEST, None)\n",
        layer=(_FLEETS,),
    ),
    Mutant(
        name="expired-too-early",
        why="Workers that live would lose their leases, and records would come twice.",
        file="core/leasing/heartbeats.py",
        old="at=at) >= self._failover_time\n",
        new="at=at) >= self._failover_time / 2\n",
        layer=(_FLEETS,),
    ),
    Mutant(
        name="the-dead-live-for-ever",
        why="The shards of a worker that was killed would not be read any more.",
        file="core/leasing/heartbeats.py",
        old="at=at) >= self._failover_time\n",
        new='at=at) == float("inf")\n',
        layer=(_FLEETS,),
    ),
    Mutant(
        name="given-out-without-a-lease",
        why="A worker that cannot reach the store would read on beside its successor.",
        file="core/reading/reading.py",
        old="not self.stopping and now < self.valid_until",
        new="not self.stopping",
        layer=(f"{_READING}::test_nothing_is_given_once_the_lease_may_have_run_out",),
    ),
    Mutant(
        name="handed-over-in-hand",
        why="What the caller has in hand would be given to another worker, too.",
        file="core/leasing/holdings.py",
        old="        return self.auto and not reading.is_in_hand\n",
        new="        return self.auto\n",
        layer=(_FLEETS,),
    ),
    Mutant(
        name="finished-while-one-is-taken-apart",
        why="The last record of a shard would be left out, now and then.",
        file="core/reading/reading.py",
        old="        return bool(self.batch or self.waiting or self.unpacking)\n",
        new="        return bool(self.batch or self.waiting)\n",
        layer=(_FLEETS,),
    ),
    Mutant(
        name="begins-behind-the-checkpoint",
        why="The rest of an aggregate would be left out whenever a lease changes hands.",
        file="core/reading/reader.py",
        old="        return Point(at)\n",
        new="        return Point(at, after=at.sequence_number >= 0)\n",
        layer=(_FLEETS,),
    ),
    Mutant(
        name="sub-sequence-forgotten",
        why="The first records of an aggregate would come again whenever a lease changes hands.",
        file="core/reading/reading.py",
        old="if one.sub_sequence_number > last]",
        new="if one.sub_sequence_number >= 0]",
        layer=(_FLEETS,),
    ),
    Mutant(
        name="nobody-shares",
        why="A worker that comes later would have nothing to do.",
        file="core/leasing/choice.py",
        old="    if free:\n",
        new="    if True:\n",
        layer=(_FLEETS,),
    ),
    Mutant(
        name="every-end-believed",
        why="One broken answer would end a shard, with what was left of it unread.",
        file="core/reading/reader.py",
        old="        return self.gone or self.doubted == self.point\n",
        new="        return True\n",
        layer=(_FLEETS,),
    ),
    Mutant(
        name="unknown-parents-taken-for-trimmed",
        why="A merged shard would be read before one of its parents, if that came lately.",
        file="core/leasing/syncing.py",
        old="        return all(one in self.leases or one in self.family for one in parents)\n",
        new="        return True\n",
        layer=(_FOUND,),
    ),
    Mutant(
        name="removed-leases-made-anew",
        why="A list of shards that is late would have a finished shard read once more, all of it.",
        file="core/reading/starting.py",
        old=" and not _is_covered(one, leases)\n",
        new="\n",
        layer=(_FOUND,),
    ),
    Mutant(
        name="bad-records-owed-a-checkpoint",
        why="A shard that ends with a record that cannot be read would never be finished.",
        file="core/reading/reading.py",
        old="        return self.owed is None or self.owed <= checkpoint\n",
        new="        return self.delivered is None or self.delivered <= checkpoint\n",
        layer=(_FLEETS,),
    ),
)
