"""botocore's exceptions, read as failures: what happened, in words without secrets or payload."""

from __future__ import annotations

import re
from typing import Final

import botocore.exceptions as boto

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

#: The service quotes what it was sent: values that failed a check, and (with a wrong signature) the
#: signed headers, the session token among them, after the first sentence.
_QUOTED = re.compile(r"Value '.*' at ", re.DOTALL)
_FIRST_SENTENCE = re.compile(r"^[^.\n]*")
_SIGNATURE = {"InvalidSignatureException", "SignatureDoesNotMatch", "IncompleteSignature"}
_LONGEST = 300

_CREDENTIALS = re.compile(r"//[^/@\s]*@")


def failure_of(error: BaseException) -> Failure:
    """What happened to a request that raised."""
    if isinstance(error, boto.ClientError):
        return _answered(error)
    if isinstance(error, boto.SSLError):
        refused = "CERTIFICATE_VERIFY_FAILED" in str(error)
        return Failure("CertificateRefused" if refused else "NoAnswer", _short(str(error)))
    for kinds, code in _KINDS:
        if isinstance(error, kinds):
            return Failure(code, _short(_safe(error, code)))
    return Failure("NoAnswer", _short(f"{type(error).__name__}: {error}"))


def _answered(error: boto.ClientError) -> Failure:
    answer = getattr(error, "response", None) or {}
    told = answer.get("Error") or {}
    code = str(told.get("Code") or "Unknown")
    message = _QUOTED.sub("Value at ", str(told.get("Message") or code))
    if code in _SIGNATURE:
        message = _FIRST_SENTENCE.findall(message)[0]
    status = (answer.get("ResponseMetadata") or {}).get("HTTPStatusCode")
    return Failure(code, _short(message), status if isinstance(status, int) else None)


def _safe(error: boto.BotoCoreError, code: str) -> str:
    """Neither the values of an invalid request, nor what a program for credentials has printed."""
    if code == "InvalidRequest":
        return "the request is not valid"
    if getattr(error, "kwargs", {}).get("provider") == "custom-process":
        return "the credential_process of the profile failed; run it to see why"
    return str(error)


def masked(message: str) -> str:
    """Without what stands before the @ of an address: it may be a password."""
    return _CREDENTIALS.sub("//***@", message)


def _short(message: str) -> str:
    return masked(" ".join(message.split()))[:_LONGEST]
