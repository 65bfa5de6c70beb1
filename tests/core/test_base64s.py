"""base64: the same by whatever module, and strict."""

from __future__ import annotations

import base64
import importlib
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer.core import base64s

WAYS = [(base64s.encode, base64s.decode), (base64s.encode_slowly, base64s.decode_slowly)]
BOTH = pytest.mark.parametrize("way", WAYS)

texts = st.text("AZaz09+/=-_ \n\x80ü", max_size=12) | st.text(max_size=8)


@BOTH
@given(data=st.binary(max_size=300))
def test_what_is_encoded_comes_back(way, data):
    """As text, and as bytes; in one line, as the standard library has it."""
    encode, decode = way
    encoded = encode(data)
    assert encoded == base64.b64encode(data)
    assert decode(encoded) == decode(encoded.decode()) == data


@BOTH
@pytest.mark.parametrize(
    "text",
    [
        "A",
        "AA",
        "AAA",
        "AAA=A",
        "AA=A",
        "A===",
        "=",
        "AA==AA==",
        "A A=",
        "AAA=\n",
        "AAAA=",
        "AAAA====",
        "AA-_",
        "ü",
    ],
)
def test_what_is_no_base64_is_refused(way, text):
    """Not left out, as other readers do."""
    with pytest.raises(ValueError, match=r".*"):
        way[1](text)


@given(text=texts)
def test_both_read_the_same(text):
    """And refuse the same."""
    assert _read(base64s.decode, text) == _read(base64s.decode_slowly, text)
    assert _read(base64s.decode, text.encode()) == _read(base64s.decode_slowly, text.encode())


def test_the_fast_one_is_used_where_it_is_installed(monkeypatch):
    """It is told to be strict."""
    fast = SimpleNamespace(b64encode=bytes, b64decode=lambda text, validate: (text, validate))
    monkeypatch.setattr(importlib, "import_module", {"pybase64": fast}.__getitem__)
    encode, decode = base64s.chosen()
    assert encode is bytes
    assert str(decode("x")) == "('x', True)"


def test_the_standard_library_does_where_it_is_not(monkeypatch):
    """Nothing more is needed."""

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    assert base64s.chosen() == (base64s.encode_slowly, base64s.decode_slowly)


def _read(decode, text):
    try:
        return decode(text)
    except ValueError:
        return None
