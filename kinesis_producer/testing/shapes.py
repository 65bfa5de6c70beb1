"""The kinds of values a request is made of, and what the service says of wrong ones.

A value of a wrong JSON type ends the check at once, as SerializationException; values that break a
constraint are gathered, and one ValidationException names them all.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

from kinesis_producer.testing.messages import Parameters, ServiceError

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator, Mapping

#: A wrong value is shown in the message up to this many characters.
_SHOWN: Final = 100

_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

#: The last code point that UTF-16 writes in one unit.
_ONE_UNIT: Final = "\uffff"


class Kind(Protocol):
    """What one member of a request may be."""

    def faults(self, value: object, *, path: str) -> Iterator[str]:
        """The constraints that ``value`` breaks, in the service's words.

        Raises:
            ServiceError: SerializationException, the value is of another JSON type.
        """
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A string of ``minimum`` to ``maximum`` UTF-16 code units."""

    minimum: int = 0
    maximum: int = sys.maxsize
    pattern: re.Pattern[str] | None = None
    choices: tuple[str, ...] = ()

    def faults(self, value: object, *, path: str) -> Iterator[str]:
        """See `Kind`."""
        if not isinstance(value, str):
            raise mistyped(value, path=path, wanted="a String")
        length = utf16_length(value, path=path)
        if length < self.minimum:
            yield _broken(value, path, f"have length greater than or equal to {self.minimum}")
        if length > self.maximum:
            yield _broken(value, path, f"have length less than or equal to {self.maximum}")
        if self.pattern is not None and not self.pattern.fullmatch(value):
            pattern = f"satisfy regular expression pattern: {self.pattern.pattern}"
            yield _broken(value, path, pattern)
        if self.choices and value not in self.choices:
            yield _broken(value, path, f"satisfy enum value set: [{', '.join(self.choices)}]")


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number from ``minimum`` to ``maximum``."""

    minimum: int
    maximum: int = 2**31 - 1

    def faults(self, value: object, *, path: str) -> Iterator[str]:
        """See `Kind`."""
        if not isinstance(value, int) or isinstance(value, bool):
            raise mistyped(value, path=path, wanted="an Integer")
        if value < self.minimum:
            yield _broken(value, path, f"have value greater than or equal to {self.minimum}")
        if value > self.maximum:
            yield _broken(value, path, f"have value less than or equal to {self.maximum}")


#: The end of the year 9999, in seconds since the epoch; further no calendar goes.
_LAST_SECOND: Final = 253_402_300_800


@dataclass(frozen=True, slots=True)
class Timestamp:
    """Seconds since the epoch."""

    def faults(self, value: object, *, path: str) -> Iterator[str]:
        """See `Kind`."""
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise mistyped(value, path=path, wanted="a Timestamp")
        if not -_LAST_SECOND < value < _LAST_SECOND:  # NaN is neither
            raise mistyped(value, path=path, wanted="a Timestamp")
        yield from ()


@dataclass(frozen=True, slots=True)
class Flag:
    """True or false."""

    def faults(self, value: object, *, path: str) -> Iterator[str]:
        """See `Kind`."""
        if not isinstance(value, bool):
            raise mistyped(value, path=path, wanted="a Boolean")
        yield from ()


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes, at most ``maximum`` of them, in base64 with its padding."""

    maximum: int

    def faults(self, value: object, *, path: str) -> Iterator[str]:
        """See `Kind`."""
        if not isinstance(value, str) or not is_base64(value):
            raise mistyped(value, path=path, wanted="a Blob in base64")
        size = base64_size(value)
        if size > self.maximum:
            length = f"have length less than or equal to {self.maximum}"
            yield _broken(f"{size} bytes", path, length)


@dataclass(frozen=True, slots=True)
class Structure:
    """Named members; those the service does not know are passed over, as it does."""

    members: Mapping[str, Kind]
    required: tuple[str, ...] = ()

    def faults(self, value: object, *, path: str) -> Iterator[str]:
        """See `Kind`."""
        if not isinstance(value, dict):
            raise mistyped(value, path=path or "The request", wanted="a Structure")
        for name, kind in self.members.items():
            where = f"{path}.{name[0].lower()}{name[1:]}".lstrip(".")
            member = value.get(name)
            if member is not None:
                yield from kind.faults(member, path=where)
            elif name in self.required:
                yield _broken(None, where, "not be null")


def check(parameters: Parameters, *, shape: Structure) -> None:
    """Refuse a request that is not of that shape.

    Raises:
        ServiceError: SerializationException or ValidationException.
    """
    faults = list(shape.faults(parameters, path=""))
    if faults:
        errors = "error" if len(faults) == 1 else "errors"
        message = f"{len(faults)} validation {errors} detected: {'; '.join(faults)}"
        raise ServiceError("ValidationException", message)


def mistyped(value: object, *, path: str, wanted: str) -> ServiceError:
    """The refusal of a value of a wrong JSON type; the value itself is not repeated."""
    return ServiceError(
        "SerializationException", f"{path}: {type(value).__name__} can not be read as {wanted}"
    )


def utf16_length(text: str, *, path: str) -> int:
    """How many UTF-16 code units ``text`` has: what the service calls characters.

    Raises:
        ServiceError: SerializationException, a surrogate stands alone.
    """
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise mistyped(text, path=path, wanted="a String of Unicode") from None
    return len(text) + sum(character > _ONE_UNIT for character in text)


def is_base64(text: str) -> bool:
    """Whether ``text`` is base64 with its padding. Costs a fifth of decoding it."""
    if len(text) % 4 or not text.isascii():
        return False
    padding = len(text) - len(text.rstrip("="))
    return padding <= 2 and text.encode("ascii").translate(None, _BASE64) == b"=" * padding


def base64_size(text: str) -> int:
    """How many bytes lie in a base64 text."""
    return len(text) // 4 * 3 - text[-2:].count("=")


def _broken(value: object, path: str, constraint: str) -> str:
    shown = "null" if value is None else f"'{str(value)[:_SHOWN]}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: Member must {constraint}"
