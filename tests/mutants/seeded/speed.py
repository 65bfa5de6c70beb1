"""Speed: what is done for each record, where it should be done for many."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_GUARD: Final = "tests/guard"
_SHORT: Final = "tests/core/test_short_path.py"

MUTANTS: Final = (
    Mutant(
        name="one-more-call-for-each-record",
        why="A call takes about a tenth of what send() does.",
        file="producer/producer.py",
        old="            grown = len(record) + self._overhead\n",
        new="            grown = max(len(record), 0) + self._overhead\n",
        layer=(_GUARD,),
    ),
    Mutant(
        name="each-record-by-the-long-way",
        why="Nothing would be wrong but the time it takes: thirty times as much.",
        file="producer/producer.py",
        old="            if aggregate is not NOWHERE:\n",
        new="            if aggregate is None:\n",
        layer=(_GUARD,),
    ),
    Mutant(
        name="chunks-of-one",
        why="send_many would take the lock for each record.",
        file="producer/bulk.py",
        old="_CHUNK: Final = 100\n",
        new="_CHUNK: Final = 1\n",
        layer=(_GUARD,),
    ),
    Mutant(
        name="a-list-for-each-record",
        why="The garbage collector would look at millions of them, again and again.",
        file="producer/producer.py",
        old="                        aggregate.records.append(record)\n",
        new="                        aggregate.records.append(record)\n"
        "                        self._last = [record, getattr(self, '_last', None)]\n",
        layer=(f"{_GUARD}/test_sending.py::test_no_record_is_looked_at_by_the_garbage_collector",),
    ),
    Mutant(
        name="keyed-records-beyond-the-memory-bound",
        why="The short way would let in what the long way makes wait.",
        file="core/short_path.py",
        old=" or memory.charged + charge > memory.limit:",
        new=":",
        layer=(_SHORT,),
    ),
    Mutant(
        name="keyed-records-beyond-the-quota-of-a-lane",
        why="One shard that is held down would take the memory of all.",
        file="core/short_path.py",
        old="            if lane.charged + charge > lane.quota:\n",
        new="            if lane.charged + charge > 1 << 62:\n",
        layer=(_SHORT,),
    ),
    Mutant(
        name="records-without-their-keys-after-ctrl-c",
        why="All that follow in the aggregate would have the keys of those before them.",
        file="core/aggregate.py",
        old="            self.records = self.records[: len(self.pairs)]\n",
        new="            pass\n",
        layer=(_SHORT,),
    ),
)
