"""Checks of single values: each returns what is wrong with it, or ``None``."""

from __future__ import annotations

import ipaddress
import re
import reprlib
from collections.abc import Callable
from urllib.parse import urlsplit

Check = Callable[[object], str | None]

_NAME = re.compile(r"[a-zA-Z0-9_.-]{1,128}")
#: API reference: StreamARN.
_STREAM_ARN = re.compile(
    r"arn:aws[a-z-]*:kinesis:(?P<region>[a-z0-9-]+):\d{12}:stream/[\w.-]{1,128}"
)

#: Longest time in seconds that waiting on a lock supports everywhere.
_LONGEST = 4_000_000.0


def optional(check: Check) -> Check:
    """``None``, or what the check allows."""
    return lambda value: None if value is None else check(value)


def one_of(*choices: str) -> Check:
    """One of these words."""

    def check(value: object) -> str | None:
        if isinstance(value, str) and value in choices:
            return None
        return f"must be one of {', '.join(map(repr, choices))}, not {_shown(value)}"

    return check


def either(first: Check, second: Check) -> Check:
    """What the one or the other allows."""

    def check(value: object) -> str | None:
        faults = [fault for of in (first, second) if (fault := of(value)) is not None]
        return " or ".join(faults) if len(faults) == 2 else None

    return check


def whole(least: int, most: int | None = None) -> Check:
    """A whole number between these, both included."""

    def check(value: object) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int):
            return f"must be a whole number, not {_shown(value)}"
        if value < least or (most is not None and value > most):
            bound = f"at least {least}" if most is None else f"from {least} to {most}"
            return f"must be {bound}, not {_shown(value)}"
        return None

    return check


def seconds(least: float | None = None) -> Check:
    """A time in seconds, above 0 unless a least one is given."""

    def check(value: object) -> str | None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            return f"must be a number of seconds, not {_shown(value)}"
        if not value <= _LONGEST:  # NaN is neither
            return f"must be a time of at most {_LONGEST:.0f} seconds, not {_shown(value)}"
        if value < (least or 0) or (least is None and value == 0):
            bound = "above 0" if least is None else f"at least {least}"
            return f"must be {bound}, not {_shown(value)}"
        return None

    return check


def text(value: object) -> str | None:
    """Text that is not empty."""
    return None if isinstance(value, str) and value else f"must be text, not {_shown(value)}"


def flag(value: object) -> str | None:
    """True or False."""
    return None if isinstance(value, bool) else f"must be True or False, not {_shown(value)}"


def name(value: object) -> str | None:
    """A name that a stream or a consumer can have (API reference: StreamName, ConsumerName)."""
    if isinstance(value, str) and _NAME.fullmatch(value):
        return None
    return f"must be 1 to 128 letters, digits, '_', '.' or '-', not {_shown(value)}"


def stream_arn(value: object) -> str | None:
    """The ARN of a stream."""
    if isinstance(value, str) and _STREAM_ARN.fullmatch(value):
        return None
    return f"must be like 'arn:aws:kinesis:us-east-1:123456789012:stream/name', not {_shown(value)}"


def region_of(arn: str) -> str:
    """The region in a stream's ARN."""
    match = _STREAM_ARN.fullmatch(arn)
    if match is None:
        raise ValueError(f"not the ARN of a stream: {arn!r}")
    return match["region"]


def url(value: object) -> str | None:
    """An http or https address; one with credentials in it is not repeated."""
    try:
        parts = urlsplit(value if isinstance(value, str) else "")
        if parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
            return "must not hold credentials" if "@" in parts.netloc else None
    except ValueError:
        pass
    return "must be an address such as 'http://127.0.0.1:4567'"


def trust(value: object) -> str | None:
    """Whose certificates to trust: the usual ones, anybody's, or those at a path."""
    if isinstance(value, bool) or (isinstance(value, str) and value):
        return None
    return f"must be True, False or the path of certificates to trust, not {_shown(value)}"


def is_exposed(address: str) -> bool:
    """Whether what is sent there crosses a network unencrypted."""
    parts = urlsplit(address)
    host = parts.hostname or ""
    if parts.scheme != "http" or host == "localhost" or host.endswith(".localhost"):
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True


def _shown(value: object) -> str:
    """The value, as far as it can be shown in a line."""
    try:
        return reprlib.repr(value)
    except ValueError:  # CPython writes no number of more than 4,300 digits
        return "a number of thousands of digits"


def delimiter(value: object) -> str | None:
    """Bytes, or text, that is not empty."""
    if not isinstance(value, bytes | str):
        return f"must be bytes or text, not {type(value).__name__}"
    if not value:
        return "must not be empty; with aggregation 'none' it is not used"
    try:
        value.encode() if isinstance(value, str) else value
    except UnicodeEncodeError:
        return "cannot be encoded as UTF-8"
    return None
