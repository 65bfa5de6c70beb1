"""What the tests of formats make records and aggregates with."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from kinesis_producer.core.compression import GZIP, ZSTD, compression_of
from kinesis_producer.core.formats.compressed import Compressed
from kinesis_producer.core.formats.kpl import KplFormat, constant, spread
from kinesis_producer.core.formats.packed import PackedFormat
from kinesis_producer.core.formats.plain import DelimiterFormat, NoFormat
from kinesis_producer.limits import MAX_HASH_KEY
from kinesis_producer.records import NO_KEYS, Keys, UserRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kinesis_producer.core.formats import Format

#: What an aggregate is sent under that has no key of its own.
RANDOM = "0123456789abcdef"

_GZIP, _ZSTD = compression_of(GZIP), compression_of(ZSTD)

#: Every format times compression, and how a reader is told of it.
FORMS: dict[str, tuple[Format, dict[str, str]]] = {
    "delimiter": (DelimiterFormat(b"\n"), {"aggregation": "delimiter"}),
    "delimiter gzip": (
        Compressed(DelimiterFormat(b"\n"), _GZIP),
        {"aggregation": "delimiter", "compression": GZIP},
    ),
    "delimiter zstd": (
        Compressed(DelimiterFormat(b"\n"), _ZSTD),
        {"aggregation": "delimiter", "compression": ZSTD},
    ),
    "none": (NoFormat(), {}),
    "none gzip": (Compressed(NoFormat(), _GZIP), {"compression": GZIP}),
    "none zstd": (Compressed(NoFormat(), _ZSTD), {"compression": ZSTD}),
    "msgpack": (PackedFormat(), {}),
    "msgpack gzip": (PackedFormat(_GZIP, GZIP), {}),
    "msgpack zstd": (PackedFormat(_ZSTD, ZSTD), {}),
    "kpl": (KplFormat(), {}),
    "kpl constant": (KplFormat(constant), {}),
    "kpl spread": (KplFormat(spread(16)), {}),
    "kpl spread far": (KplFormat(spread(10_000)), {}),
}

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
hash_keys = st.integers(0, MAX_HASH_KEY).map(str)
data = st.binary(max_size=40) | st.sampled_from([b"", b"x" * 127, b"x" * 128, b"x" * 20_000])
keys = st.one_of(
    st.just(NO_KEYS),
    st.builds(Keys, texts, st.none() | hash_keys),
    st.builds(Keys, st.none(), hash_keys),
)
#: For an aggregate: data, partition key, and explicit hash key of some.
rows = st.lists(
    st.tuples(data, st.sampled_from(["a", "b", "schlüssel", "鍵"]) | texts, st.none() | hash_keys),
    min_size=1,
    max_size=12,
)


def numbered(rows: Iterable[tuple[bytes, str | None, str | None]]) -> list[UserRecord]:
    """The records of an aggregate, as they are read."""
    return [
        UserRecord(data, key, hash_key, place) for place, (data, key, hash_key) in enumerate(rows)
    ]


def mutated(valid: bytes, seed: int) -> bytes:
    """A few bytes changed, left out, doubled or put in."""
    dice, out = random.Random(seed), bytearray(valid)
    for _ in range(dice.randint(1, 4)):
        place = dice.randrange(len(out) + 1)
        cut = place + dice.choice((0, 0, 1, 2, 8))
        piece = dice.choice((b"", dice.randbytes(dice.choice((1, 1, 4))), bytes(out[place:cut])))
        out[place:cut] = piece
    return bytes(out)
