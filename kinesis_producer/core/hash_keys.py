"""Which shard a record belongs to: 128-bit hash keys and their ranges."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import pairwise

from kinesis_producer.limits import MAX_HASH_KEY


@dataclass(frozen=True, slots=True)
class HashRange:
    """The hash keys from ``first`` to ``last``, both of them included."""

    first: int
    last: int

    def __contains__(self, key: int) -> bool:
        return self.first <= key <= self.last

    def meets(self, other: HashRange) -> bool:
        """Whether some key is in both."""
        return self.first <= other.last and other.first <= self.last

    @property
    def middle(self) -> int:
        """Where the second of two halves begins."""
        return (self.first + self.last + 1) // 2


#: Every hash key there is.
WHOLE_RANGE = HashRange(0, MAX_HASH_KEY)


def hash_key(partition_key: str, explicit_hash_key: str | None = None) -> int:
    """The explicit one, if given; else the MD5 of the partition key's UTF-8 (developer guide).

    The MD5 is read as an unsigned big-endian number.
    """
    if explicit_hash_key is not None:
        return int(explicit_hash_key)
    digest = hashlib.md5(partition_key.encode("utf-8"), usedforsecurity=False).digest()
    return int.from_bytes(digest, "big")


def read_hash_key(text: str) -> int | None:
    """The hash key that a decimal ``text`` (``-?[0-9]+``) writes; None if it is out of range."""
    digits = text.lstrip("0") or "0"
    if len(digits) > len(str(MAX_HASH_KEY)):  # never make a number of a million digits
        return None
    key = int(digits)
    return key if key in WHOLE_RANGE else None


def uniform_ranges(count: int) -> list[HashRange]:
    """``count`` equal ranges that cover every hash key; the last takes what division leaves."""
    width = (MAX_HASH_KEY + 1) // count
    bounds = [*range(0, width * count, width)[1:], MAX_HASH_KEY + 1]
    return [HashRange(first, after - 1) for first, after in pairwise([0, *bounds])]
