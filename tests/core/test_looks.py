"""When a producer asks about its stream."""

from __future__ import annotations

import pytest

from kinesis_producer.core.looks import (
    AFTER_REFUSAL,
    LONGEST_WITH_EVIDENCE,
    NOW_AND_THEN,
    UNSUPPORTED,
    Question,
    is_final,
    is_forbidden,
)
from kinesis_producer.records import Failure

DENIED = Failure("AccessDeniedException", "")
UNKNOWN = Failure("UnknownOperationException", "")
PASSING = Failure("NoAnswer", "")


@pytest.mark.parametrize("evidence", [True, False])
def test_it_is_asked_at_once(evidence):
    """What was never asked is due, whether anything speaks for it or not."""
    assert Question(1.0).due(evidence=evidence) < 0


def test_an_answer_holds_for_minutes():
    """Times the jitter; with evidence to the contrary, for the pause."""
    question = Question(1.0)
    question.answered(now=100.0, spread=1.5)
    assert question.due(evidence=False) == 100 + 1.5 * NOW_AND_THEN
    assert question.due(evidence=True) == 101


def test_failures_double_the_wait():
    """Up to the longest, and not so far where there is evidence; an answer begins anew."""
    question = Question(1.0)
    waits = []
    for _ in range(12):
        question.failed(PASSING, now=0.0, spread=0.5)
        waits.append(question.due(evidence=False))
        assert question.due(evidence=True) == min(waits[-1], LONGEST_WITH_EVIDENCE / 2)
    assert waits[:4] == [0.5, 1, 2, 4]
    assert waits[-1] == NOW_AND_THEN / 2
    question.answered(now=0.0, spread=1.0)
    question.failed(PASSING, now=0.0, spread=1.0)
    assert question.due(evidence=False) == 1


@pytest.mark.parametrize("failure", [DENIED, UNKNOWN, Failure(UNSUPPORTED, "")])
def test_what_is_refused_is_asked_again_after_ten_minutes(failure):
    """Evidence does not make it sooner."""
    question = Question(1.0)
    question.failed(failure, now=0.0, spread=1.0)
    assert question.due(evidence=True) == question.due(evidence=False) == AFTER_REFUSAL


def test_what_failures_mean():
    """A missing permission is final for a while, and so is an operation that nobody knows."""
    assert [is_forbidden(one) for one in (DENIED, UNKNOWN, PASSING)] == [True, False, False]
    assert [is_final(one) for one in (DENIED, UNKNOWN, PASSING)] == [True, True, False]
