"""A sender: takes batches from the outbox, carries them to the service, brings back the answer."""

from __future__ import annotations

import random
import time
from collections import Counter
from typing import TYPE_CHECKING, Final

from kinesis_producer import log
from kinesis_producer.core.entries import entries, size_of
from kinesis_producer.core.retry import SPREAD, meaning
from kinesis_producer.limits import RANDOM_KEY_SIZE
from kinesis_producer.metrics import RequestMetrics
from kinesis_producer.producer import interruption
from kinesis_producer.records import Failure
from kinesis_producer.waiting import Waiter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kinesis_producer.client.connection import Connection
    from kinesis_producer.core.aggregate import Aggregate
    from kinesis_producer.core.entries import Entry
    from kinesis_producer.core.formats import Data, Format
    from kinesis_producer.core.put_records import Answer, Batch
    from kinesis_producer.producer.delivery import Delivery
    from kinesis_producer.producer.outbox import Outbox

#: For keys that spread records, and for jitter.
new_dice: Final = random.Random

_BROKEN: Final = (
    "records hold the record_delimiter, so that readers will find more records than were sent"
    " (%d so far; said once); aggregation='none' or delimiter_in_record='error' prevent it"
)


class Sender:
    """One of the identical threads between the outbox and the service.

    Args:
        outbox: where batches come from.
        connection: where they go.
        form: how records lie in an aggregate.
        measuring: somebody wants to hear of requests.
    """

    def __init__(
        self,
        outbox: Outbox,
        connection: Connection,
        form: Format,
        *,
        measuring: bool,
    ) -> None:
        self._outbox = outbox
        self._connection = connection
        self._form = form
        self._measuring = measuring
        self._waiter = Waiter()
        self._dice = new_dice()

    def run(self) -> None:
        """Carry batches until the producer is closed and nothing is left.

        Raises only errors of our own. Nobody has to wait for the answer to what it carries then.
        """
        interruption.serve(self._outbox)
        self._dice = new_dice()  # here: a fork would double what was made before
        rest = self._connection.rest
        try:
            while (batch := self._outbox.take(self._waiter, rest)) is not None:
                self._work(batch)
        except BaseException as error:
            failure = Failure("InternalError", f"{type(error).__name__} in a sender")
            self._outbox.forsake(self._waiter, failure)
            raise

    def _work(self, batch: Batch[Delivery]) -> None:
        begun = time.monotonic()
        answer = self._carry(batch)
        measuring = self._measuring or log.is_detailed()
        metrics = self._measure(batch, answer, begun) if measuring else None
        news = self._outbox.settle(
            batch, answer, spread=self._dice.uniform(*SPREAD), metrics=metrics
        )
        if news:
            self._log(news)

    def _log(self, news: list[Failure]) -> None:
        try:
            for failure in news:
                why = meaning(failure).why
                where = self._connection.where
                log.error("%s: %s: %s (%s)", where, failure.code, failure.message, why)
        finally:
            self._outbox.logged()

    def _carry(self, batch: Batch[Delivery]) -> Answer:
        """One request; whatever goes wrong in this thread has an answer too."""
        for aggregate in batch.aggregates:
            aggregate.sent_size = 0
        try:
            request = self._connection.request(self._entries(batch))
        except MemoryError:
            return Failure("OutOfMemory", "no memory to build the request")
        try:
            return self._connection.put_records(request)
        except MemoryError:
            return Failure("OutOfMemoryInRequest", "no memory to send it, or to read its answer")
        except BaseException as error:  # noqa: BLE001 -- the top of a thread: it is told
            where = self._connection.where
            log.exception("%s: a sender was interrupted; its records go again", where)
            return Failure("NoAnswer", f"{type(error).__name__} in the sender")

    def _entries(self, batch: Batch[Delivery]) -> Iterator[list[Entry]]:
        """Those of each aggregate when they are asked for: few are in memory beside the request."""
        for aggregate in batch.aggregates:
            made = entries(self._form, aggregate, self._partition_key(aggregate))
            whole = not (aggregate.scanned or aggregate.pieces or self._form.single)
            yield made  # what is large is made now
            aggregate.sent_size = size_of(made)
            if whole:
                aggregate.scanned = True
                self._count_broken(made[0].data, aggregate)
            del made

    def _partition_key(self, aggregate: Aggregate[Delivery]) -> str:
        """Its own key, else a random one: a new one for each attempt, which may meet another shard.

        After an attempt that may have been written the key stays, so that copies share a shard.
        What is sent as several Kinesis records, each with the key of its own, gets one for those
        that have none.
        """
        own = aggregate.keys.partition_key
        if own is not None and not (self._form.single and aggregate.pairs):
            return own
        if aggregate.partition_key in {None, own} or not aggregate.doubts:
            bits = self._dice.getrandbits(4 * RANDOM_KEY_SIZE)
            aggregate.partition_key = f"{bits:0{RANDOM_KEY_SIZE}x}"
        return aggregate.partition_key

    def _count_broken(self, data: Data, aggregate: Aggregate[Delivery]) -> None:
        broken = self._form.count_broken(data, aggregate.records)
        if broken and self._outbox.count_broken(broken):
            log.warning(_BROKEN, broken)

    def _measure(self, batch: Batch[Delivery], answer: Answer, begun: float) -> RequestMetrics:
        failures = [answer] if isinstance(answer, Failure) else answer
        metrics = RequestMetrics(
            kinesis_records=sum(aggregate.entries for aggregate in batch.aggregates),
            user_records=sum(map(_user_records, batch.aggregates)),
            size=sum(aggregate.sent_size for aggregate in batch.aggregates),
            time=time.monotonic() - begun,
            errors=Counter(one.code for one in failures if isinstance(one, Failure)),
            answered=not isinstance(answer, Failure) or answer.status is not None,
        )
        log.debug("%s: %s", self._connection.where, metrics)
        return metrics


def _user_records(aggregate: Aggregate[Delivery]) -> int:
    return len(aggregate.records) if aggregate.singles == 1 else aggregate.entries
