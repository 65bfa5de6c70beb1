"""What has to be true at every moment at which nobody is in the middle of a decision.

Deadlines would hide a lost wake-up: whatever nobody sees to is settled by them, late and yet in
time. So after each step it is asked whether everybody who can go on is awake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kinesis_producer import Delivery
    from kinesis_producer.producer.outbox import Outbox

_NEVER = float("inf")

#: Seconds; sums of times are rounded.
_ROUNDING = 1e-6


def check(outbox: Outbox, deliveries: Iterable[Delivery], now: float) -> None:
    """Everybody who can go on is awake, and what is charged is what is there.

    Raises:
        AssertionError: it is not so.
    """
    _check_memory(outbox)
    _check_senders(outbox, now)
    assert not _asleep(outbox.reports.waiting and [outbox.reports.reporter]), "reports wait"
    assert not _asleep(outbox.finished() and outbox.joiners), "all is done, and a joiner sleeps"
    for one in deliveries:
        assert not _asleep(one.settlement and one.waiters), "an outcome is set, and nobody is told"


def _check_memory(outbox: Outbox) -> None:
    backlog = outbox.backlog
    memory = backlog.memory
    assert memory.charged <= memory.limit
    rules = backlog._rules.aggregates
    for one in backlog._live:
        assert one is backlog.front or one.charge == rules.charge(one), "charged for what is not"
    if outbox.callers:
        assert outbox.refusal() is None, "a caller waits at a closed door"
        parcel = outbox.callers._waiting[0].parcel
        assert not backlog.fits(parcel.keys, parcel.charge), "there is room, and a caller waits"


def _check_senders(outbox: Outbox, now: float) -> None:
    roster = outbox._roster
    idle = [one for one in (*roster._idle, roster._watch) if one is not None]
    due = outbox.backlog.due()
    if idle and due < _NEVER:
        soonest = min(_up_by(one) for one in idle)
        assert soonest <= max(due, now) + _ROUNDING, "a request is due, and idle senders sleep"


def _asleep(waiters: Any) -> bool:
    return any(_up_by(one) > float("-inf") for one in waiters or ())


def _up_by(waiter: Any) -> float:
    """When it goes on by itself; minus infinity if it is awake, or has been woken."""
    until: float = waiter.up_by
    return until
