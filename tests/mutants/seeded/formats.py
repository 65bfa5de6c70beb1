"""How records lie in aggregates, and how they are read."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

_FORMATS: Final = "core/formats/"
_KPL: Final = "tests/formats/test_kpl.py"
_PACKED: Final = "tests/formats/test_packed.py"
_TRIP: Final = "tests/formats/test_round_trip.py"
_READ: Final = "tests/formats/test_deaggregation.py"
_COMPRESSION: Final = "tests/formats/test_compression.py"
_PRODUCER: Final = "tests/producer/test_formats.py"

MUTANTS: Final = (
    Mutant(
        name="digest-not-checked",
        why="A record of the user's that begins like an aggregate of the KPL would be taken apart.",
        file=_FORMATS + "kpl_reading.py",
        old=".digest() != data[-kpl.DIGEST_SIZE :]:\n",
        new=".digest() == data:\n",
        layer=(_KPL,),
    ),
    Mutant(
        name="head-believed",
        why="A record with tags would end where it would end without.",
        file=_FORMATS + "kpl_heads.py",
        old=" if plain and head[1] == size + HEAD - 2 else None",
        new=" if plain else None",
        layer=(_KPL,),
    ),
    Mutant(
        name="lone-aggregate-goes-raw",
        why="An aggregate that somebody sends as a record would come back as several.",
        file=_FORMATS + "kpl.py",
        old="    return len(records) == 1 and not records[0].startswith(MAGICS)\n",
        new="    return len(records) == 1\n",
        layer=(_TRIP,),
    ),
    Mutant(
        name="container-not-routed",
        why="An aggregate under another key would land in another shard: the KCL would drop it.",
        file=_FORMATS + "kpl.py",
        old="        hashed = keys.explicit_hash_key or str(hash_key(partition_key))\n",
        new="        hashed = keys.explicit_hash_key\n",
        layer=(_TRIP,),
    ),
    Mutant(
        name="hash-key-index-not-counted",
        why="Aggregates with explicit hash keys would be over the limit of a record.",
        file=_FORMATS + "kpl.py",
        old="_HASH_KEY + _HASHED * count",
        new="0",
        layer=(_TRIP,),
    ),
    Mutant(
        name="large-records-not-counted",
        why="Their lengths take more bytes: aggregates would be over the limit of a record.",
        file=_FORMATS + "kpl.py",
        old="_LONGER: Final = 4\n",
        new="_LONGER: Final = 0\n",
        layer=(_TRIP,),
    ),
    Mutant(
        name="index-of-hash-keys-not-counted",
        why="Two bytes for each record that has one.",
        file=_FORMATS + "kpl.py",
        old="_HASHED: Final = 2\n",
        new="_HASHED: Final = 0\n",
        layer=(_TRIP,),
    ),
    Mutant(
        name="hash-key-of-ours-not-counted",
        why="It has up to 39 digits.",
        file=_FORMATS + "packed.py",
        old="_HASH_KEY: Final = 39\n",
        new="_HASH_KEY: Final = 0\n",
        layer=(_TRIP,),
    ),
    Mutant(
        name="too-few-fields",
        why="An aggregate of as many records as there may be would be refused for their keys.",
        file=_FORMATS + "kpl_reading.py",
        old="        self._fields.left += _FIELDS_OF_ONE\n",
        new="",
        layer=(_READ,),
    ),
    Mutant(
        name="library-believed",
        why="With zlib-ng noise grows by a twentieth, and the service refuses it.",
        file="core/compression.py",
        old="        if len(compressed) <= len(data) + self.growth(len(data)):\n",
        new="        if compressed:\n",
        layer=(_COMPRESSION,),
    ),
    Mutant(
        name="checksum-not-checked",
        why="What was damaged on the way would be read as something else.",
        file=_FORMATS + "packed_reading.py",
        old="    if packed.checksum(version, number, row) != checksum:\n",
        new="    if not row:\n",
        layer=(_PACKED,),
    ),
    Mutant(
        name="compression-not-in-the-checksum",
        why="A byte decides how all others are read.",
        file=_FORMATS + "packed.py",
        old="    return zlib.crc32(row, zlib.crc32(bytes((version, compression))))\n",
        new="    return zlib.crc32(row)\n",
        layer=(_PACKED,),
    ),
    Mutant(
        name="rest-of-the-row-ignored",
        why="Records would be lost in an aggregate that says that it has fewer.",
        file=_FORMATS + "packed_reading.py",
        old="        if self._objects.tell() != self._size:\n",
        new="        if not self._size:\n",
        layer=(_PACKED,),
    ),
    Mutant(
        name="users-own-gzip-taken-off",
        why="What somebody sends compressed has to come back compressed.",
        file="core/deaggregation.py",
        old="    whole = compression if aggregation != MSGPACK else None\n",
        new="    whole = compression\n",
        layer=(_READ,),
    ),
    Mutant(
        name="cut-off-taken-for-whole",
        why="Half of an aggregate would be delivered as all of it.",
        file="core/compression.py",
        old="        if not one.eof or len(pieces) > _MOST_PIECES:\n",
        new="        if len(pieces) > _MOST_PIECES:\n",
        layer=(_COMPRESSION,),
    ),
    Mutant(
        name="growth-forgotten",
        why="A record of noise at the limit would be refused after it was accepted.",
        file=_FORMATS + "compressed.py",
        old="        return inner + growth(size + inner) + others\n",
        new="        return inner + others\n",
        layer=(_PRODUCER,),
    ),
    Mutant(
        name="misplaced-not-left-out",
        why="Who asks for the rule of the KCL would get records twice.",
        file="core/deaggregation.py",
        old="        return _keyed((), NO_KEYS) if self.kcl_range_check else found\n",
        new="        return found\n",
        layer=(_READ,),
    ),
)
