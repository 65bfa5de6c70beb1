"""Speed: what is done for each record, where it should be done for many."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_GUARD: Final = "tests/guard"

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
)
