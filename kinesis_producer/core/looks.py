"""When a producer asks about its stream: at the start, upon evidence, and now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kinesis_producer.records import Failure

#: Seconds between two looks without any reason.
NOW_AND_THEN: Final = 300.0

#: Seconds until what was refused is asked again: somebody may have given the permission meanwhile.
AFTER_REFUSAL: Final = 600.0

#: Seconds before a question that failed is asked again; doubled each time, up to `NOW_AND_THEN`.
FIRST_WAIT: Final = 1.0

#: The most of it while there is evidence: what lands in the wrong shard is sent again meanwhile.
LONGEST_WITH_EVIDENCE: Final = 8.0

#: The code of what a client, or a service, does not know.
UNSUPPORTED: Final = "Unsupported"

#: The credentials do not allow it (common errors of AWS APIs).
_NOT_PERMITTED: Final = frozenset(
    {"AccessDenied", "AccessDeniedException", "NotAuthorized", "UnauthorizedOperation"}
)
_UNKNOWN: Final = frozenset({UNSUPPORTED, "UnknownOperationException", "NotImplemented"})


def is_forbidden(failure: Failure) -> bool:
    """Whether a permission is missing."""
    return failure.code in _NOT_PERMITTED


def is_final(failure: Failure) -> bool:
    """Whether asking again soon is of no use."""
    return is_forbidden(failure) or failure.code in _UNKNOWN


class Question:
    """Something that is asked of the service again and again.

    Args:
        pause: seconds between two answers, whatever the evidence.
    """

    def __init__(self, pause: float) -> None:
        self._pause = pause
        self._failures = 0
        self._soonest = self._latest = float("-inf")

    def due(self, *, evidence: bool) -> float:
        """When it is to be asked; with evidence that the last answer no longer holds, sooner."""
        return self._soonest if evidence else self._latest

    def answered(self, *, now: float, spread: float) -> None:
        """There is an answer. ``spread`` is jitter for the waits that follow from it."""
        self._failures = 0
        self._soonest = now + self._pause
        self._latest = now + NOW_AND_THEN * spread

    def failed(self, failure: Failure, *, now: float, spread: float) -> None:
        """There is none."""
        if is_final(failure):
            self._failures = 0
            wait = AFTER_REFUSAL
        else:
            wait = min(FIRST_WAIT * (1 << min(self._failures, 32)), NOW_AND_THEN)
            self._failures += 1
        self._latest = now + wait * spread
        most = wait if is_final(failure) else LONGEST_WITH_EVIDENCE
        self._soonest = now + min(wait, most) * spread
