"""Faults of a subscription that has begun: it is broken off behind so many events with records.

A SubscribeToShard that the service refuses is refused. Events without records pass and are not
counted, because how many there are is a matter of time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from kinesis_producer.testing.eventstream import Event, encoded, exception
from kinesis_producer.testing.messages import Disconnect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from kinesis_producer.testing.messages import Fault, Proceed, Request, Response

    Events: TypeAlias = Iterator[Event | bytes]


def subscription_reset(*, after: int = 1) -> Fault:
    """Reset the connection of a subscription. With it may go what was sent just before."""

    def broken(events: Events) -> Events:
        yield from _first(events, after)
        raise Disconnect

    return _changed(broken)


def subscription_exception(
    code: str = "InternalFailureException",
    message: str = "Internal Service Failure",
    *,
    after: int = 1,
) -> Fault:
    """Let a subscription fail: its last event is an exception of the service.

    Args:
        code: of the exception. The service model also knows ResourceNotFoundException,
            ResourceInUseException and those of KMS.
        message: its words.
        after: events with records that come before.
    """

    def failing(events: Events) -> Events:
        yield from _first(events, after)
        yield exception(code, message)

    return _changed(failing)


def subscription_ended(*, after: int = 1) -> Fault:
    """End a subscription early, as its five minutes end it."""
    return _changed(lambda events: _first(events, after))


def subscription_garbled(*, after: int = 1) -> Fault:
    """Let the first event behind the others have a checksum that is wrong, and end there."""

    def garbled(events: Events) -> Events:
        yield from _first(events, after)
        for event in events:
            raw = event if isinstance(event, bytes) else encoded(event)
            yield raw[:-1] + bytes([raw[-1] ^ 1])
            return

    return _changed(garbled)


def _changed(change: Callable[[Events], Events]) -> Fault:
    def fault(_request: Request, proceed: Proceed) -> Response:
        response = proceed()
        if response.events is None:
            return response
        return replace(response, events=change(response.events))

    return fault


def _first(events: Events, count: int) -> Events:
    """The initial response and what follows, up to so many events with records."""
    left = count
    for event in events:
        yield event
        left -= isinstance(event, Event) and event.has_records
        if left <= 0:
            return
