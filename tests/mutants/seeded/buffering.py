"""Aggregates, requests and memory: what fits, and what is charged for it."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import SIMULATION, Mutant

_ACCUMULATOR: Final = "tests/core/test_accumulator.py"
_BACKLOG: Final = "tests/core/test_backlog.py"
_SCHEDULE: Final = "tests/core/test_schedule.py"
_MEMORY: Final = "tests/producer/test_memory.py"

MUTANTS: Final = (
    Mutant(
        name="age-from-the-last-record",
        why="A steady trickle would never leave: the ancestor's bug.",
        file="core/accumulator.py",
        old="            aggregate.append(record, overhead=self._rules.overhead)\n",
        new="            aggregate.append(record, overhead=self._rules.overhead)\n"
        "            aggregate.opened_at = now\n",
        layer=(_ACCUMULATOR,),
    ),
    Mutant(
        name="framing-not-counted",
        why="Many small records with their delimiters would be over the limit of a record.",
        file="core/rules.py",
        old="if self._records_size(aggregate) + size + self.form.framing >",
        new="if self.data_size(aggregate) + size >",
        layer=(_ACCUMULATOR,),
    ),
    Mutant(
        name="key-not-counted",
        why="Data and key share the limit of a record: the service would refuse it.",
        file="core/rules.py",
        old="min(aggregate.size_limit, self.record_limit - aggregate.wire_key_size)",
        new="min(aggregate.size_limit, self.record_limit)",
        layer=(_ACCUMULATOR,),
    ),
    Mutant(
        name="request-size-without-framing",
        why="A full request would be over the limit by its delimiters, and be refused whole.",
        file="core/accumulator.py",
        old="self._rules.framed_size(aggregate) + aggregate.wire_key_size\n",
        new="self._rules.data_size(aggregate) + aggregate.wire_key_size\n",
        layer=(_ACCUMULATOR,),
    ),
    Mutant(
        name="501-entries-in-a-request",
        why="The service refuses such a request whole.",
        file="core/schedule.py",
        old="            if batch and (room < 0 or count > self._limits.count):\n",
        new="            if batch and room < 0:\n",
        layer=(_SCHEDULE,),
    ),
    Mutant(
        name="limit-of-entries-wrong",
        why="The same, by a wrong number.",
        file="limits.py",
        old="MAX_RECORDS_PER_REQUEST: Final = 500\n",
        new="MAX_RECORDS_PER_REQUEST: Final = 501\n",
        layer=("tests/core/test_packing.py",),
    ),
    Mutant(
        name="request-size-ignored",
        why="A request over 10 MiB is refused whole.",
        file="core/schedule.py",
        old="            if batch and (room < 0 or count > self._limits.count):\n",
        new="            if batch and count > self._limits.count:\n",
        layer=(_SCHEDULE,),
    ),
    Mutant(
        name="flush-does-not-hurry",
        why="Single records would wait for a full request though somebody waits for them.",
        file="core/backlog.py",
        old="        self._traffic.queue.hurry()\n",
        new="",
        layer=("tests/producer/test_completion.py",),
    ),
    Mutant(
        name="close-reason-forgotten",
        why="The reason is the metric that says whether aggregates are well filled.",
        file="producer/completion.py",
        old="        self._outbox.backlog.flush(CloseReason.FLUSH)\n",
        new="        self._outbox.backlog.flush(CloseReason.CLOSE)\n",
        layer=("tests/producer/test_completion.py",),
    ),
    Mutant(
        name="memory-not-charged",
        why="A server that hangs would have the program grow until it is killed.",
        file="core/backlog.py",
        old="        aggregate = self.accumulator.append(record, keys, key_size, now, lane)\n"
        "        self._charge(aggregate)\n",
        new="        aggregate = self.accumulator.append(record, keys, key_size, now, lane)\n",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="key-may-exceed-the-buffer",
        why="Its sender would wait for room that there never can be.",
        file="producer/door.py",
        old="        if size + key_size > most:\n",
        new="        if size > most:\n",
        layer=("tests/producer/test_door.py",),
    ),
    Mutant(
        name="memory-bound-off-by-a-record",
        why="The bound has to hold for what comes in, not only for what is there.",
        file="core/memory.py",
        old="        fits = self.charged + size <= self.limit\n",
        new="        fits = self.charged <= self.limit\n",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="memory-not-freed-on-failure",
        why="After enough failures nobody could send any more.",
        file="core/settled.py",
        old="holds = aggregate.aboard + self._kept(aggregate.handle)\n",
        new="holds = aggregate.aboard + self._kept(aggregate.handle) + (accepted is None)\n",
        layer=(SIMULATION,),
    ),
    Mutant(
        name="memory-not-freed-by-a-late-answer",
        why="The same, with a server that drips.",
        file="core/settled.py",
        old="        self.late += 1\n        self._memory.release(aggregate)\n",
        new="        self.late += 1\n",
        layer=(SIMULATION,),
    ),
    Mutant(
        name="memory-freed-while-in-flight",
        why="A request that outlives its deadline still holds its bytes.",
        file="core/settled.py",
        old="holds = aggregate.aboard + self._kept(aggregate.handle)\n",
        new="holds = int(self._kept(aggregate.handle))\n",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="memory-freed-before-it-was-reported",
        why="A callback that does not keep up would hold memory without a bound.",
        file="core/settled.py",
        old="holds = aggregate.aboard + self._kept(aggregate.handle)\n",
        new="holds = int(aggregate.aboard)\n",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="memory-of-reports-forgotten-after-ctrl-c",
        why="After an interruption, what waits for its report would no longer be charged for.",
        file="core/memory.py",
        old="        self.charged = self._settled + sum(",
        new="        self.charged = sum(",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="dropped-reports-without-a-bound",
        why="Dropping, meant to bound memory, would pile up reports instead.",
        file="core/memory.py",
        old="        return self._owed > self.limit // 8\n",
        new="        return False\n",
        layer=(_MEMORY,),
    ),
    Mutant(
        name="oldest-dropped-in-flight",
        why="It may be written, and its bytes are not free before its request returns.",
        file="core/live.py",
        old="(one for one in self if one.state is State.CLOSED)",
        new="(one for one in self if one.state is not State.OPEN)",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="callers-overtake",
        why="Who waits for room gets it first come first served; else somebody waits for ever.",
        file="producer/intake.py",
        old="        if first and backlog.fits(parcel.keys, parcel.charge):\n",
        new="        if backlog.fits(parcel.keys, parcel.charge):\n",
        layer=(_MEMORY,),
    ),
    Mutant(
        name="callback-waits-for-room",
        why="The reporter frees the room: it would wait for itself.",
        file="producer/intake.py",
        old="        if max_block <= 0 or not interruption.may_wait(self._outbox):\n",
        new="        if max_block <= 0:\n",
        layer=(_MEMORY,),
    ),
)
