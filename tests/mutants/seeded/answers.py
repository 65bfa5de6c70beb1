"""Reading what the service says, and what it leaves unsaid."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import SIMULATION, Mutant

_DOUBT: Final = "test_an_attempt_without_a_proper_answer_is_a_possible_duplicate"
_REFUSED: Final = "test_a_refused_request_goes_again_and_is_no_duplicate"
_READING: Final = "tests/core/test_put_records.py"

MUTANTS: Final = (
    Mutant(
        name="failed-record-count-trusted",
        why="The count has been seen wrong: records that failed would be called delivered.",
        file="core/put_records.py",
        old="    return [_read_entry(entry) for entry in records]\n",
        new=(
            '    if not answer.get("FailedRecordCount"):\n'
            '        return [Accepted(one.get("ShardId"), one.get("SequenceNumber"))'
            " for one in records]\n"
            "    return [_read_entry(entry) for entry in records]\n"
        ),
        layer=(SIMULATION,),
    ),
    Mutant(
        name="timeout-is-not-written",
        why="A request without an answer may have been written; called a failure, it is sent"
        " again by its owner, and nobody counts the copy.",
        file="core/retry.py",
        old='_SILENT = _unknown("the request was sent and no answer came")',
        new='_SILENT = _no(Action.RETRY, "the request was sent and no answer came")',
        layer=(SIMULATION,),
    ),
    Mutant(
        name="read-timeout-is-unreachable",
        why="The same confusion one floor down, where botocore's exceptions are read.",
        file="client/failures.py",
        old="    boto.ConnectTimeoutError,\n",
        new="    boto.ConnectTimeoutError,\n    boto.ReadTimeoutError,\n",
        layer=(SIMULATION,),
    ),
    Mutant(
        name="internal-failure-is-success",
        why="The service does not say how far it came: the record may be lost.",
        file="core/put_records.py",
        old='    code = entry.get("ErrorCode")\n',
        new='    code = entry.get("ErrorCode")\n'
        '    if code == "InternalFailure":\n        return Accepted("", "")\n',
        layer=(SIMULATION,),
    ),
    Mutant(
        name="internal-failure-is-not-written",
        why="Its copies would not be counted, and its end would be told with false certainty.",
        file="core/retry.py",
        old='"InternalFailure": _unknown("the service does not say',
        new='"InternalFailure": _no(Action.RETRY, "the service does not say',
        layer=(SIMULATION,),
    ),
    Mutant(
        name="whole-batch-retried",
        why="Each partial throttle would store the accepted records of the request again.",
        file="core/backlog.py",
        old="        whole = isinstance(answer, Failure)\n",
        new=(
            "        failed = [one for one in results if isinstance(one, Failure)]\n"
            "        results = [failed[0]] * len(results) if failed else results\n"
            "        whole = isinstance(answer, Failure)\n"
        ),
        layer=(SIMULATION,),
    ),
    Mutant(
        name="sdk-retries-left-on",
        why="botocore would send a request again by itself: copies that nobody counts.",
        file="client/making.py",
        old='            retries={"total_max_attempts": 1, "mode": "standard"},\n',
        new="",
        layer=(f"tests/producer/test_faults.py::{_DOUBT}",),
    ),
    Mutant(
        name="sdk-retries-left-on-for-throttles",
        why="Even where no copy can come of it, nobody counts or slows down what botocore sends.",
        file="client/making.py",
        old='            retries={"total_max_attempts": 1, ',
        new='            retries={"total_max_attempts": 3, ',
        layer=(f"tests/producer/test_faults.py::{_REFUSED}",),
    ),
    Mutant(
        name="answer-length-not-compared",
        why="An answer about fewer records than were sent says nothing about any of them.",
        file="core/put_records.py",
        old="    if len(records) != sent:\n",
        new="    if len(records) < sent:\n",
        layer=(_READING,),
    ),
    Mutant(
        name="sequence-number-not-asked-for",
        why="Success is only what has a sequence number; an empty entry is no answer.",
        file="core/put_records.py",
        old="    if not isinstance(number, str) or not number:\n",
        new="    if number is NotImplemented:\n",
        layer=(_READING,),
    ),
    Mutant(
        name="refused-certificate-is-retried",
        why="A server that cannot prove who it is would be asked until the deadline, in silence.",
        file="client/failures.py",
        old='named or "CERTIFICATE_VERIFY_FAILED" in str(error)',
        new="not _FOREIGN",
        layer=("tests/client",),
    ),
)
