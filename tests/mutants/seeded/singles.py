"""Records that share a fate, and are a Kinesis record each: whose answer counts for which."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_SINGLES: Final = "tests/core/test_singles.py"

MUTANTS: Final = (
    Mutant(
        name="the-first-answer-for-all",
        why="Records that were throttled would be told delivered, and be lost.",
        file="core/pieces.py",
        old="    if len(written) == len(places):\n",
        new="    if written:\n",
        layer=(_SINGLES,),
    ),
    Mutant(
        name="all-again-for-one",
        why="One throttled record would have hundreds written twice.",
        file="core/pieces.py",
        old="for place, one in rows if not isinstance(one, Accepted)]\n",
        new="for place, one in rows]\n",
        layer=(_SINGLES,),
    ),
    Mutant(
        name="a-hundred-for-one",
        why="A shard would be sent many times the records that it takes.",
        file="core/shrinkage.py",
        old="        aggregate.toll = aggregate.entries\n",
        new="        aggregate.toll = 1\n",
        layer=(_SINGLES,),
    ),
    Mutant(
        name="more-entries-than-a-request-holds",
        why="The service would refuse whole requests, again and again.",
        file="core/aggregate.py",
        old="            return self.singles\n",
        new="            return 1\n",
        layer=(_SINGLES,),
    ),
    Mutant(
        name="the-key-of-a-neighbour",
        why="A record would come out under the partition key of another one.",
        file="producer/sender.py",
        old="        if own is not None and not (self._form.single and aggregate.pairs):\n",
        new="        if own is not None:\n",
        layer=("tests/producer/test_sender.py",),
    ),
    Mutant(
        name="some-written-is-silence",
        why="A shard that takes half of what it is sent would be left alone for minutes.",
        file="core/lanes.py",
        old="                for result in _different(each):\n",
        new="                for result in _different(each[-1:]):\n",
        layer=(_SINGLES,),
    ),
    Mutant(
        name="several-at-a-time-in-order",
        why="The second of two records may be written first.",
        file="producer/wiring.py",
        old="    if config.in_order:\n        return 1\n",
        new="",
        layer=("tests/producer/test_singles.py",),
    ),
    Mutant(
        name="weighed-as-the-whole",
        why="One small record that goes again would cost a shard a tenth of a second.",
        file="core/shrinkage.py",
        old="        aggregate.cost = aggregate.next_size * self._ratio\n",
        new="        aggregate.cost = aggregate.wire_size * self._ratio\n",
        layer=(_SINGLES,),
    ),
    Mutant(
        name="nothing-got-through",
        why="A producer whose requests are half throttled would be ended by an expired token.",
        file="core/backlog.py",
        old="        results = list(chain.from_iterable(each))\n",
        new="        results = [one.fate for one in told]\n",
        layer=(_SINGLES,),
    ),
)
