"""What the service says of members that are not what it takes."""

from __future__ import annotations

import base64
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer.testing.messages import ServiceError
from kinesis_producer.testing.shapes import (
    Blob,
    Flag,
    Integer,
    Kind,
    Structure,
    Text,
    Timestamp,
    base64_size,
    check,
    is_base64,
    utf16_length,
)


def refusal_of(value: object, kind: Kind) -> tuple[str, str]:
    with pytest.raises(ServiceError) as caught:
        check({"Member": value}, shape=Structure({"Member": kind}))
    return caught.value.code, caught.value.message


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        ("", Text(1), "have length greater than or equal to 1"),
        ("abc", Text(1, 2), "have length less than or equal to 2"),
        ("a b", Text(pattern=re.compile("[a-z]+")), "satisfy regular expression pattern: [a-z]+"),
        ("C", Text(choices=("A", "B")), "satisfy enum value set: [A, B]"),
        (0, Integer(1), "have value greater than or equal to 1"),
        (9, Integer(1, 8), "have value less than or equal to 8"),
        ("YWJj", Blob(2), "have length less than or equal to 2"),
    ],
)
def test_a_broken_constraint_is_a_validation_error(value: object, kind: Kind, words: str) -> None:
    """A value of the right type that breaks a constraint is a ValidationException naming it."""
    code, message = refusal_of(value, kind)
    assert code == "ValidationException"
    assert message.startswith("1 validation error detected: Value '")
    assert message.endswith(f"at 'member' failed to satisfy constraint: Member must {words}")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (1, Text()),
        ("\ud800", Text()),
        ("1", Integer(1)),
        (True, Integer(1)),
        (1.5, Integer(1)),
        ("2026", Timestamp()),
        (True, Timestamp()),
        (float("inf"), Timestamp()),
        (10**400, Timestamp()),
        (1, Flag()),
        (1, Blob(10)),
        ("YQ", Blob(10)),
        ("YQ=a", Blob(10)),
        ("Y===", Blob(10)),
        ("!!!!", Blob(10)),
        ("éééé", Blob(10)),
        ("text", Structure({})),
    ],
)
def test_a_value_of_another_type_is_a_serialization_error(value: object, kind: Kind) -> None:
    """A value of a wrong JSON type, or that is not base64, is a SerializationException."""
    assert refusal_of(value, kind)[0] == "SerializationException"


@pytest.mark.parametrize(
    ("value", "kind"),
    [(1.5, Timestamp()), (0, Timestamp()), (True, Flag()), ("", Blob(0)), ({}, Structure({}))],
)
def test_a_good_value_passes(value: object, kind: Kind) -> None:
    """A value inside its constraints is accepted."""
    check({"Member": value}, shape=Structure({"Member": kind}))


def test_every_broken_constraint_is_named_at_once() -> None:
    """Two broken members make one ValidationException with two sentences."""
    shape = Structure({"One": Integer(1), "Two": Text()}, ("Two",))
    with pytest.raises(ServiceError, match=r"2 validation errors detected: .*'one'.*; .*'two'"):
        check({"One": 0}, shape=shape)


def test_a_missing_member_is_null() -> None:
    """A required member that is missing is called null, as the service does."""
    with pytest.raises(ServiceError, match=r"Value null at 'two' failed.* Member must not be null"):
        check({}, shape=Structure({"Two": Text()}, ("Two",)))


def test_a_nested_member_is_named_by_its_path() -> None:
    """A member of a member is named by the path that leads to it."""
    shape = Structure({"Outer": Structure({"Inner": Integer(1)})})
    with pytest.raises(ServiceError, match=r"at 'outer\.inner' failed"):
        check({"Outer": {"Inner": 0}}, shape=shape)


def test_a_long_value_is_shortened() -> None:
    """A message repeats at most 100 characters of a wrong value."""
    _, message = refusal_of("x" * 10_000, Text(0, 10))
    assert "x" * 100 in message
    assert "x" * 101 not in message


def test_an_unknown_member_is_passed_over() -> None:
    """A member that the operation does not know is ignored."""
    check({"Unknown": object()}, shape=Structure({}))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_utf16_length(text: str) -> None:
    """A character beyond the basic plane counts two, every other one."""
    assert utf16_length(text, path="member") == len(text.encode("utf-16-le")) // 2


@given(st.binary())
def test_what_is_base64_is_recognised_and_measured(data: bytes) -> None:
    """Encoded bytes are taken for base64, and their number is known without decoding."""
    text = base64.b64encode(data).decode()
    assert is_base64(text)
    assert base64_size(text) == len(data)


@given(st.text(max_size=12))
def test_what_is_not_base64_is_recognised(text: str) -> None:
    """A text is taken for base64 exactly if it is of the form that RFC 4648 gives."""
    form = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
    assert is_base64(text) == bool(re.fullmatch(form, text))


def test_the_error_says_code_and_message() -> None:
    """A ServiceError reads as its code and its words."""
    error: Any = ServiceError("SomeException", "some words", status=400)
    assert str(error) == "SomeException: some words"
