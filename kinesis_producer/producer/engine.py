"""One life of a producer: what is pending, the threads that see to it, and their connection."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from kinesis_producer.producer.crew import Crew
from kinesis_producer.producer.intake import Intake
from kinesis_producer.producer.lifecycle import Ending
from kinesis_producer.producer.outbox import Outbox
from kinesis_producer.producer.reporter import Reporter
from kinesis_producer.producer.scout import Scout
from kinesis_producer.producer.sender import Sender
from kinesis_producer.producer.wiring import rules_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from kinesis_producer.client.connection import Connection
    from kinesis_producer.config import ProducerConfig
    from kinesis_producer.core.formats import Format
    from kinesis_producer.core.rules import BacklogRules
    from kinesis_producer.metrics import MetricsListener
    from kinesis_producer.producer.callers import Parcel
    from kinesis_producer.producer.delivery import Delivery, Report


@dataclass(frozen=True, slots=True)
class Plan:
    """What does not change over a fork: the configuration, and what the user brought."""

    config: ProducerConfig
    form: Format
    on_delivery: Callable[[Report], object] | None
    metrics: MetricsListener | None

    @property
    def rules(self) -> BacklogRules:
        """Sizes, times and bounds."""
        return rules_of(self.config, self.form)

    @property
    def name(self) -> str:
        """Of the stream."""
        return self.config.stream_name or str(self.config.stream_arn)


class Engine:
    """The working parts. A fork copies no threads, so the child begins with a new engine.

    Args:
        plan: what to build.
        connection: where records go.
        allow: is told the stream's own limit of a record, in bytes.
    """

    def __init__(self, plan: Plan, connection: Connection, allow: Callable[[int], None]) -> None:
        measuring = plan.metrics is not None
        told = plan.on_delivery is not None
        outbox = Outbox(
            plan.rules,
            senders=plan.config.kinesis_concurrency,
            told=told,
            measuring=measuring,
            longest=plan.config.longest_wait,
        )
        self._new_sender = partial(Sender, outbox, connection, plan.form, measuring=measuring)
        senders = [self._new_sender().run for _ in range(plan.config.kinesis_concurrency)]
        outbox.hire = lambda: self._crew.add(self._new_sender().run)
        reporter = Reporter(outbox, plan.on_delivery, plan.metrics).run
        self.connection = connection
        self.outbox = outbox
        self.completion = outbox.completion
        self.ending = Ending(self.completion, plan.name, plan.config.exit_timeout)
        self._intake = Intake(outbox, plan.config)
        self.add = self._intake.add
        self._crew = Crew(
            [*senders, reporter],
            aside=[Scout(outbox, connection, allow).run],
            on_crash=self.completion.crash,
            on_end=self._end,
            name=plan.name,
        )

    def accept(self, parcel: Parcel, max_block: float | None) -> Delivery:
        """See `Intake.accept`; the first record starts the threads."""
        if not self._crew.started and not self.outbox.closed:
            self.ending.expect()
            self._crew.start()
            if self._crew.ended:  # another thread has sent and joined since the look above
                self.ending.forget()
        return self._intake.accept(parcel, max_block)

    def _end(self) -> None:
        self.connection.close()
        self.ending.forget()
