"""CBOR: what is written comes back, what is malformed is said to be, and nothing takes for ever."""

from __future__ import annotations

import math
import struct

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kinesis_producer.core import cbor
from kinesis_producer.core.cbor import DEEPEST, MalformedCbor, loads
from kinesis_producer.core.cbor_writing import dumps

#: RFC 8949, appendix A: those of the kinds that are read here. Of tags, what they are on.
VECTORS = [
    ("00", 0),
    ("01", 1),
    ("0a", 10),
    ("17", 23),
    ("1818", 24),
    ("1819", 25),
    ("1864", 100),
    ("1903e8", 1000),
    ("1a000f4240", 1000000),
    ("1b000000e8d4a51000", 1000000000000),
    ("1bffffffffffffffff", 18446744073709551615),
    ("c249010000000000000000", bytes.fromhex("010000000000000000")),
    ("3bffffffffffffffff", -18446744073709551616),
    ("c349010000000000000000", bytes.fromhex("010000000000000000")),
    ("20", -1),
    ("29", -10),
    ("3863", -100),
    ("3903e7", -1000),
    ("f90000", 0.0),
    ("f98000", -0.0),
    ("f93c00", 1.0),
    ("fb3ff199999999999a", 1.1),
    ("f93e00", 1.5),
    ("f97bff", 65504.0),
    ("fa47c35000", 100000.0),
    ("fa7f7fffff", 3.4028234663852886e38),
    ("fb7e37e43c8800759c", 1.0e300),
    ("f90001", 5.960464477539063e-8),
    ("f90400", 0.00006103515625),
    ("f9c400", -4.0),
    ("fbc010666666666666", -4.1),
    ("f97c00", math.inf),
    ("f97e00", math.nan),
    ("f9fc00", -math.inf),
    ("fa7f800000", math.inf),
    ("fa7fc00000", math.nan),
    ("faff800000", -math.inf),
    ("fb7ff0000000000000", math.inf),
    ("fb7ff8000000000000", math.nan),
    ("fbfff0000000000000", -math.inf),
    ("f4", False),
    ("f5", True),
    ("f6", None),
    ("f7", None),
    ("c074323031332d30332d32315432303a30343a30305a", "2013-03-21T20:04:00Z"),
    ("c11a514b67b0", 1363896240),
    ("c1fb41d452d9ec200000", 1363896240.5),
    ("d74401020304", b"\x01\x02\x03\x04"),
    ("d818456449455446", b"dIETF"),
    ("d82076687474703a2f2f7777772e6578616d706c652e636f6d", "http://www.example.com"),
    ("40", b""),
    ("4401020304", b"\x01\x02\x03\x04"),
    ("60", ""),
    ("6161", "a"),
    ("6449455446", "IETF"),
    ("62225c", '"\\'),
    ("62c3bc", "\u00fc"),
    ("63e6b0b4", "\u6c34"),
    ("64f0908591", "\U00010151"),
    ("80", []),
    ("83010203", [1, 2, 3]),
    ("8301820203820405", [1, [2, 3], [4, 5]]),
    ("98190102030405060708090a0b0c0d0e0f101112131415161718181819", [*range(1, 26)]),
    ("a0", {}),
    ("a201020304", {1: 2, 3: 4}),
    ("a26161016162820203", {"a": 1, "b": [2, 3]}),
    ("826161a161626163", ["a", {"b": "c"}]),
    (
        "a56161614161626142616361436164614461656145",
        {"a": "A", "b": "B", "c": "C", "d": "D", "e": "E"},
    ),
    ("5f42010243030405ff", b"\x01\x02\x03\x04\x05"),
    ("7f657374726561646d696e67ff", "streaming"),
    ("9fff", []),
    ("9f018202039f0405ffff", [1, [2, 3], [4, 5]]),
    ("9f01820203820405ff", [1, [2, 3], [4, 5]]),
    ("83018202039f0405ff", [1, [2, 3], [4, 5]]),
    ("83019f0203ff820405", [1, [2, 3], [4, 5]]),
    ("9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff", [*range(1, 26)]),
    ("bf61610161629f0203ffff", {"a": 1, "b": [2, 3]}),
    ("826161bf61626163ff", ["a", {"b": "c"}]),
    ("bf6346756ef563416d7421ff", {"Fun": True, "Amt": -2}),
]

