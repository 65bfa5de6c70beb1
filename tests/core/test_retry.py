"""What failures mean, and when the next attempt comes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kinesis_producer.core import retry
from kinesis_producer.core.retry import Action, RetryRules, meaning
from kinesis_producer.records import Failure


@pytest.mark.parametrize(
    ("code", "action", "written", "throttled"),
    [
        ("ProvisionedThroughputExceededException", Action.RETRY, False, True),
        ("KMSThrottlingException", Action.RETRY, False, True),
        ("InternalFailure", Action.RETRY, True, False),
        ("NoAnswer", Action.RETRY, True, False),
        ("MalformedAnswer", Action.RETRY, True, False),
        ("Unreachable", Action.RETRY, False, False),
        ("ResourceNotFoundException", Action.PROBE, False, False),
        ("ExpiredTokenException", Action.PROBE, False, False),
        ("AccessDeniedException", Action.FAIL, False, False),
        ("KMSDisabledException", Action.FAIL, False, False),
        ("CertificateRefused", Action.FAIL, False, False),
        ("NoCredentials", Action.FAIL, False, False),
        ("ValidationException", Action.BISECT, False, False),
        ("OutOfMemory", Action.HALVE, False, False),
    ],
)
def test_a_code_means_one_thing(code, action, written, throttled):
    """Each answer of the service is read as the contract says."""
    read = meaning(Failure(code, "m", 400))
    assert (read.action, read.written, read.throttled) == (action, written, throttled)


@pytest.mark.parametrize(
    ("status", "action", "written"),
    [
        (429, Action.RETRY, False),
        (413, Action.BISECT, False),
        (403, Action.PROBE, False),
        (408, Action.RETRY, True),
        (503, Action.RETRY, True),
        (None, Action.RETRY, True),
    ],
)
def test_an_unknown_code_is_read_by_its_status(status, action, written):
    """A client error was not written; anything else may have been."""
    read = meaning(Failure("Surprise", "m", status))
    assert (read.action, read.written) == (action, written)


def test_every_meaning_has_a_reason():
    """The table says why, for people and for the log."""
    assert all(read.why for read in retry.MEANINGS.values())


def test_the_schedule_is_the_ancestors():
    """0.1 s, doubled each time, up to 102.4 s, times the spread."""
    waits = [retry.wait(retries, 1.0) for retries in range(12)]
    assert waits[:4] == pytest.approx([0.1, 0.2, 0.4, 0.8])
    assert waits[10:] == pytest.approx([102.4, 102.4])
    assert retry.wait(0, 1.5) == pytest.approx(0.15)
    assert retry.wait(10_000, 1.0) == pytest.approx(102.4)


def test_the_number_of_retries_ends_it():
    """So many retries after the first attempt, whatever the failures."""
    rules = RetryRules(2, 10.0)
    assert rules.next_attempt(1, now=0.0, deadline=300.0, spread=1.0) == pytest.approx(0.2)
    assert rules.next_attempt(2, now=0.0, deadline=300.0, spread=1.0) is None


def test_a_long_wait_is_cut_short_for_a_last_attempt():
    """One more attempt is made while there is time for its answer."""
    rules = RetryRules(None, 10.0)
    assert rules.next_attempt(10, now=205.0, deadline=300.0, spread=1.0) == pytest.approx(290.0)
    assert rules.next_attempt(11, now=290.0, deadline=300.0, spread=1.0) is None
    assert rules.next_attempt(0, now=295.0, deadline=300.0, spread=1.0) == pytest.approx(295.1)


@given(
    st.integers(0, 40),
    st.floats(0, 1000),
    st.floats(0, 1000),
    st.floats(0.5, 1.5),
    st.floats(0.1, 60),
)
def test_an_attempt_never_begins_at_or_after_the_deadline(retries, now, deadline, spread, timeout):
    """And never earlier than half of the first wait from now."""
    at = RetryRules(None, timeout).next_attempt(retries, now=now, deadline=deadline, spread=spread)
    assert at is None or now + 0.04 < at < deadline
