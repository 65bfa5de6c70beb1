"""The scout: looks at the stream in the background, so that records go by what it is now."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

from kinesis_producer import log
from kinesis_producer.core.looks import Question, is_final, is_forbidden
from kinesis_producer.core.retry import SPREAD
from kinesis_producer.core.shard_map import ShardMap, StreamFacts, read_facts
from kinesis_producer.producer import interruption
from kinesis_producer.records import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kinesis_producer.client.connection import Connection
    from kinesis_producer.core.shards import Shard
    from kinesis_producer.producer.outbox import Outbox

T = TypeVar("T")

#: Seconds between two listings, whatever the evidence; 1,000 a second are allowed for a stream.
_LISTING_PAUSE: Final = 1.0

#: The same for summaries, of which an account is allowed 20 a second for all its streams.
_SUMMARY_PAUSE: Final = 10.0

_UNMAPPED: Final = (
    "%s: records are grouped by their keys, not by shards, because kinesis:ListShards is not"
    " permitted; the shards cannot be filled evenly then (said once)"
)

#: The old shards serve until there is one that can be believed.
_CHANGING: Final = Failure("IncompleteListing", "the shards leave gaps, or overlap")

_dice: Final = random.SystemRandom()


class Scout:
    """The one thread that asks about the stream. Nobody waits for it: a question may hang.

    Args:
        outbox: is told what there is to know, and has evidence that it has changed.
        connection: whom to ask.
        allow: is told the stream's own limit of a record, in bytes.
        clock: monotonic time.
    """

    def __init__(
        self,
        outbox: Outbox,
        connection: Connection,
        allow: Callable[[int], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._outbox = outbox
        self._connection = connection
        self._allow = allow
        self._clock = clock
        self._listing = Question(_LISTING_PAUSE)
        self._describing = Question(_SUMMARY_PAUSE)
        self._shards: Sequence[Shard] | None = None
        self._summary: Mapping[str, Any] | None = None
        self._facts: StreamFacts | None = None
        self._said: set[str] = set()

    def run(self) -> None:
        """Look until the producer is closed and nothing is pending."""
        interruption.serve(self._outbox)
        while (evidence := self._outbox.await_look(self._due)) is not None:
            try:
                self._look(evidence)
            except BaseException as error:  # noqa: BLE001 -- records go in without it
                self._give_up(error)

    def _give_up(self, error: BaseException) -> None:
        """For now: whatever came back cannot be used."""
        failure = Failure("InternalError", f"{type(error).__name__} in the scout")
        for question in (self._listing, self._describing):
            question.failed(failure, now=self._clock(), spread=_dice.uniform(*SPREAD))
        log.exception("%s: the stream could not be looked at", self._connection.where)

    def _due(self, evidence: bool) -> float:  # noqa: FBT001 -- a callback
        return min(one.due(evidence=evidence) for one in (self._listing, self._describing))

    def _look(self, evidence: bool) -> None:  # noqa: FBT001 -- as above
        """Ask what is due, and tell what is new; blocks for the answers."""
        listing, describing = (
            one.due(evidence=evidence) <= self._clock() for one in (self._listing, self._describing)
        )
        # at first, nobody knows yet whether this is a stream whose shards say nothing
        if listing and self._list() and self._facts is not None:
            self._tell(anyway=True)
        if describing:
            self._describe()
        self._tell(anyway=False)

    def _list(self) -> bool:
        answer = self._ask(self._connection.looking.shards)
        if not isinstance(answer, Failure) and not ShardMap(answer).complete:
            answer = _CHANGING
        if not isinstance(answer, Failure):
            self._shards = answer
        elif is_final(answer):
            self._shards = None  # what was known grows old, and nobody would say so
        return self._conclude("ListShards", self._listing, answer)

    def _describe(self) -> None:
        answer = self._ask(self._connection.looking.summary)
        if not isinstance(answer, Failure):
            self._summary = answer
        self._conclude("DescribeStreamSummary", self._describing, answer)

    def _ask(self, question: Callable[[], T | Failure]) -> T | Failure:
        """The answer; whatever goes wrong in this thread is one, too."""
        try:
            return question()
        except BaseException as error:  # noqa: BLE001 -- as at the top of a thread: it is told
            return Failure("InternalError", f"{type(error).__name__} in the scout")

    def _conclude(self, operation: str, question: Question, answer: object) -> bool:
        """When to ask again; whether there was an answer, which is logged if not."""
        now, spread = self._clock(), _dice.uniform(*SPREAD)
        if not isinstance(answer, Failure):
            question.answered(now=now, spread=spread)
            return True
        question.failed(answer, now=now, spread=spread)
        self._log(operation, answer)
        return False

    def _log(self, operation: str, failure: Failure) -> None:
        where = self._connection.where
        if is_final(failure) and operation in self._said:
            return
        if is_final(failure):
            self._said.add(operation)
        if is_forbidden(failure) and operation == "ListShards":
            log.warning(_UNMAPPED, where)
        else:
            log.debug("%s: %s: %s", where, operation, failure.message)

    def _tell(self, *, anyway: bool) -> None:
        facts = read_facts(self._shards, self._summary)
        if facts.record_limit is not None:
            self._allow(facts.record_limit)
        if anyway or facts != self._facts:
            self._outbox.learn(facts)
        self._facts = facts
