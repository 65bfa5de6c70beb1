"""What to do while the service says that this may never work.

After an answer such as ResourceNotFound or ExpiredToken the producer does not hammer with all its
senders: one request at a time probes, a few times, and if none gets through the producer fails.
The budget is shared by everything pending, so the number of requests is bounded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

#: Probes after the first suspicious answer (franz-go allows an unknown topic 4 retries).
PROBES: Final = 4

#: Seconds before the first probe, doubled for each further one: 6 in all, 9 with the worst jitter.
FIRST_PAUSE: Final = 0.4


class Probing:
    """Suspicion, shared by all senders.

    Attributes:
        active: whether the last words of the service were suspicious.
        not_before: when the next probe may go.
    """

    def __init__(self) -> None:
        self.active = False
        self.not_before = float("-inf")
        self._asked = 0

    def suspect(self, now: float, *, spread: float, probe: bool) -> bool:
        """Note a suspicious answer; whether the last probe has failed.

        Args:
            now: monotonic time.
            spread: jitter, a factor around 1.
            probe: whether the request was sent as a probe; others were on their way before.
        """
        if self.active and not probe:
            return False
        self.active = True
        if self._asked == PROBES:
            return True
        self.not_before = now + FIRST_PAUSE * 2**self._asked * spread
        self._asked += 1
        return False

    def clear(self) -> None:
        """A request got through."""
        self.active = False
        self.not_before = float("-inf")
        self._asked = 0

    def due(self, probes: Callable[[], bool]) -> float:
        """When a request may go; infinity: not before an answer.

        Args:
            probes: whether a probe is in flight. What was sent before the suspicion is not waited
                for: it may hang for as long as it likes.
        """
        if self.active and probes():
            return float("inf")
        return self.not_before
