"""What a program gives to be called, checked before there is anything to tell."""

from __future__ import annotations

from typing import Final

from kinesis_producer.errors import ConfigError

_HEARS: Final = ("request", "aggregate")


def check(on_delivery: object, metrics: object) -> None:
    """Refuse what could never be called.

    Raises:
        ConfigError: says what to give instead.
    """
    faults = []
    if on_delivery is not None and not callable(on_delivery):
        kind = type(on_delivery).__name__
        faults.append(f"on_delivery: give a function that takes a Report, not {kind}")
    if metrics is not None and not _listens(metrics):
        faults.append(
            "metrics: give an object with the methods request and aggregate, such as Counters() or"
            " one of a subclass of MetricsListener"
        )
    if faults:
        raise ConfigError("; ".join(faults))


def _listens(metrics: object) -> bool:
    """Whether it has both methods; a class that was not called has them for its objects only."""
    methods = [getattr(metrics, name, None) for name in _HEARS]
    return not isinstance(metrics, type) and all(map(callable, methods))
