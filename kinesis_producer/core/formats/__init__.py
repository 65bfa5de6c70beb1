"""How user records lie in the data of a Kinesis record.

A format is pure: bytes and keys in, bytes and keys out. `deaggregation` goes the other way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TypeAlias

    from kinesis_producer.core.formats.slices import Slices
    from kinesis_producer.records import Keys

    Data: TypeAlias = bytes | Slices
    """Of a Kinesis record."""


#: As a configuration names them.
DELIMITER: Final = "delimiter"
NONE: Final = "none"
MSGPACK: Final = "msgpack"
KPL: Final = "kpl"
AGGREGATIONS: Final = (DELIMITER, NONE, MSGPACK, KPL)

#: What aggregates begin with that say by themselves what they are. No text begins with 0xC1, and no
#: msgpack.
KPL_MAGIC: Final = b"\xf3\x89\x9a\xc2"
PACKED_MAGIC: Final = b"\xc1kpm"
MAGICS: Final = (KPL_MAGIC, PACKED_MAGIC)


class Format(Protocol):
    """What the accumulator and the senders ask of a format."""

    @property
    def framing(self) -> int:
        """Bytes that each record adds beside its data, at the most."""
        ...

    @property
    def single(self) -> bool:
        """Whether every record is a Kinesis record of its own."""
        ...

    @property
    def filtered(self) -> bool:
        """Whether readers throw an aggregate away that holds a record of another shard."""
        ...

    @property
    def mixes(self) -> bool:
        """Whether records of an aggregate may have keys of their own."""
        ...

    def own_keys(self, keys: Keys, key_size: int, *, new: bool) -> int:
        """Bytes that a record adds for these, at the most, where others have other keys.

        Args:
            keys: of the record.
            key_size: bytes of its partition key.
            new: no other record of the aggregate has the same.
        """
        ...

    def encode_mixed(
        self, records: Sequence[bytes], pairs: Sequence[Keys], partition_key: str
    ) -> bytes:
        """As `encode`, for records of which each has keys of its own.

        Args:
            records: two at least.
            pairs: the keys of each.
            partition_key: for those that have none but an explicit hash key, where they need one.
        """
        ...

    def envelope(self, keys: Keys, key_size: int, count: int, size: int) -> int:
        """Bytes that an aggregate adds beside its records and their framing, at the most.

        Args:
            keys: of its records.
            key_size: bytes of the partition key that it is sent under.
            count: of its records.
            size: bytes of its records and their framing; more of it never makes this less.
        """
        ...

    def lone(self, record: bytes, keys: Keys, key_size: int) -> int:
        """Bytes beside its data, at the most, where a record is sent without any others."""
        ...

    def encode(self, records: Sequence[bytes], keys: Keys, partition_key: str) -> bytes:
        """The data of the Kinesis record that carries these user records.

        Args:
            records: one at least.
            keys: theirs.
            partition_key: theirs, or the random one that the Kinesis record is sent under.
        """
        ...

    def pour(self, records: Sequence[bytes], keys: Keys, partition_key: str) -> Data:
        """The same as `encode`; what is large may be made while it is written."""
        ...

    def each(self, records: Sequence[bytes]) -> Iterable[bytes]:
        """The data of one Kinesis record for each, where every record is one of its own."""
        ...

    def container(self, records: Sequence[bytes], keys: Keys, partition_key: str) -> Keys:
        """The keys of that Kinesis record. The arguments are those of `encode`."""
        ...

    def breaks(self, record: bytes) -> bool:
        """Whether this record would not come back as one."""
        ...

    def count_broken(self, data: Data, records: Sequence[bytes]) -> int:
        """How many records more than these a reader finds in the data that was made of them."""
        ...
