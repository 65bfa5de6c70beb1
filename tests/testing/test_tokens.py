"""Sealed texts."""

from __future__ import annotations

import pytest

from kinesis_producer.testing.tokens import Seal


def test_what_was_sealed_is_opened() -> None:
    """A text opens to the fields it was made of."""
    seal = Seal()
    assert seal.open("page", seal.close("page", "orders", 7, None)) == ["orders", 7, None]


def test_a_text_of_another_kind_stays_closed() -> None:
    """A text made for one purpose does not serve another."""
    seal = Seal()
    with pytest.raises(ValueError, match="a page, not a iterator"):
        seal.open("iterator", seal.close("page", "orders"))


def test_a_text_of_another_seal_stays_closed() -> None:
    """A text of another server is not valid here."""
    with pytest.raises(ValueError, match="not a text of this seal"):
        Seal().open("page", Seal().close("page", "orders"))


@pytest.mark.parametrize("text", ["", "garbage", "é", "AAAA" * 20])
def test_garbage_stays_closed(text: str) -> None:
    """Text that no seal ever made is refused."""
    with pytest.raises(ValueError, match=r"."):
        Seal().open("page", text)


def test_a_shortened_text_stays_closed() -> None:
    """A text that lost its end is refused."""
    seal = Seal()
    with pytest.raises(ValueError, match=r"."):
        seal.open("page", seal.close("page", "orders", 12345)[:-4])


@pytest.mark.parametrize("more", ["!!!!", "A", "\n"])
def test_a_lengthened_text_stays_closed(more: str) -> None:
    """Decoders of base64 overlook what is not of it."""
    seal = Seal()
    with pytest.raises(ValueError, match=r"."):
        seal.open("page", seal.close("page", "orders") + more)
