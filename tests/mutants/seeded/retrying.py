"""Retries: of what, when, in which order, and until when."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_BACKLOG: Final = "tests/core/test_backlog.py"
_RETRY: Final = "tests/core/test_retry.py"
_SCHEDULE: Final = "tests/core/test_schedule.py"
_SENDER: Final = "tests/producer/test_sender.py"

MUTANTS: Final = (
    Mutant(
        name="backoff-ignored",
        why="A stream that is at its limit would be asked again at once, by everybody.",
        file="core/retry.py",
        old="        at = now + wait(retries, spread)\n",
        new="        at = now\n",
        layer=(_RETRY,),
    ),
    Mutant(
        name="backoff-not-doubled",
        why="Retries would go on at ten a second for as long as an outage lasts.",
        file="core/retry.py",
        old="FIRST_WAIT * (1 << min(retries, 32))",
        new="FIRST_WAIT",
        layer=(_RETRY,),
    ),
    Mutant(
        name="jitter-ignored",
        why="Producers that were throttled together would come back together.",
        file="core/retry.py",
        old="LONGEST_WAIT) * spread",
        new="LONGEST_WAIT)",
        layer=(_RETRY,),
    ),
    Mutant(
        name="not-before-ignored",
        why="The pause is decided and then nobody keeps to it.",
        file="core/line.py",
        old="heapq.heappush(self._waiting, (not_before, aggregate.number, aggregate))\n",
        new="heapq.heappush(self._waiting, (-_NEVER, aggregate.number, aggregate))\n",
        layer=(_SCHEDULE,),
    ),
    Mutant(
        name="number-of-retries-ignored",
        why="Whoever allows ten retries has a reason.",
        file="core/retry.py",
        old="        if self.max_retries is not None and retries >= self.max_retries:\n"
        "            return None\n",
        new="",
        layer=(_RETRY,),
    ),
    Mutant(
        name="attempts-after-the-deadline",
        why="A record of which its owner was told that it failed would be written after all.",
        file="core/retry.py",
        old="        return at if at < deadline else None\n",
        new="        return at\n",
        layer=(_RETRY,),
    ),
    Mutant(
        name="deadline-ignored",
        why="What no sender takes would be pending for ever.",
        file="core/live.py",
        old="in chain(*late) if self.overdue_at(aggregate) <= now]",
        new="in chain(*late) if aggregate.state is State.IN_FLIGHT]",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="no-time-for-the-last-answer",
        why="A request begun just before the deadline would be given up too soon.",
        file="core/live.py",
        old="extra = self._request_timeout if aggregate.state is State.IN_FLIGHT else 0.0",
        new="extra = 0.0",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="successors-overtake-a-retry",
        why="With one sender the order within a shard is promised.",
        file="core/schedule.py",
        old="        if self._ordered and retry < _NEVER:\n            return retry\n",
        new="",
        layer=(_SCHEDULE,),
    ),
    Mutant(
        name="two-requests-in-order",
        why="The second of two may be accepted while the first is throttled.",
        file="core/stream_queue.py",
        old="        if self._ordered and self._in_flight():\n            return _NEVER\n",
        new="",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="retries-go-last",
        why="What is oldest would wait behind what is new until its deadline.",
        file="core/line.py",
        old="        return self._again[0][1] if self._again else self.first()\n",
        new="        return self.first() or (self._again[0][1] if self._again else None)\n",
        layer=(_SCHEDULE,),
    ),
    Mutant(
        name="neighbours-of-a-culprit-given-up",
        why="One record that is not valid would cost up to 499 others.",
        file="core/backlog.py",
        old="in {Action.BISECT, Action.HALVE}:\n",
        new="is Action.HALVE:\n",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="halving-uses-up-retries",
        why="The neighbours of a culprit would have no retries left for a throttle.",
        file="core/backlog.py",
        old="            aggregate.move(State.CLOSED)\n            return False\n",
        new="            aggregate.retries += 1\n"
        "            aggregate.move(State.CLOSED)\n            return False\n",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="fatal-answer-ends-nothing",
        why="AccessDenied for each of a million records: hours, and a million requests.",
        file="core/backlog.py",
        old="            self.end(self.service.fatal)\n",
        new="            pass\n",
        layer=(_BACKLOG,),
    ),
    Mutant(
        name="each-sender-uses-up-probes",
        why="Requests that were on their way would use up the patience for a stream that is"
        " just being made.",
        file="core/probing.py",
        old="        if self.active and not probe:\n            return False\n",
        new="",
        layer=("tests/core/test_probing.py",),
    ),
    Mutant(
        name="probes-by-all-senders-at-once",
        why="A deleted stream would be hammered by every sender.",
        file="core/probing.py",
        old='        if self.active and probes():\n            return float("inf")\n',
        new="",
        layer=("tests/core/test_probing.py",),
    ),
    Mutant(
        name="pace-ignored",
        why="Of five entries sent to a throttled stream four would be thrown away.",
        file="core/pace.py",
        old="        return self._checked_at + LEAST_CREDIT - self._credit / self.rate\n",
        new='        return float("-inf")\n',
        layer=("tests/core/test_pace.py",),
    ),
    Mutant(
        name="new-key-after-a-doubt",
        why="Copies of a record would lie in different shards, where no reader can compare them.",
        file="producer/sender.py",
        old="    if aggregate.partition_key in {None, own} or not aggregate.doubts:\n",
        new="    if aggregate.partition_key in {None, own} or aggregate.retries:\n",
        layer=(_SENDER,),
    ),
    Mutant(
        name="key-kept-after-a-throttle",
        why="An aggregate without a key would wait for its one hot shard while others are idle.",
        file="producer/sender.py",
        old="    if aggregate.partition_key in {None, own} or not aggregate.doubts:\n",
        new="    if aggregate.partition_key in {None, own}:\n",
        layer=(_SENDER,),
    ),
)
