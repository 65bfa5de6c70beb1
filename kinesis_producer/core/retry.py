"""What a failure means, and when the next attempt comes."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kinesis_producer.records import Failure

#: Seconds before the first retry, doubled for each further one up to the longest (the ancestor's
#: schedule: 0.1, 0.2, 0.4 ... 102.4).
FIRST_WAIT: Final = 0.1
LONGEST_WAIT: Final = 102.4

#: Each wait is multiplied by a random factor between these.
SPREAD: Final = (0.5, 1.5)


class Action(enum.Enum):
    """What is to be done about a failure."""

    RETRY = "try again after a pause"
    PROBE = "probe a few times, one request at a time, then fail"
    BISECT = "find the culprit by halving the batch; alone, it is given up"
    HALVE = "try again with half the batch; alone, after a pause"
    FAIL = "the producer can never write: fail at once"


@dataclass(frozen=True, slots=True)
class Meaning:
    """How to read one failure.

    Attributes:
        written: whether the records may be in the stream all the same.
        throttled: the stream takes less than is offered; the pace slows down.
        loud: worth an ERROR in the log at once, not only when the records are given up.
    """

    action: Action
    written: bool
    why: str
    throttled: bool = False
    loud: bool = False


def _no(action: Action, why: str, *, throttled: bool = False, loud: bool = False) -> Meaning:
    return Meaning(action, written=False, why=why, throttled=throttled, loud=loud)


def _unknown(why: str, action: Action = Action.RETRY) -> Meaning:
    return Meaning(action, written=True, why=why)


_THROTTLED = _no(Action.RETRY, "the stream is at its limit", throttled=True)
_EXPIRED = _no(Action.PROBE, "credentials may be refreshing, or the clock may be corrected")
_REFUSED = _no(Action.FAIL, "the credentials do not allow kinesis:PutRecords on this stream")
_KEY_REFUSED = _no(Action.FAIL, "the stream's encryption key cannot be used")
_INVALID = _no(Action.BISECT, "something in the batch is not valid")
_SILENT = _unknown("the request was sent and no answer came")
_UNREACHABLE = _no(Action.RETRY, "no connection, so nothing was sent", loud=True)
_MISCONFIGURED = _no(Action.FAIL, "no request can be made as things are configured")

#: By error code of the service or of this library (the second group). Sources: the API reference
#: of PutRecords, the common errors of AWS APIs, and the errors botocore 1.44.5 raises.
MEANINGS: Final[Mapping[str, Meaning]] = {
    "ProvisionedThroughputExceededException": _THROTTLED,
    "LimitExceededException": _THROTTLED,
    "KMSThrottlingException": _THROTTLED,
    "Throttling": _THROTTLED,
    "ThrottlingException": _THROTTLED,
    "ThrottledException": _THROTTLED,
    "RequestLimitExceeded": _THROTTLED,
    "RequestThrottled": _THROTTLED,
    "RequestThrottledException": _THROTTLED,
    "TooManyRequestsException": _THROTTLED,
    "SlowDown": _THROTTLED,
    "BandwidthLimitExceeded": _THROTTLED,
    "PriorRequestNotComplete": _THROTTLED,
    "InternalFailure": _unknown("the service does not say how far it came"),
    "InternalServerError": _unknown("as InternalFailure"),
    "ServiceUnavailable": _unknown("as InternalFailure"),
    "RequestTimeout": _unknown("the service gave up waiting for the rest of the request"),
    "ResourceInUseException": _no(Action.RETRY, "the stream is being created or changed"),
    "ResourceNotFoundException": _no(Action.PROBE, "the stream may have just been created"),
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "RequestExpired": _EXPIRED,
    "InvalidSignatureException": _EXPIRED,
    "SignatureDoesNotMatch": _EXPIRED,
    "RequestTimeTooSkewed": _EXPIRED,
    "AccessDenied": _REFUSED,
    "AccessDeniedException": _REFUSED,
    "UnauthorizedOperation": _REFUSED,
    "NotAuthorized": _REFUSED,
    "OptInRequired": _REFUSED,
    "AuthFailure": _REFUSED,
    "IncompleteSignature": _REFUSED,
    "IncompleteSignatureException": _REFUSED,
    "InvalidClientTokenId": _REFUSED,
    "MissingAuthenticationToken": _REFUSED,
    "MissingAuthenticationTokenException": _REFUSED,
    "UnrecognizedClientException": _REFUSED,
    "KMSAccessDeniedException": _KEY_REFUSED,
    "KMSDisabledException": _KEY_REFUSED,
    "KMSInvalidStateException": _KEY_REFUSED,
    "KMSNotFoundException": _KEY_REFUSED,
    "KMSOptInRequired": _KEY_REFUSED,
    "ValidationException": _INVALID,
    "InvalidArgumentException": _INVALID,
    "SerializationException": _INVALID,
    "RequestEntityTooLarge": _INVALID,
    # This library's own names for what happened on the way.
    "Unreachable": _UNREACHABLE,
    "NoAnswer": _SILENT,
    "MalformedAnswer": _unknown("an answer that does not say what became of each record"),
    "NoSequenceNumber": _unknown("neither an error nor a sequence number for this record"),
    "WrongShard": _unknown("it was written, but where readers would not find it in its place"),
    "Unfinished": _no(Action.RETRY, "the rest did not fit into the same request"),
    "CertificateRefused": _no(Action.FAIL, "the server's certificate cannot be verified"),
    "NoCredentials": _no(Action.FAIL, "there are no credentials to sign with"),
    "CredentialsUnavailable": _no(Action.PROBE, "the source of the credentials did not answer"),
    "Misconfigured": _MISCONFIGURED,
    "InvalidRequest": _INVALID,
    "OutOfMemory": _no(Action.HALVE, "no memory to build the request; a smaller one may do"),
    "OutOfMemoryInRequest": _unknown("no memory to send it, or to read its answer", Action.HALVE),
}


def meaning(failure: Failure) -> Meaning:
    """Read a failure: by its code, else by its HTTP status, else as unknown."""
    known = MEANINGS.get(failure.code)
    if known is not None:
        return known
    if failure.status == 429:
        return _THROTTLED
    if failure.status == 413:
        return _INVALID
    if failure.status is not None and 400 <= failure.status < 500 and failure.status != 408:
        return _no(Action.PROBE, "an error this library does not know; nothing was written")
    return _unknown("an error this library does not know")


def wait(retries: int, spread: float) -> float:
    """Seconds to wait before the next retry after so many, times a random factor."""
    return min(FIRST_WAIT * (1 << min(retries, 32)), LONGEST_WAIT) * spread


@dataclass(frozen=True, slots=True)
class RetryRules:
    """Both bounds of retrying; whichever comes first ends it.

    Attributes:
        max_retries: attempts after the first, of any kind; ``None``: until the deadline.
        request_timeout: how long an answer may take; the last attempt is placed so early.
    """

    max_retries: int | None
    request_timeout: float

    def next_attempt(
        self, retries: int, *, now: float, deadline: float, spread: float
    ) -> float | None:
        """When to try again after so many retries, or ``None`` for no more.

        A wait that would end past the deadline is cut short once, so that one more attempt is made
        while there is time for its answer.
        """
        if self.max_retries is not None and retries >= self.max_retries:
            return None
        at = now + wait(retries, spread)
        last = deadline - self.request_timeout
        if now + FIRST_WAIT <= last < at:
            return last
        return at if at < deadline else None
