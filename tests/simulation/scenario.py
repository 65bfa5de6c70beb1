"""One run, made from a seed: a configuration, callers, a service with its troubles, and an end."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Any

from kinesis_producer import (
    BufferFull,
    KinesisProducer,
    Outcome,
    ProducerClosed,
    ProducerFailed,
    UndeliveredRecords,
)
from kinesis_producer.producer import lifecycle
from tests.simulation import rest
from tests.simulation.judge import Accepted, judge
from tests.simulation.scheduler import Scheduler
from tests.simulation.service import Service
from tests.simulation.stage import staged

if TYPE_CHECKING:
    from kinesis_producer import Report


class Scenario:
    """What happens is fixed by the seed; `play` raises where something is wrong.

    Args:
        seed: of everything.
    """

    def __init__(self, seed: int) -> None:
        self.scheduler = Scheduler(seed)
        self.dice = self.scheduler.dice
        self.config = self._configuration()
        self.service = Service(
            self.scheduler,
            request_timeout=self.config["request_timeout"],
            trouble=self.dice.choice((0, 10, 40, 80)),
            fatal=self.dice.random() < 0.15,
        )
        self.accepted: dict[bytes, Accepted] = {}
        self.reported: Counter[bytes] = Counter()
        self.outcomes: dict[bytes, Outcome] = {}
        self.settled_at: dict[bytes, float] = {}
        self._sent = 0
        self.spread = False
        self.listening = self.dice.random() < 0.6
        self._freeze()

    def _configuration(self) -> dict[str, Any]:
        pick = self.dice.choice
        aggregation = pick(("delimiter", "delimiter", "none", "msgpack", "kpl"))
        return {
            "stream_name": "orders",
            "aws_region": "us-east-1",
            "aggregation": aggregation,
            "buffer_size_limit": pick((0, 30, 60, 300)),
            "buffer_time_limit": pick((0.0, 0.2, 2.0)),
            "max_records_per_aggregate": pick((None, None, 1, 3)),
            "kinesis_concurrency": pick((1, 2, 3)),
            "ordering": pick((None, "none", "shard")),
            "kinesis_max_retries": pick((None, None, 0, 2)),
            "delivery_timeout": pick((4.0, 12.0, 60.0)),
            "request_timeout": pick((0.5, 2.0)),
            "max_pending_bytes": pick((1200, 4000, 100_000)),
            "when_full": pick(("block", "block", "raise", "drop_newest", "drop_oldest")),
            "max_block": pick((None, 0.0, 1.0)),
        }

    def _freeze(self) -> None:
        """One run in five is stopped for a while, as a whole; for longer than any deadline, too."""
        if self.dice.random() < 0.2:
            begin = self.scheduler.now + self.dice.uniform(0.0, 8.0)
            self.scheduler.freezes.append((begin, self.dice.choice((0.4, 3.0, 20.0, 100.0))))

    def play(self) -> None:
        """Run to the end, and judge.

        Raises:
            AssertionError: something is not as promised.
        """
        with staged(self.scheduler):
            listener = self._report if self.listening else None
            self.producer = KinesisProducer(self.config, client=self.service, on_delivery=listener)
            try:
                for number in range(self.dice.randint(1, 3)):
                    self.scheduler.spawn(f"caller {number}", self._caller)
                self.scheduler.spawn("ending", self._ending)
                self.scheduler.spawn("scout", self._scout)
                self.scheduler.watch = self._watch
                self.scheduler.run()
            finally:
                self.scheduler.end()
                lifecycle._open.discard(self.producer._engine.ending)  # no time passes at exit
        judge(self)

    def _watch(self) -> None:
        deliveries = [one.delivery for one in self.accepted.values()]
        rest.check(self.producer._engine.outbox, deliveries, self.scheduler.now)

    def _caller(self) -> None:
        for _ in range(self.dice.randint(1, 12)):
            self.scheduler.sleep(self.dice.choice((0.0, 0.0, 0.01, 0.3, 3.0)))
            try:
                if self.dice.random() < 0.05:
                    self.producer.flush(self.dice.choice((None, 0.0, 5.0)))
                self._send()
            except (ProducerClosed, ProducerFailed):
                return
            except (BufferFull, TimeoutError):
                continue

    def _scout(self) -> None:
        """Shards change, and the producer learns of it, at any time; in some runs it never does."""
        stream = self.service.stream
        auto = self.dice.random() < 0.1
        blind = self.dice.random() < 0.25
        for _ in range(self.dice.randint(0, 8)):
            self.scheduler.sleep(self.dice.choice((0.0, 0.01, 0.3, 2.0)))
            if self.dice.random() < 0.3:
                stream.change()
            if auto and self.dice.random() < 0.2:
                stream.auto = not stream.auto
                self.spread = True
            if not blind:
                self._learn()

    def _learn(self) -> None:
        outbox = self.producer._engine.outbox
        facts, now = self.service.stream.facts(), self.scheduler.now
        self.scheduler.sleep(self.dice.choice((0.0, 0.05)))
        outbox.room.decide(lambda: outbox.backlog.learn(facts, now))

    def _send(self) -> None:
        self._sent += 1
        record = b"%d:" % self._sent + b"x" * self.dice.choice((0, 3, 20, 70))
        key = self.dice.choice((None, None, None, "a", "b", "c", "d"))
        before = self.scheduler.now
        delivery = self.producer.send(record, partition_key=key)
        self.accepted[record] = Accepted(delivery, before, self.scheduler.name, key)

    def _ending(self) -> None:
        """Sooner or later somebody closes, joins or aborts; at last everybody joins."""
        self.scheduler.sleep(self.dice.choice((0.0, 1.0, 5.0, 30.0)))
        way = self.dice.choice(("join", "join", "close", "abort", "briefly"))
        if way == "abort":
            self.producer.abort()
        elif way == "close":
            self.producer.close()
        elif way == "briefly":
            self._join(timeout=0.1)
        self._join(timeout=None)

    def _join(self, *, timeout: float | None, again: bool = False) -> None:
        try:
            self.producer.join(timeout)
        except UndeliveredRecords:
            assert not self.listening
        except TimeoutError:
            if timeout is None:  # it waits in one long stretch here, and cannot tell a freeze
                assert self.scheduler.frozen
                assert not again
                self._join(timeout=None, again=True)
            return
        assert not self.listening or self.reported.total() == self.producer.totals.received

    def _report(self, report: Report) -> None:
        for record in report.records:
            self.reported[record.data] += 1
            self.outcomes[record.data] = report.outcome
            self.settled_at[record.data] = self.scheduler.now
        if self.dice.random() < 0.1:
            self._from_a_callback()

    def _from_a_callback(self) -> None:
        try:
            self._send()
        except (BufferFull, ProducerClosed, ProducerFailed):
            return


def play(seed: int) -> Scenario:
    """One run; where it fails, the error names the seed that plays it again."""
    logger = logging.getLogger("kinesis_producer")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)  # which also forgets what it has answered before
    scenario = Scenario(seed)
    try:
        scenario.play()
    except BaseException as error:
        error.add_note(f"seed {seed}: {scenario.config}")
        raise
    finally:
        logger.setLevel(level)
    return scenario
