"""What may be repeated of what others say: the service quotes the requests it does not like."""

from __future__ import annotations

import re
from typing import Final

from kinesis_producer.core.retry import MEANINGS
from kinesis_producer.records import Failure

#: The longest message that is passed on, and what a code of the service may look like.
_LONGEST: Final = 300
_CODE: Final = re.compile(r"[A-Za-z0-9_.]{1,100}")

_UNSIGNED: Final = "the service found no complete signature in the request"
_UNMATCHED: Final = "the service did not accept the signature: see the secret key and the clock"
_UNKNOWN: Final = "the service does not know these credentials"
_EXPIRED: Final = "the session token has expired"
_LATE: Final = "the request seems to have been signed long ago or ahead of time: see the clock"

#: The service's words about these quote headers: access key, session token, signature.
_OWN: Final = {
    "IncompleteSignature": _UNSIGNED,
    "IncompleteSignatureException": _UNSIGNED,
    "MissingAuthenticationToken": _UNSIGNED,
    "MissingAuthenticationTokenException": _UNSIGNED,
    "InvalidSignatureException": _UNMATCHED,
    "SignatureDoesNotMatch": _UNMATCHED,
    "RequestExpired": _LATE,
    "RequestTimeTooSkewed": _LATE,
    "ExpiredToken": _EXPIRED,
    "ExpiredTokenException": _EXPIRED,
    "AuthFailure": _UNKNOWN,
    "InvalidClientTokenId": _UNKNOWN,
    "UnrecognizedClientException": _UNKNOWN,
}
#: Its words about these quote the record.
_CHECKED: Final = {
    "InvalidArgumentException",
    "RequestEntityTooLarge",
    "SerializationException",
    "ValidationException",
}

#: A value that failed a check, up to where it stood; or to the end, if that is not said.
_VALUE: Final = re.compile(r"Value '(?:.*' at |.*)", re.DOTALL)
_PLACE: Final = re.compile(
    r"(?:\d{1,4} validation errors? detected: )?Value at '[\w.\[\]]{1,100}' failed[^'\"]*"
)
_QUOTING: Final = re.compile(r"['\"`:={<\[]")
#: How far the clocks are apart is worth repeating.
_CLOCK: Final = re.compile(r"Signature [a-z ]{1,30}: \d{8}T\d{6}Z is [a-z ]{1,30} \d{8}T\d{6}Z")
_SUSPICIOUS: Final = re.compile(r"<|AWS4-|Credential=|Signature=|x-amz-", re.IGNORECASE)


def refusal(code: object, message: object, status: int | None = None) -> Failure:
    """An error of the service: its words where they are known to be harmless, else fewer.

    What quotes a request would bring credentials, payload and partition keys into the log.
    """
    name = str(code or "")
    if not _CODE.fullmatch(name):
        name = "Unknown"
    answered = name if status is None else f"HTTP {status}"
    return Failure(name, _told(name, str(message or "")) or answered, status)


def _told(code: str, message: str) -> str:
    if code in _OWN:
        clock = _CLOCK.match(message)
        return clock[0] if clock else _OWN[code]
    if code not in MEANINGS or _SUSPICIOUS.search(message):
        return ""
    message = _VALUE.sub("Value at ", message)
    return shortened(_checked(message) if code in _CHECKED else message)


def _checked(message: str) -> str:
    """Which member failed which check, but nothing that may be quoted."""
    place = _PLACE.search(message)
    return place[0] if place else _QUOTING.split(message, maxsplit=1)[0]


def masked(message: str) -> str:
    """Without what stands before the @ of an address: it may be a password, and hold an @."""
    begin, end = message.find("//"), message.rfind("@")
    return f"{message[:begin]}//***{message[end:]}" if 0 <= begin < end else message


def shortened(message: str) -> str:
    """One line of bearable length, and masked."""
    return masked(" ".join(message.split()))[:_LONGEST]
