"""Our own aggregates, byte by byte as docs/formats.rst has them."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer import CorruptAggregate, UserRecord, deaggregate
from kinesis_producer.core.compression import GZIP, ZSTD, compression_of
from kinesis_producer.core.formats.packed import (
    COMPRESSIONS,
    MAGIC,
    PackedFormat,
    checksum,
    packed,
    sealed,
)
from kinesis_producer.records import NO_KEYS, Keys
from tests.formats.making import hash_keys, numbered, texts

#: Made by hand from the description.
ONE_KEY = bytes.fromhex(
    "c1 6b 70 6d"  # magic number
    "01 00"  # version 1, not compressed
    "00000000"  # CRC-32, below
    "02 01"  # two records, one pair of keys
    "a2 c3bc c0"  # partition key "ü", no explicit hash key
    "c4 02 6869  c4 00"  # "hi", nothing
)
TWO_KEYS = bytes.fromhex(
    "c1 6b 70 6d  01 00  00000000"
    "03 02"  # three records, two pairs of keys
    "a1 61 a1 37  c0 c0"  # "a" and hash key 7; none and none
    "00 01 00"  # which pair is whose
    "c4 01 78  c4 01 79  c4 01 7a"
)


def signed(blob):
    """With its CRC-32: of everything behind the magic number but the CRC-32 itself."""
    crc = zlib.crc32(blob[4:6] + blob[10:])
    return blob[:6] + crc.to_bytes(4, "big") + blob[10:]


def test_the_golden_aggregates_are_written():
    """Byte for byte."""
    assert PackedFormat().encode([b"hi", b""], Keys("ü", None), "ü") == signed(ONE_KEY)
    rows = [(b"x", "a", "7"), (b"y", None, None), (b"z", "a", "7")]
    assert packed(rows) == signed(TWO_KEYS)


def test_the_golden_aggregates_are_read():
    """Whoever wrote them."""
    assert deaggregate(signed(ONE_KEY)) == [UserRecord(b"hi", "ü"), UserRecord(b"", "ü", None, 1)]
    assert deaggregate(signed(TWO_KEYS)) == [
        UserRecord(b"x", "a", "7"),
        UserRecord(b"y", None, None, 1),
        UserRecord(b"z", "a", "7", 2),
    ]


@given(
    st.lists(
        st.tuples(st.binary(max_size=300), st.none() | texts, st.none() | hash_keys), min_size=1
    )
)
def test_records_with_keys_of_their_own_come_back(rows):
    """Each with its own."""
    assert deaggregate(packed(rows)) == numbered(rows)


@pytest.mark.parametrize("count", [15, 16, 65_535 - 4, 65_536 - 4, 99_999])
def test_any_number_of_records_comes_back(count):
    """Whatever the header that is left away would have been."""
    records = [b""] * count
    found = deaggregate(PackedFormat().encode(records, NO_KEYS, "k"))
    assert len(found) == count


@pytest.mark.parametrize("name", [GZIP, ZSTD])
def test_what_compression_does_not_help_is_not_compressed(name):
    """And says so."""
    form = PackedFormat(compression_of(name), name)
    assert form.encode([b"x"], NO_KEYS, "k")[5] == 0
    assert form.encode([b"x" * 1000], NO_KEYS, "k")[5] == COMPRESSIONS[name]


@pytest.mark.parametrize(
    "blob",
    [
        MAGIC,
        signed(ONE_KEY)[:9],
        ONE_KEY,
        signed(ONE_KEY)[:-1],
        signed(ONE_KEY) + b"x",
        b"x" + signed(ONE_KEY)[1:],
    ],
)
def test_what_is_no_aggregate_is_a_record(blob):
    """Magic number and checksum have to be right."""
    assert deaggregate(blob) == [UserRecord(blob)]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("", "less in it"),
        ("01", "less in it"),
        ("00 01 c0 c0", "0 records"),
        ("01 00", "0 pairs of keys"),
        ("01 02 c0 c0 c0 c0 00 c4 00", "2 pairs of keys"),
        ("ce 000186a1 01 c0 c0", "100001 records"),
        ("a1 61 01 c0 c0", "less in it"),
        ("c3 01 c0 c0 c4 00", "less in it"),  # True is no number
        ("01 01 c0 c0", "less in it"),
        ("01 01 c0 c0 a1 61", "less in it"),  # text is no data
        ("01 01 c4 01 61 c0 c4 00", "less in it"),  # nor data text
        ("01 01 c0 c0 c4 00 00", "more in it"),
        ("01 01 c0 c0 c4 00 c4 05 61", "more in it"),
        ("01 01 c0 a1 78 c4 00", "no number"),
        ("01 01 c0 a2 3037 c4 00", "no number"),
        ("02 02 c0 c0 a1 61 c0 00 02 c4 00 c4 00", "keys are missing"),
        ("02 02 c0 c0 a1 61 c0 00 ff c4 00 c4 00", "keys are missing"),
        ("01 01 a1 ff c0 c4 00", "no row of msgpack"),
        ("01 01 c0 c0 c1", "no row of msgpack"),
        ("01 01 c0 c0 91 c0", "no row of msgpack"),
        ("01 01 c0 c0 81 c0 c0", "no row of msgpack"),
        ("01 01 c0 c0 90", "less in it"),
        ("01 01 c0 c0 d4 05 00", "no row of msgpack"),
    ],
)
def test_a_row_that_makes_no_sense_is_corrupt(row, why):
    """Its checksum says that it is one."""
    with pytest.raises(CorruptAggregate, match=why):
        deaggregate(sealed(bytes.fromhex(row), 0))


def test_what_is_newer_or_unknown_is_named():
    """Another version, another compression."""
    crc = checksum(2, 0, b"")
    with pytest.raises(CorruptAggregate, match="version 2, which is newer"):
        deaggregate(MAGIC + b"\x02\x00" + crc.to_bytes(4, "big"))
    with pytest.raises(CorruptAggregate, match=r"in a way \(3\) not known"):
        deaggregate(sealed(b"", 3))