#: What RFC 8949, appendix F, has of what is not well-formed, and what is not read here.
MALFORMED = [
    "",
    *("18", "19", "1a", "1b", "1901", "1a0102", "1b01020304050607", "38", "58", "78", "98"),
    *("9a01ff00", "b8", "d8", "f8", "f900", "fa0000", "fb000000"),
    *("41", "61", "5affffffff00", "5bffffffffffffffff010203", "7affffffff00"),
    *("81", "818181818181818181", "8200", "a1", "a20102", "a100", "a2000000", "c0"),
    *("5f4100", "7f6100", "9f", "9f0102", "bf", "bf01020102", "819f", "9f8000", "9f9f9f9f9fffffff"),
    *("1c", "1d", "1e", "3c", "3e", "5c", "5e", "7c", "7d", "9c", "9e", "bc", "be", "dc", "de"),
    *(
        "fc",
        "fd",
        "fe",
        "1f",
        "3f",
        "df",
        "f800",
        "f801",
        "f818",
        "f81f",
        "f820",
        "e0",
        "f0",
        "f8ff",
    ),
    *("5f00ff", "5f21ff", "5f6100ff", "5f80ff", "5fa0ff", "5fc000ff", "5fe0ff", "7f4100ff"),
    *("5f5f4100ffff", "7f7f6100ffff", "ff", "81ff", "8200ff", "a1ff", "a1ff00", "a100ff", "9fff00"),
    *("a20000ff", "bf00ff", "bf000000ff", "9f81ff", "9f829f819f9fffffffff", "0000", "f6f6"),
    *("61ff", "62c328", "7f61c361bcff", "a2616101616102", "a18001", "a1f501", "a1f93c0001"),
]

numbers = st.integers(-(2**64), 2**64 - 1)
leaves = st.one_of(
    st.none(), st.booleans(), numbers, st.floats(allow_nan=False), st.binary(), st.text()
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=50
)


@pytest.mark.parametrize(("written", "value"), VECTORS)
def test_the_examples_of_the_rfc_are_read(written, value):
    """Kind and sign included."""
    found = loads(bytes.fromhex(written))
    assert repr(found) == repr(value)


@pytest.mark.parametrize("written", MALFORMED)
def test_what_is_malformed_is_said_to_be(written):
    """By one kind of error, which is a ValueError."""
    with pytest.raises(MalformedCbor):
        loads(bytes.fromhex(written))
    assert issubclass(MalformedCbor, ValueError)


@given(value=values)
@example(value=[0, -1, 23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32, -(2**32), -(2**32) - 1])
@example(value={"x" * size: b"y" * size for size in (0, 23, 24, 255, 256, 65535, 65536)})
def test_what_is_written_comes_back(value):
    """In the same kinds."""
    assert repr(loads(dumps(value))) == repr(value)


@given(value=values, cut=st.integers(0))
def test_what_is_cut_off_is_malformed(value, cut):
    """Wherever that was."""
    written = dumps(value)
    with pytest.raises(MalformedCbor):
        loads(written[: cut % len(written)])


@given(data=st.binary(max_size=200))
def test_any_bytes_are_read_or_malformed(data):
    """Nothing else is raised."""
    try:
        value = loads(data)
    except MalformedCbor:
        return
    loads(dumps(value))


@pytest.mark.parametrize("opening", ["81", "9f", "a100", "bf00", "c1"])
def test_depth_has_a_limit(opening):
    """Below that of Python's own."""
    deep = bytes.fromhex(opening) * DEEPEST
    with pytest.raises(MalformedCbor, match="deeper"):
        loads(deep + bytes.fromhex(opening) + b"\x00")
    with pytest.raises(MalformedCbor, match="deeper"):
        loads(bytes.fromhex(opening) * 1_000_000)


def test_as_deep_as_may_be_is_read():
    """The limit itself included."""
    assert loads(b"\x81" * DEEPEST + b"\x07")


def test_a_length_that_is_a_lie_takes_no_memory():
    """Nothing is made before it is there."""
    for major in (0x9B, 0xBB, 0x5B, 0x7B):
        with pytest.raises(MalformedCbor):
            loads(bytes((major,)) + b"\xff" * 8 + b"\x00")


def test_no_more_names_are_kept_than_an_honest_service_has(monkeypatch):
    """Whoever sends others fills no memory."""
    names = cbor._Names()
    monkeypatch.setattr(cbor, "_NAMES", names)
    many = {f"name {number}": number for number in range(1000)}
    assert loads(dumps(many)) == many
    assert len(names) == 256


def test_what_json_does_not_know_is_not_written():
    """Nor are numbers of more than 64 bits."""
    with pytest.raises(TypeError):
        dumps({"when": object()})
    for number in (2**64, -(2**64) - 1):
        with pytest.raises(OverflowError):
            dumps(number)


def test_tuples_and_mappings_are_written_like_lists_and_dicts():
    """As JSON does with tuples."""
    assert dumps({"a": (1, 2.5)}) == bytes.fromhex("a1616182 01fb") + struct.pack(">d", 2.5)
