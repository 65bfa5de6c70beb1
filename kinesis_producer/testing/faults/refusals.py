"""What the service refuses, in its own words: throttles, rights, keys, records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from kinesis_producer.testing.faults.entries import Which, entries, every_other, with_records
from kinesis_producer.testing.faults.plain import error
from kinesis_producer.testing.messages import ServiceError, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kinesis_producer.testing.messages import Fault, Parameters, Proceed, Request, Response

_THROTTLED: Final = "ProvisionedThroughputExceededException"
_ACCOUNT: Final = "000000000000"

#: What the service says of a stream's encryption key, by code (service model 2013-12-02, as of
#: botocore 1.44.5).
KMS_ERRORS: Final[Mapping[str, str]] = {
    "KMSAccessDeniedException": "The ciphertext references a key that doesn't exist or that you "
    "don't have access to.",
    "KMSDisabledException": "The request was rejected because the specified KMS key isn't enabled.",
    "KMSInvalidStateException": "The request was rejected because the state of the specified "
    "resource isn't valid for this request.",
    "KMSNotFoundException": "The request was rejected because the specified entity or resource "
    "can't be found.",
    "KMSOptInRequired": "The AWS access key ID needs a subscription for the service.",
    "KMSThrottlingException": "The request was denied due to request throttling.",
}


def throttled_entries(which: Which = every_other) -> Fault:
    """Throttle some entries, in the words of the service, which name the shard; commit the rest."""
    return entries(which, _THROTTLED)


def uncounted_entries(which: Which = every_other) -> Fault:
    """As `throttled_entries`, but ``FailedRecordCount`` says 0: each entry must be looked at."""
    throttle = throttled_entries(which)

    def fault(request: Request, proceed: Proceed) -> Response:
        return with_records(throttle(request, proceed), failed=0)

    return fault


def internal_failures(which: Which = every_other, *, committed: bool) -> Fault:
    """Say InternalFailure of some entries, whether they were committed or not."""
    return entries(which, "InternalFailure", committed=committed)


def throttled() -> Fault:
    """Throttle the whole request."""
    return error(_THROTTLED, "Rate exceeded")


def invalid_entry(bad: Callable[[Parameters], bool]) -> Fault:
    """Refuse every request that has a bad entry with ValidationException, and perform the others.

    Args:
        bad: asked of each entry (its members as they were sent, Data in base64).
    """

    def fault(request: Request, proceed: Proceed) -> Response:
        for number, entry in enumerate(request.parameters.get("Records", ()), start=1):
            if bad(entry):
                return refusal(ServiceError("ValidationException", _invalid(number, entry)))
        return proceed()

    return fault


def expired_credentials() -> Fault:
    """The session token is too old."""
    return error("ExpiredTokenException", "The security token included in the request is expired")


def invalid_credentials() -> Fault:
    """Nobody has that access key."""
    return error(
        "UnrecognizedClientException", "The security token included in the request is invalid."
    )


def invalid_signature() -> Fault:
    """The secret key is wrong, or the clock is."""
    return error(
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check "
        "your AWS Secret Access Key and signing method. Consult the service documentation for "
        "details.",
    )


def access_denied() -> Fault:
    """The credentials do not allow the operation on the stream."""

    def fault(request: Request, _proceed: Proceed) -> Response:
        message = (
            f"User: arn:aws:iam::{_ACCOUNT}:user/local is not authorized to perform: "
            f"kinesis:{request.operation} on resource: "
            f"arn:aws:kinesis:us-east-1:{_ACCOUNT}:stream/{request.stream_name} because no "
            f"identity-based policy allows the kinesis:{request.operation} action"
        )
        return refusal(ServiceError("AccessDeniedException", message))

    return fault


def kms_error(code: str) -> Fault:
    """The stream's encryption key cannot be used.

    Raises:
        ValueError: ``code`` is none of ``KMS_ERRORS``.
    """
    if code not in KMS_ERRORS:
        raise ValueError(f"code must be one of {', '.join(KMS_ERRORS)}, not {code!r}")
    return error(code, KMS_ERRORS[code])


def no_such_stream() -> Fault:
    """The stream is not there, whether it is or not."""

    def fault(request: Request, _proceed: Proceed) -> Response:
        message = f"Stream {request.stream_name} under account {_ACCOUNT} not found."
        return refusal(ServiceError("ResourceNotFoundException", message))

    return fault


def _invalid(number: int, entry: Parameters) -> str:
    """The words of the service, which quote what they refuse."""
    return (
        f"1 validation error detected: Value '{entry.get('PartitionKey')}' at "
        f"'records.{number}.member.partitionKey' failed to satisfy constraint: Member must have "
        "length less than or equal to 256"
    )
