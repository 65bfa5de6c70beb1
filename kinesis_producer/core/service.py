"""What the answers so far say of the service: its pace, its troubles, whether there is hope."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kinesis_producer.core.outage import Outage
from kinesis_producer.core.probing import Probing
from kinesis_producer.core.retry import Action, meaning
from kinesis_producer.records import Accepted, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kinesis_producer.core.aggregate import H
    from kinesis_producer.core.put_records import Batch, Result


class Service:
    """The state of the service, as far as its answers tell.

    Args:
        delivery_timeout: of records.

    Attributes:
        fatal: the failure that ended this producer, if one did.
    """

    def __init__(self, delivery_timeout: float) -> None:
        self._outage = Outage(delivery_timeout)
        self.fatal: Failure | None = None
        self._probing = Probing()
        self._in_trouble = False
        self._news: list[Failure] = []

    @property
    def probing(self) -> bool:
        """Whether the next request is a probe."""
        return self._probing.active

    def due(self, probes: Callable[[], bool]) -> float:
        """When a request may go; infinity: not before an answer.

        Args:
            probes: whether a probe is in flight.
        """
        return max(self._outage.not_before, self._probing.due(probes))

    def news(self) -> list[Failure]:
        """Failures since the last call that are worth an ERROR in the log at once."""
        news, self._news = self._news, []
        return news

    def learn(
        self, batch: Batch[H], results: Sequence[Result], *, now: float, spread: float, whole: bool
    ) -> None:
        """Read the results of all entries of a request.

        Args:
            batch: what was sent.
            results: one for each entry.
            now: monotonic time.
            spread: jitter.
            whole: the request failed as a whole, so that all results are the same.
        """
        if any(isinstance(result, Accepted) for result in results):
            self._probing.clear()
            self._outage.over()
            self._in_trouble = False
            return
        failures = dict.fromkeys(one for one in results if isinstance(one, Failure))
        for failure in failures:
            self._doubt(failure, now=now, spread=spread, probe=batch.probe)
        self._in_trouble = any(meaning(one).loud for one in failures)
        if whole and all(meaning(one).action is Action.RETRY for one in failures):
            self._outage.failed(taken_at=batch.taken_at, now=now, spread=spread)

    def _doubt(self, failure: Failure, *, now: float, spread: float, probe: bool) -> None:
        action = meaning(failure).action
        hopeless = action is Action.FAIL or (
            action is Action.PROBE and self._probing.suspect(now, spread=spread, probe=probe)
        )
        if hopeless and self.fatal is None:
            self.fatal = failure
            self._news.append(failure)
        elif meaning(failure).loud and not self._in_trouble:
            self._news.append(failure)
