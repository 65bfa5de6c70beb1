"""A clock that stands still until the test moves it."""

from __future__ import annotations


class Clock:
    """Wall time begins at 1,700,000,000 seconds since the epoch, monotonic time at 1,000."""

    def __init__(self) -> None:
        self.passed = 0.0

    def wall(self) -> float:
        return 1_700_000_000.0 + self.passed

    def monotonic(self) -> float:
        return 1_000.0 + self.passed

    def advance(self, seconds: float) -> None:
        self.passed += seconds
