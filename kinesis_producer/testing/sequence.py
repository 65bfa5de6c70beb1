"""Sequence numbers that look and order like the service's.

56 decimal digits, in four fields: ``49``, the stream's creation in milliseconds since the epoch
(14), a count of the stream (28), the shard's index (12). The count alone orders them, so that a
later number of any shard is greater, a child's numbers are greater than its parents', and text
order is number order. The creation time makes the numbers of a stream that is deleted and created
again greater than the old ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

#: Digits of a sequence number, as seen in answers of the service.
LENGTH: Final = 56

_FORM: Final = re.compile(r"49(\d{14})(\d{28})(\d{12})")


@dataclass(slots=True)
class SequenceNumbers:
    """The numbers of one stream. Not thread-safe: the room's lock is held.

    Attributes:
        created: the stream's creation in milliseconds since the epoch.
        count: how many numbers were given out.
    """

    created: int
    count: int = 0

    def next(self, shard_index: int) -> str:
        """A number greater than every number given out before, marked with the shard's index."""
        self.count += 1
        return self._written(self.count, shard_index)

    def reached(self, shard_index: int) -> str:
        """Not smaller than any number given out so far, smaller than any that will be."""
        return self._written(self.count, shard_index)

    def upcoming(self) -> str:
        """Greater than every number given out, not greater than any that will be."""
        return self._written(self.count + 1, 0)

    def gave(self, number: str, *, shard_index: int) -> bool:
        """Whether ``number`` may have been given out for that shard."""
        fields = _FORM.fullmatch(number)
        if fields is None:
            return False
        created, count, index = map(int, fields.groups())
        return created == self.created and 0 < count <= self.count and index == shard_index

    def _written(self, count: int, shard_index: int) -> str:
        return f"49{self.created:014d}{count:028d}{shard_index:012d}"


def following(number: str) -> str:
    """The smallest sequence number greater than ``number``."""
    return f"{int(number) + 1:0{LENGTH}d}"
