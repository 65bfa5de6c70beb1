"""The handle that ``send`` returns: what became of the records of one aggregate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from kinesis_producer.errors import DeliveryFailed, NotWritten, PossiblyWritten
from kinesis_producer.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from kinesis_producer.records import Settlement, UserRecord
    from kinesis_producer.waiting import Waiter


@dataclass(frozen=True, slots=True)
class Delivered:
    """Where the records of one aggregate are.

    Attributes:
        shard_id: the shard.
        sequence_number: of the Kinesis record that carries them, as the service gave it; of the
            first of them, where each is a Kinesis record of its own (``aggregation="none"`` with
            ``max_records_per_aggregate``).
        attempts: requests it took.
    """

    shard_id: str
    sequence_number: str
    attempts: int


class Desk(Protocol):
    """Where a delivery asks to be waited for: the outbox."""

    def wait_for(self, delivery: Delivery, timeout: float | None) -> Settlement:
        """Block until it is settled, of which somebody has been told then."""
        ...

    def call_back(self, delivery: Delivery, callback: Callable[[Delivery], object]) -> None:
        """Have the reporter call when it is settled, or call at once."""
        ...


class Delivery:
    """What became, or will become, of the records of one aggregate; they share one fate.

    Every ``send`` returns the delivery of the aggregate its record went into, so many records have
    the same one. From any thread.
    """

    __slots__ = (
        "__weakref__",
        "_desk",
        "asking",
        "callbacks",
        "missed",
        "settlement",
        "told",
        "waiters",
    )

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self.settlement: Settlement | None = None
        self.told = False
        self.missed = False
        self.asking = 0
        self.waiters: list[Waiter] = []
        self.callbacks: list[Callable[[Delivery], object]] = []

    def __repr__(self) -> str:
        outcome = self.outcome
        return f"<Delivery: {'pending' if outcome is None else outcome.value}>"

    @property
    def outcome(self) -> Outcome | None:
        """The outcome, or ``None`` while pending. Looking at it does not count as being told."""
        return None if self.settlement is None else self.settlement.outcome

    def done(self) -> bool:
        """Whether the outcome is known."""
        return self.settlement is not None

    def result(self, timeout: float | None = None) -> Delivered:
        """Where the records are; blocks until that is known.

        Args:
            timeout: seconds; ``None``: ``delivery_timeout`` + ``request_timeout`` + 1.

        Raises:
            NotWritten: they are certainly not in the stream.
            PossiblyWritten: nobody can say.
            TimeoutError: not known in time; their fate does not change.
            RuntimeError: in a callback, while they are pending.
        """
        settlement = self._desk.wait_for(self, timeout)
        error = failed(settlement)
        if error is not None:
            raise error
        return delivered(settlement)

    def exception(self, timeout: float | None = None) -> DeliveryFailed | None:
        """Why the records were given up, ``None`` if delivered; blocks as `result` does."""
        return failed(self._desk.wait_for(self, timeout))

    def add_done_callback(self, callback: Callable[[Delivery], object]) -> None:
        """Have ``callback(self)`` called by the reporter thread; at once, here, if it is done."""
        self._desk.call_back(self, callback)


class Deliveries(tuple[Delivery, ...]):
    """The distinct deliveries of what ``send_many`` accepted, in order."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Report:
    """What ``on_delivery`` is called with, once for each aggregate.

    Attributes:
        records: the user records, with their keys, in the order they were sent.
        outcome: what became of all of them.
        error: why they were given up; ``None`` when delivered.
        attempts: requests that carried them.
        shard_id: where they are, or the first of them; ``None`` unless delivered.
        sequence_number: the same; see `Delivered`.
    """

    records: Sequence[UserRecord]
    outcome: Outcome
    error: DeliveryFailed | None
    attempts: int
    shard_id: str | None
    sequence_number: str | None


def delivered(settlement: Settlement) -> Delivered:
    """Where the records of a delivered aggregate are."""
    if settlement.accepted is None:
        raise RuntimeError("not delivered")
    return Delivered(
        settlement.accepted.shard_id, settlement.accepted.sequence_number, settlement.attempts
    )


def failed(settlement: Settlement) -> DeliveryFailed | None:
    """Why the records were given up, ``None`` if delivered."""
    failure = settlement.failure
    if settlement.outcome is Outcome.DELIVERED or failure is None:
        return None
    kind = NotWritten if settlement.outcome is Outcome.NOT_WRITTEN else PossiblyWritten
    return kind(
        f"{settlement.outcome.value} after {settlement.attempts} attempt(s):"
        f" {failure.code}: {failure.message}",
        code=failure.code,
        attempts=settlement.attempts,
        records=settlement.records,
    )
