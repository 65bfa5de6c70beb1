"""How user records lie in a Kinesis record: delimiter and none.

A format ends each record (it does not separate them), so that an empty record, and an aggregate of
empty records, come back as they were sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence


class Format(Protocol):
    """What the accumulator and the senders ask of a format."""

    @property
    def framing(self) -> int:
        """Bytes added to each record."""
        ...

    @property
    def single(self) -> bool:
        """Whether every record is a Kinesis record of its own."""
        ...

    def encode(self, records: Sequence[bytes]) -> bytes:
        """The data of the Kinesis record that carries these user records."""
        ...

    def split(self, data: bytes) -> list[bytes]:
        """The user records in the data of a Kinesis record."""
        ...

    def breaks(self, record: bytes) -> bool:
        """Whether this record would not come back as one."""
        ...

    def count_broken(self, data: bytes, records: Sequence[bytes]) -> int:
        """How many delimiters stand inside the records of this encoded data."""
        ...


class DelimiterFormat:
    """Each record followed by the delimiter."""

    single = False

    def __init__(self, delimiter: bytes) -> None:
        self._delimiter = delimiter
        self.framing = len(delimiter)
        self._overlaps = any(
            delimiter[:size] == delimiter[-size:] for size in range(1, len(delimiter))
        )

    def encode(self, records: Sequence[bytes]) -> bytes:
        """Join the records; one copy of the bytes."""
        return self._delimiter.join((*records, b""))

    def split(self, data: bytes) -> list[bytes]:
        """Cut at each delimiter; what follows the last one, if anything, is a record too."""
        records = data.split(self._delimiter)
        if not records[-1]:
            records.pop()
        return records

    def breaks(self, record: bytes) -> bool:
        """Whether the record holds the delimiter, or its end makes one match early."""
        return (record + self._delimiter).find(self._delimiter) != len(record)

    def count_broken(self, data: bytes, records: Sequence[bytes]) -> int:
        """Count by one scan of the data, except where a delimiter can overlap itself."""
        if self._overlaps:
            return sum(map(self.breaks, records))
        return data.count(self._delimiter) - len(records)


class NoFormat:
    """Each record goes as it is, alone."""

    framing = 0
    single = True

    def encode(self, records: Sequence[bytes]) -> bytes:
        """The record itself."""
        return records[0]

    def split(self, data: bytes) -> list[bytes]:
        """The record itself."""
        return [data]

    def breaks(self, record: bytes) -> bool:  # noqa: ARG002 -- nothing breaks what is not framed
        """Never."""
        return False

    def count_broken(self, data: bytes, records: Sequence[bytes]) -> int:  # noqa: ARG002 -- same
        """None."""
        return 0
