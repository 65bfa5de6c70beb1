"""Where in a shard: sequence numbers with sub-sequence numbers, compared as the KCL does."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_NUMBER: Final = re.compile(r"(\d{1,129})(?::(\d{1,9}))?", re.ASCII)


class Position(NamedTuple):
    """That of a user record: everything up to it, itself included, has been dealt with.

    It is compared as two whole numbers, never as text. Positions without a record are negative, or
    the end of the shard, which is greater than any record's.

    Attributes:
        sequence_number: of the Kinesis record.
        sub_sequence_number: the place of the user record in it, from 0.
    """

    sequence_number: int
    sub_sequence_number: int = 0

    @property
    def is_record(self) -> bool:
        """Whether it is that of a record."""
        return 0 <= self.sequence_number < SHARD_END.sequence_number

    def __str__(self) -> str:
        name = _NAMES.get(self.sequence_number)
        if name is not None:
            return name
        sub = self.sub_sequence_number
        return f"{self.sequence_number}:{sub}" if sub else f"{self.sequence_number}"


#: The sub-sequence number of a Kinesis record that was dealt with as a whole, and not taken apart.
WHOLE: Final = 2**31 - 1

# The order is that of the KCL 3.5.1.
AT_TIMESTAMP: Final = Position(-3)
TRIM_HORIZON: Final = Position(-2)
LATEST: Final = Position(-1)
#: Greater than the greatest sequence number that the API allows: 129 digits.
SHARD_END: Final = Position(10**130)

_NAMES: Final = {
    AT_TIMESTAMP.sequence_number: "AT_TIMESTAMP",
    TRIM_HORIZON.sequence_number: "TRIM_HORIZON",
    LATEST.sequence_number: "LATEST",
    SHARD_END.sequence_number: "SHARD_END",
}
_BY_NAME: Final = {name: Position(number) for number, name in _NAMES.items()}


def read_position(text: str) -> Position:
    """The position that ``str`` has written.

    Raises:
        ValueError: the text is not one.
    """
    named = _BY_NAME.get(text)
    if named is not None:
        return named
    found = _NUMBER.fullmatch(text)
    if found is None:
        raise ValueError(f"{text[:40]!r} is not a position, such as TRIM_HORIZON or 4965:3")
    return Position(int(found[1]), int(found[2] or 0))
