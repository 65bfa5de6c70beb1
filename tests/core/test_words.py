"""What is repeated of the service's words: enough to act on, and nothing that it quotes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer.core.retry import MEANINGS, meaning
from kinesis_producer.core.words import masked, refusal, shortened
from kinesis_producer.records import Failure

HEADER = (
    "'canary' not a valid key=value pair (missing equal-sign) in Authorization header:"
    " 'AWS4-HMAC-SHA256 Credential=canary/20261121/us-east-1/kinesis/aws4_request,"
    " Signature=canary'"
)
SIGNED = "The signature does not match. The Canonical String should have been\n'POST\ncanary'"
CHECK = "1 validation error detected: Value {} at 'records.1.member.partitionKey' failed to satisfy"
LENGTH = " constraint: Member must have length less than or equal to 256"


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (
            "ProvisionedThroughputExceededException",
            "Rate exceeded for shard shardId-000000000001 in stream orders under account 1234.",
        ),
        (
            "AccessDeniedException",
            "User: arn:x is not authorized to perform: kinesis:PutRecords on resource: arn:y",
        ),
        ("ResourceNotFoundException", "Stream orders under account 1234 not found."),
        ("KMSNotFoundException", "The key doesn't exist."),
        ("InternalFailure", "Internal service failure."),
    ],
)
def test_words_that_help_are_repeated(code, message):
    """They name the shard, the action, the stream."""
    assert refusal(code, message) == Failure(code, message)


@pytest.mark.parametrize("code", [code for code in MEANINGS if "Signature" in code])
@pytest.mark.parametrize("message", [HEADER, SIGNED])
def test_headers_that_the_service_quotes_are_left_out(code, message):
    """With a wrong signature it gives back what was signed, session token and all."""
    assert "signature" in refusal(code, message).message
    assert "canary" not in refusal(code, message).message


@pytest.mark.parametrize(
    "message",
    [
        "Signature expired: 20261121T195000Z is now earlier than 20261121T195500Z",
        "Signature not yet current: 20261121T200000Z is still later than 20261121T195500Z",
    ],
)
def test_clocks_that_differ_are_told(message):
    """That is what is to be corrected."""
    assert refusal("InvalidSignatureException", f"{message} (canary").message == message


@pytest.mark.parametrize("code", MEANINGS)
def test_a_code_that_is_known_repeats_no_header_and_no_page(code):
    """Whatever the reason that it stands there."""
    for said in (HEADER, "x-amz-security-token:canary", "<html>canary</html>"):
        assert "canary" not in refusal(code, said).message


@pytest.mark.parametrize("code", ["InvalidPartitionKey", "403", "MissingSignatureException"])
def test_of_an_error_that_is_not_known_only_the_code_is_told(code):
    """Nobody knows what its words quote."""
    assert refusal(code, HEADER, 403) == Failure(code, "HTTP 403", 403)
    assert refusal(code, HEADER) == Failure(code, code)


@pytest.mark.parametrize("code", ["", None, 7.5e300, ["x"], "two words", "x" * 101, "<html>"])
def test_what_is_no_code_is_unknown(code):
    """It may be anything, and of any length; what it means does not change."""
    assert refusal(code, "canary", 400) == Failure("Unknown", "HTTP 400", 400)
    assert meaning(refusal(code, "", 400)) == meaning(Failure(str(code), "", 400))


@pytest.mark.parametrize("code", ["InternalFailure", "ThrottlingException", "SlowDown"])
@pytest.mark.parametrize("message", [None, ""])
def test_without_words_there_is_the_code(code, message):
    """As the service gave it."""
    assert refusal(code, message) == Failure(code, code)


@pytest.mark.parametrize(
    "value", ["'canary'", "'can' at 'ary' at 'canary'", "'can\nary'", "'canary' at 'x' failed'"]
)
def test_values_that_failed_a_check_are_left_out(value):
    """They are payload and keys; what stands around them says enough."""
    message = refusal("ValidationException", CHECK.format(value) + LENGTH).message
    assert message == CHECK.format("at").replace("at at", "at") + LENGTH


def test_of_several_values_that_failed_each_is_left_out():
    """Even one that was cut off."""
    said = f"{CHECK.format(repr('canary'))}{LENGTH}; {CHECK.format(repr('canary'))}; Value 'canary"
    for code in ("ValidationException", "KMSAccessDeniedException"):
        message = refusal(code, said).message
        assert "partitionKey" in message
        assert "canary" not in message


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Invalid key: canary", "Invalid key"),
        ("Invalid key 'canary'", "Invalid key"),
        ('Member "canary" is not valid', "Member"),
        ("The range is [0, 1]. It was canary", "The range is"),
        ("'canary' is not valid", "InvalidArgumentException"),
    ],
)
def test_what_other_checks_quote_is_left_out(said, told):
    """What follows a quotation mark or a colon may be a key."""
    assert refusal("InvalidArgumentException", said).message == told


def test_a_message_has_an_end():
    """And is one line."""
    assert refusal("InternalFailure", "a\n b" + "y" * 5000).message == "a b" + "y" * 297


@pytest.mark.parametrize(
    "password", ["canary", "can@ary", "c/nary", "can ary", "canary@canary:1", "//canary"]
)
def test_a_password_in_an_address_is_masked(password):
    """Whatever characters it has."""
    said = f'no connection to "http://user:{password}@proxy.example:3128/"'
    assert masked(said) == 'no connection to "http://***@proxy.example:3128/"'
    assert shortened(said) == masked(said)


def test_an_address_without_a_password_stays():
    """It is what helps most."""
    said = 'no connection to "https://kinesis.example/"'
    assert masked(said) == said


@pytest.mark.parametrize("piece", ["/", "1", "Value '", "' at '", "Value at '1", "[", "Signature "])
def test_a_long_message_is_read_in_no_time(piece):
    """A server that means ill, or a page without end, holds no sender up."""
    begun = time.monotonic()
    for code in ("ValidationException", "InternalFailure", "InvalidSignatureException"):
        refusal(code, piece * 1_000_000)
    assert time.monotonic() - begun < 10


@given(st.text(), st.text(), st.none() | st.integers(400, 599))
def test_anything_can_be_said(code, message, status):
    """Whatever the service says, there is a code, and a line."""
    read = refusal(code, message, status)
    assert 0 < len(read.code) <= 100
    assert 0 < len(read.message) <= 300
    assert "\n" not in read.message
