"""botocore's exceptions, read as failures: what happened, in words without secrets or payload."""

from __future__ import annotations

import re
from typing import Final

import botocore.exceptions as boto

from kinesis_producer.client.unsent import causes, unsent
from kinesis_producer.core.retry import meaning
from kinesis_producer.core.words import refusal, shortened
from kinesis_producer.records import Failure

#: What `failure_of` can read; anything else is not the network's or the service's doing.
READABLE: Final = (boto.BotoCoreError, boto.ClientError, OSError)

#: Nothing was sent: no connection came about. (A refused one included; measured, botocore 1.44.5.)
_UNREACHABLE = (
    boto.EndpointConnectionError,
    boto.ConnectTimeoutError,
    boto.ProxyConnectionError,
)
_MISCONFIGURED = (
    boto.ConfigNotFound,
    boto.ConfigParseError,
    boto.EndpointProviderError,
    boto.InvalidConfigError,
    boto.InvalidEndpointDiscoveryConfigurationError,
    boto.InvalidProxiesConfigError,
    boto.MissingDependencyException,
    boto.NoRegionError,
    boto.ProfileNotFound,
    boto.UnknownCredentialError,
    boto.UnknownEndpointError,
)
_UNAVAILABLE = (
    boto.CredentialRetrievalError,
    boto.MetadataRetrievalError,
    boto.RefreshWithMFAUnsupportedError,
    boto.SSOError,
    boto.TokenRetrievalError,
    *([boto.LoginError] if hasattr(boto, "LoginError") else ()),  # not in botocore 1.36
)
_NO_CREDENTIALS = (boto.NoCredentialsError, boto.PartialCredentialsError, boto.NoAuthTokenError)

_KINDS: Final = (
    (_UNREACHABLE, "Unreachable"),
    (_NO_CREDENTIALS, "NoCredentials"),
    (_UNAVAILABLE, "CredentialsUnavailable"),
    (_MISCONFIGURED, "Misconfigured"),
    ((boto.ParamValidationError,), "InvalidRequest"),
)
#: A certificate that does not fit, in the ssl module and in urllib3.
_FOREIGN: Final = {"SSLCertVerificationError", "CertificateError"}

#: They hold what http.client said of an answer.
_UNREAD: Final = {boto.HTTPClientError, boto.ResponseStreamingError}

#: botocore quotes what it got from there instead of credentials, which may be half of them.
_CONTAINER: Final = re.compile(r"(from container metadata): .*", re.DOTALL)


def failure_of(error: BaseException) -> Failure:
    """What happened to a request that raised."""
    failure = _answered(error) if isinstance(error, boto.ClientError) else _unanswered(error)
    return unsent(error) or failure if meaning(failure).written else failure


def _unanswered(error: BaseException) -> Failure:
    if isinstance(error, boto.SSLError) and _is_refused(error):
        return Failure("CertificateRefused", shortened(str(error)))
    for kinds, code in _KINDS:
        if isinstance(error, kinds):
            return Failure(code, shortened(_safe(error, code)))
    return Failure("NoAnswer", shortened(f"{type(error).__name__}: {_unread(error)}"))


def _is_refused(error: boto.SSLError) -> bool:
    """By OpenSSL, or by urllib3, which compares the name."""
    named = any(type(cause).__name__ in _FOREIGN for cause in causes(error))
    return named or "CERTIFICATE_VERIFY_FAILED" in str(error)


def _answered(error: boto.ClientError) -> Failure:
    answer = getattr(error, "response", None) or {}
    told = answer.get("Error") or {}
    status = (answer.get("ResponseMetadata") or {}).get("HTTPStatusCode")
    status = status if isinstance(status, int) else None
    return refusal(told.get("Code"), told.get("Message"), status)


def _safe(error: boto.BotoCoreError, code: str) -> str:
    """Neither the values of an invalid request, nor what a source of credentials has answered."""
    if code == "InvalidRequest":
        return "the request is not valid"
    if getattr(error, "kwargs", {}).get("provider") == "custom-process":
        return "the credential_process of the profile failed; run it to see why"
    why = _reason(error) if code == "Unreachable" else ""
    return _CONTAINER.sub(r"\1", str(error)) + why


def _unread(error: BaseException) -> str:
    """Of an answer that could not even be read, words that do not quote it."""
    if isinstance(error, boto.BotoCoreError) and type(error) in _UNREAD:
        return type(error.kwargs.get("error")).__name__
    return str(error)


def _reason(error: BaseException) -> str:
    """Why there is no connection: the system's word for it, which botocore leaves out."""
    told = [cause.strerror for cause in causes(error) if isinstance(cause, OSError)]
    return f" ({told[-1]})" if told and told[-1] else ""
