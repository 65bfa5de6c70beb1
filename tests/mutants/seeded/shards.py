"""Shards: how fast each, what goes where, in what order, and what a change of them does."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_LIMITER: Final = "tests/core/test_limiter.py"
_LANES: Final = "tests/core/test_lanes.py"
_ORDERING: Final = "tests/core/test_ordering.py"
_PACKING: Final = "tests/core/test_packing.py"
_RANKING: Final = "tests/core/test_ranking.py"
_PIECES: Final = "tests/core/test_pieces.py"
_SIZES: Final = "tests/core/test_sizes.py"
_TRAFFIC: Final = "tests/core/test_traffic.py"
_CALLERS: Final = "tests/producer/test_callers.py"

MUTANTS: Final = (
    Mutant(
        name="each-throttle-cuts",
        why="Four requests of one moment that are refused would cut a shard's rate to a fifth.",
        file="core/limiter.py",
        old="        if sent_at < self._cut_at:\n            return\n",
        new="",
        layer=(_LIMITER,),
    ),
    Mutant(
        name="known-rate-exceeded",
        why="A producer that is alone would be throttled for ever, by its own growth.",
        file="core/limiter.py",
        old="            self.rate = min(self._most, grown)\n",
        new="            self.rate = grown\n",
        layer=(_LIMITER,),
    ),
    Mutant(
        name="large-entry-waits-for-credit",
        why="What is larger than the credit that can be saved up would never go.",
        file="core/limiter.py",
        old="        return self._credit > -_ROUNDING\n",
        new="        return self._credit > 25_000\n",
        layer=(_LIMITER,),
    ),
    Mutant(
        name="no-worth-in-waiting",
        why="Of single records, two would go in a request, not twenty: ten times the CPU time.",
        file="core/lanes.py",
        old="            if False in answers:\n"
        "                self._packing.pass_time(lane, now)\n",
        new="            self._packing.pass_time(lane, now)\n            if False in answers:\n",
        layer=(_LANES,),
    ),
    Mutant(
        name="rate-grows-while-idle",
        why="After a quiet hour, many producers would meet a shard at full rate at once.",
        file="core/limiter.py",
        old="        if earned < most and self.rate < self._most:\n",
        new="        if self.rate < self._most:\n",
        layer=(_LIMITER,),
    ),
    Mutant(
        name="first-shard-preferred",
        why="Producers that begin together would all begin with the same shard.",
        file="core/ranking.py",
        old="        return lane.credit_since, self._dice(), number, lane\n",
        new="        return lane.credit_since, 0.0, number, lane\n",
        layer=(f"{_RANKING}::test_ties_are_broken_at_random",),
    ),
    Mutant(
        name="passed-over-for-good",
        why="A lane that had nothing for one request would get no records without keys any more.",
        file="core/packing.py",
        old="        for lane in passed:\n            self._ranking.rank(lane)\n",
        new="",
        layer=(_LANES, _PACKING),
    ),
    Mutant(
        name="mean-of-shards-kept-for-good",
        why="A shard that was held down would grow as if all were still as fast as at first.",
        file="core/packing.py",
        old="        if now - self._mean_at > _MEAN_HOLDS:\n",
        new="        if self._mean_at == -_NEVER:\n",
        layer=(_PACKING,),
    ),
    Mutant(
        name="mean-of-shards-each-time",
        why="Of a thousand shards, all would be added up for each of them.",
        file="core/packing.py",
        old="        if now - self._mean_at > _MEAN_HOLDS:\n",
        new="        if now > self._mean_at:\n",
        layer=(_PACKING,),
    ),
    Mutant(
        name="own-records-first",
        why="Records without keys would wait for as long as there are others.",
        file="core/packing.py",
        old="        chosen = min(filter(None, (own, taken)), key=_number, default=None)\n",
        new="        chosen = own or taken\n",
        layer=(_LANES,),
    ),
    Mutant(
        name="fullest-shard-first",
        why="Records without keys would queue up where there is least room.",
        file="core/ranking.py",
        old="        return lane.credit_since, self._dice()",
        new="        return -lane.credit_since, self._dice()",
        layer=(_LANES,),
    ),
    Mutant(
        name="throttled-entry-sleeps",
        why="A shard would be idle while what belongs to it waits for backoffs of its own.",
        file="core/lanes.py",
        old="        line.retry(aggregate, _NOW if paced else not_before)\n",
        new="        line.retry(aggregate, not_before)\n",
        layer=(_LANES,),
    ),
    Mutant(
        name="dead-shard-hammered",
        why="A shard that takes nothing would be asked again at once, for as long as it lasts.",
        file="core/lane.py",
        old="        return self.limiter.open and self.not_before <= now\n",
        new="        return self.limiter.open\n",
        layer=(_LANES,),
    ),
    Mutant(
        name="quota-ignored",
        why="One shard that is held down would take all memory, and the others would be idle.",
        file="core/lanes.py",
        old="or lane.charged + size <= lane.quota:\n",
        new="or lane.charged + size <= self._memory.limit:\n",
        layer=(_LANES,),
    ),
    Mutant(
        name="full-lane-blocks-everybody",
        why="Callers of all other shards would wait for the one that takes nothing.",
        file="producer/callers.py",
        old="            self._full.add(lane)\n",
        new="            self.without_room = True\n",
        layer=(_CALLERS,),
    ),
    Mutant(
        name="callers-of-a-lane-overtake",
        why="A large record would wait for ever behind small ones that came later.",
        file="producer/callers.py",
        old="        return self.without_room or lane in self._full\n",
        new="        return self.without_room\n",
        layer=(_CALLERS,),
    ),
    Mutant(
        name="one-of-a-request-that-is-full",
        why="Of 500 single records that waited for each other one would go, and 499 wait again.",
        file="core/packing.py",
        old="        self._readiness.filling = True\n",
        new="",
        layer=(_LANES,),
    ),
    Mutant(
        name="two-of-a-lane-in-flight",
        why="The second may be accepted while the first is throttled: order is lost.",
        file="core/readiness.py",
        old="        return bool(lane.after) or lane.busy\n",
        new="        return bool(lane.after)\n",
        layer=(_ORDERING,),
    ),
    Mutant(
        name="all-lanes-in-one-request",
        why="In order, three of four senders would have nothing to do until the answer is there.",
        file="core/packing.py",
        old="        return -(-len(self._lanes.all) // self._rules.senders)\n",
        new="        return self._rules.requests.count\n",
        layer=(_ORDERING,),
    ),
    Mutant(
        name="child-does-not-wait-for-its-parent",
        why="What is sent after a split would overtake what is left from before it.",
        file="core/readiness.py",
        old="        return bool(lane.after) or lane.busy\n",
        new="        return lane.busy\n",
        layer=(_ORDERING,),
    ),
    Mutant(
        name="successor-overtakes-a-retry-of-its-lane",
        why="A record in doubt would be read after those that were sent later.",
        file="core/readiness.py",
        old="        if retry < _NEVER and lane is not None and self._rules.ordered:\n"
        "            return retry\n",
        new="",
        layer=(_ORDERING,),
    ),
    Mutant(
        name="ordered-aggregates-do-not-grow",
        why="With 300 ms to the service and back, two thirds of a shard would not be used.",
        file="core/lanes.py",
        old="            needed = int(_ENOUGH * SHARD_BYTES_PER_SECOND * self._round_trip)\n",
        new="            needed = 0\n",
        layer=(_ORDERING,),
    ),
    Mutant(
        name="written-piece-sent-again",
        why="Copies, which nobody counts, of all that was well.",
        file="core/aggregate.py",
        old="        left = [one for one in self.pieces if one.accepted is None]\n",
        new="        left = self.pieces\n",
        layer=(_PIECES,),
    ),
    Mutant(
        name="wrong-shard-is-delivered",
        why="The KCL throws such an aggregate away, and its owner was told that it is there.",
        file="core/pieces.py",
        old="    return WRONG_SHARD\n",
        new="    return result\n",
        layer=(_PIECES,),
    ),
    Mutant(
        name="doubt-of-a-piece-forgotten",
        why="Records would be called not written that may be in the stream.",
        file="core/pieces.py",
        old="    return max(failures, key=_weight, default=None)\n",
        new="    return failures[0] if failures else None\n",
        layer=(_PIECES,),
    ),
    Mutant(
        name="longer-key-for-a-piece",
        why="A piece of a full aggregate would be over the limit of a record: refused, given up.",
        file="core/entries.py",
        old="    if len(lot.records) > 1 and _size(",
        new="    if not lot.records and _size(",
        layer=(_SIZES,),
    ),
    Mutant(
        name="keys-of-their-own-not-counted",
        why="An aggregate of many keys would be over the limit of a record, and be refused.",
        file="core/rules.py",
        old="        return framed + aggregate.own_size\n",
        new="        return framed\n",
        layer=(_SIZES,),
    ),
    Mutant(
        name="auto-not-heeded",
        why="Where the service spreads the records, the KCL throws most KPL aggregates away.",
        file="core/traffic.py",
        old="        self.accumulator.alone = facts.auto is True and self._rules.filtered\n",
        new="        self.accumulator.alone = False\n",
        layer=(_TRAFFIC,),
    ),
    Mutant(
        name="wrong-map-believed",
        why="Without a permission to be told, each aggregate would be sent until it is given up.",
        file="core/traffic.py",
        old="        return replace(told, shards=None, auto=True)\n",
        new="        return told\n",
        layer=(_TRAFFIC,),
    ),
    Mutant(
        name="lost-with-its-lane",
        why="What waits for a shard that was split would wait until its deadline.",
        file="core/lanes.py",
        old="            waiting += [one for lane in gone for one in lane.line.clear()]\n",
        new="",
        layer=(_TRAFFIC,),
    ),
)
