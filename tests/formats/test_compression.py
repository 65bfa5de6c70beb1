"""gzip and zstd: what comes out is what went in, and never too much of it."""

from __future__ import annotations

import gzip
import random
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer import ConfigError, CorruptAggregate, deaggregate
from kinesis_producer.core.compression import GZIP, LEVELS, ZSTD, compression_of
from kinesis_producer.core.formats.packed import COMPRESSIONS, sealed

BOTH = pytest.mark.parametrize("name", [GZIP, ZSTD])


@BOTH
@given(content=st.binary(max_size=3000), again=st.integers(1, 50))
def test_what_goes_in_comes_out(name, content, again):
    """Also in several pieces."""
    one = compression_of(name)
    compressed = one.compress(content * again)
    assert one.decompress(compressed, 2**20) == content * again
    assert one.decompress(compressed * 3, 2**20) == content * again * 3
    assert len(compressed) <= len(content) * again + one.growth(len(content) * again)


@BOTH
@pytest.mark.parametrize("size", [0, 1, 1000, 200_000, 1_000_000])
def test_what_cannot_be_compressed_grows_by_what_is_foreseen(name, size):
    """Random bytes, at every level."""
    content = random.Random(size).randbytes(size)
    for level in LEVELS[name] if size <= 1000 else LEVELS[name][:10]:
        one = compression_of(name, level)
        assert len(one.compress(content)) <= size + one.growth(size)


@BOTH
def test_exactly_as_much_as_may_be_comes_out(name):
    """And not a byte more."""
    one = compression_of(name)
    compressed = one.compress(b"x" * 1000)
    assert len(one.decompress(compressed, 1000)) == 1000
    with pytest.raises(CorruptAggregate, match="more than 999 bytes come out of"):
        one.decompress(compressed, 999)


@BOTH
@pytest.mark.parametrize("wrong", [b"", b"x", b"no such thing" * 5])
def test_what_is_not_compressed_is_corrupt(name, wrong):
    """Whatever it is."""
    with pytest.raises(CorruptAggregate):
        compression_of(name).decompress(wrong, 1000)


@BOTH
def test_what_was_cut_off_is_corrupt(name):
    """No part of it is taken for the whole."""
    one = compression_of(name)
    compressed = one.compress(b"some bytes, some bytes" * 20)
    for size in range(len(compressed)):
        with pytest.raises(CorruptAggregate):
            one.decompress(compressed[:size], 1000)


@BOTH
def test_thousands_of_pieces_are_corrupt(name):
    """Each would be a copy of all that follow."""
    one = compression_of(name)
    with pytest.raises(CorruptAggregate, match="no end"):
        one.decompress(one.compress(b"") * 200_000, 1000)


def test_gzip_is_that_of_everybody_else():
    """Without name and time, so that equal records make equal bytes."""
    compressed = compression_of(GZIP, 6).compress(b"x" * 100)
    assert gzip.decompress(compressed) == b"x" * 100
    assert compressed[4:8] == bytes(4)


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="the standard library has zstd")
def test_without_a_library_zstd_says_what_to_install(monkeypatch):
    """To who writes, and to who reads."""
    monkeypatch.setitem(sys.modules, "backports.zstd", None)
    with pytest.raises(ConfigError, match=r"pip install 'kinesis_producer\[zstd\]'"):
        compression_of(ZSTD)
    with pytest.raises(CorruptAggregate, match=r"pip install 'kinesis_producer\[zstd\]'"):
        deaggregate(sealed(b"", COMPRESSIONS[ZSTD]))


def test_a_library_that_makes_too_much_of_noise_is_not_relied_on(monkeypatch):
    """zlib-ng does at level 1: a record that was accepted would be refused for its size."""
    real = gzip.compress

    def generous(data, level, *, mtime):
        return real(data, level, mtime=mtime) + (bytes(len(data) // 16) if level else b"")

    monkeypatch.setattr(gzip, "compress", generous)
    one = compression_of(GZIP)
    noise = random.Random(1).randbytes(1_000_000)
    compressed = one.compress(noise)
    assert len(compressed) <= len(noise) + one.growth(len(noise))
    assert one.decompress(compressed, len(noise)) == noise


def test_there_are_two():
    """Others are refused by name."""
    with pytest.raises(ConfigError, match="must be 'gzip' or 'zstd', not 'lzma'"):
        compression_of("lzma")
