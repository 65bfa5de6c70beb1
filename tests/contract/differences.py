"""Where the servers are known to differ from the contract, and why that is let be.

The contract is what Amazon's documentation and service model say. A check that finds its name here
expects what the table says instead; if the server behaves like the contract after all, the check
fails, so that no line outlives its difference.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Difference:
    """What a check observes on that server, and the reason."""

    observed: object
    reason: str


ACCEPTED: Final = "accepted"
INVALID: Final = "InvalidArgumentException"
VALIDATION: Final = "ValidationException"
SERIALIZATION: Final = "SerializationException"
NOT_FOUND: Final = "ResourceNotFoundException"
IN_USE: Final = "ResourceInUseException"
UNKNOWN: Final = "UnknownOperationException"
CRASHED: Final = "500"  # what boto3 calls an answer without an error code

_OWN_CODES = "checks shapes by hand, with the code for arguments"
_SCHEMA = "its decoder refuses what is not in its schema, before any validation"
_UNHANDLED = "an error nobody catches: HTTP 500 without a code"
_AT_ONCE = "changes shards when it is asked, and only the status is late"
_NO_LIMIT = "does not enforce this limit"
_DATA_ALONE = "counts the data without the key"
_UNMAINTAINED = "older than this part of the API"

_KINESIS_LOCAL: Final = {
    "unknown-operation": Difference((400, "AccessDeniedException"), "takes it for forbidden"),
    "body-no-base64": Difference((500, "none"), _UNHANDLED),
    "body-no-padding": Difference((400, NOT_FOUND), "its decoder wants no padding"),
    "body-no-data": Difference((400, SERIALIZATION), _SCHEMA),
    "body-no-key": Difference((400, SERIALIZATION), _SCHEMA),
    "put-0-records": Difference(ACCEPTED, _NO_LIMIT),
    "put-501-records": Difference(ACCEPTED, _NO_LIMIT),
    "record-over-limit-by-its-key": Difference([ACCEPTED, ACCEPTED], _DATA_ALONE),
    "record-over-limit": Difference([INVALID, ACCEPTED], "PutRecords refuses the entry alone"),
    "key-of-257": Difference(INVALID, _OWN_CODES),
    "key-empty": Difference(INVALID, _OWN_CODES),
    "key-of-129-emoji": Difference(INVALID, _OWN_CODES),
    "hash-key-leading-zeros": Difference(INVALID, "takes the model's pattern literally"),
    "hash-key-no-number": Difference(CRASHED, _UNHANDLED),
    "hash-key-fraction": Difference(CRASHED, _UNHANDLED),
    "hash-key-empty": Difference(CRASHED, _UNHANDLED),
    "order-after-garbage": Difference(CRASHED, _UNHANDLED),
    "iterator-wrong-number": Difference(NOT_FOUND, "looks for the very record"),
    "iterator-garbage-number": Difference(INVALID, _OWN_CODES),
    "iterator-number-of-too-much": Difference(ACCEPTED, "passes the number over"),
    "iterator-no-type": Difference(SERIALIZATION, _SCHEMA),
    "iterator-while-creating": Difference(IN_USE, "the shards are there from the beginning"),
    "read-garbage": Difference(CRASHED, _UNHANDLED),
    "read-nothing": Difference(CRASHED, _UNHANDLED),
    "read-limit-0": Difference(INVALID, _OWN_CODES),
    "read-limit-10001": Difference(INVALID, _OWN_CODES),
    "ending-number": Difference(
        observed=False, reason="every closed shard ends with 9223372036854775807"
    ),
    "put-while-updating": Difference("shardId-000000000001", _AT_ONCE),
    "put-while-creating": Difference(IN_USE, "calls the stream not ACTIVE instead of not found"),
    "put-while-deleting": Difference(IN_USE, "calls the stream not ACTIVE instead of not found"),
    "shards-while-creating": Difference("1", _AT_ONCE),
    "list-shards-while-creating": Difference(ACCEPTED, "the shards are there from the beginning"),
    "split-at-start": Difference(ACCEPTED, "makes a child without hash keys: never split so"),
    "split-just-above-start": Difference(ACCEPTED, "takes any hash key of the range"),
    "split-at-garbage": Difference(CRASHED, _UNHANDLED),
    "split-closed": Difference(IN_USE, "calls the shard not active"),
    "more-than-double": Difference(INVALID, "the limit is there, with another code"),
    "less-than-half": Difference(ACCEPTED, _NO_LIMIT),
    "filter-at-trim-horizon": Difference(
        [0, 1, 2, 3], "lists every shard that is not expired, as FROM_TRIM_HORIZON does"
    ),
    "filter-at-beginning": Difference(
        [0, 1, 2, 3], "a time before the stream means the trim horizon, which lists all"
    ),
    "filter-unknown": Difference(SERIALIZATION, _SCHEMA),
    "list-0": Difference(CRASHED, _UNHANDLED),
    "list-10001": Difference(ACCEPTED, _NO_LIMIT),
    "list-from-a-name-of-no-stream": Difference(
        observed=False, reason="begins at the first stream if there is none of that name"
    ),
    "two-ranges": Difference(
        [(0, 2**127 - 2), (2**127 - 1, 2**128 - 1)], "divides 2^128-1 instead of 2^128"
    ),
    "summary-record-size": Difference(None, "has the limit, but does not tell it"),
    "create-bad-name": Difference(INVALID, _OWN_CODES),
    "create-long-name": Difference(INVALID, _OWN_CODES),
    "create-no-name": Difference(INVALID, _OWN_CODES),
    "create-no-shards": Difference("LimitExceededException", _OWN_CODES),
    "update-max-record-size-limits": Difference(INVALID, _OWN_CODES),
}

_KINESALITE: Final = {
    "body-list": Difference((200, "none"), "takes a list for an object without members"),
    "record-over-limit-by-its-key": Difference([ACCEPTED, ACCEPTED], _DATA_ALONE),
    "record-over-limit": Difference(
        [VALIDATION, VALIDATION], "1 MiB was the model's own limit before 2025"
    ),
    "millis-behind": Difference([False, False], "an open shard is always called read to its tip"),
    "child-shards": Difference([], _UNMAINTAINED),
    "pages-of-a-closed-shard": Difference(2, "the end is an empty page of its own"),
    "delete-while-updating": Difference(ACCEPTED, "deletes in any state"),
    "delete-while-deleting": Difference(ACCEPTED, "deletes in any state"),
    "rescale-while-updating": Difference(UNKNOWN, _UNMAINTAINED),
    "update-shard-count": Difference(UNKNOWN, _UNMAINTAINED),
    "more-than-double": Difference(UNKNOWN, _UNMAINTAINED),
    "less-than-half": Difference(UNKNOWN, _UNMAINTAINED),
    "split-closed": Difference(ACCEPTED, "open shards then overlap: never split a closed one"),
    "list-in-pages": Difference(
        [[0, 1, 2, 3, 4]], "one page; and a NextToken without StreamName ends the server"
    ),
    "filter-at-trim-horizon": Difference([0, 1, 2, 3], _UNMAINTAINED),
    "filter-at-latest": Difference([0, 1, 2, 3], _UNMAINTAINED),
    "filter-after": Difference([0, 1, 2, 3], _UNMAINTAINED),
    "filter-at-beginning": Difference([0, 1, 2, 3], _UNMAINTAINED),
    "filter-at-end": Difference([0, 1, 2, 3], _UNMAINTAINED),
    "filter-from-end": Difference([0, 1, 2, 3], _UNMAINTAINED),
    "filter-unknown": Difference(ACCEPTED, _UNMAINTAINED),
    "filter-no-shard": Difference(ACCEPTED, _UNMAINTAINED),
    "filter-no-time": Difference(ACCEPTED, _UNMAINTAINED),
    "list-shards-while-creating": Difference(ACCEPTED, "lists no shards"),
    "summary-record-size": Difference(None, _UNMAINTAINED),
    "no-address": Difference(VALIDATION, "StreamName was required before there were ARNs"),
    "arn": Difference(
        {
            "describe": VALIDATION,
            "summary": VALIDATION,
            "list": INVALID,
            "put": VALIDATION,
            "puts": VALIDATION,
            "iterator": VALIDATION,
            "records": ACCEPTED,
        },
        "StreamName was required before there were ARNs",
    ),
    "update-max-record-size": Difference([UNKNOWN, VALIDATION, VALIDATION], _UNMAINTAINED),
    "update-max-record-size-limits": Difference(UNKNOWN, _UNMAINTAINED),
}

#: (check, server) -> the difference.
DIFFERENCES: Final[dict[tuple[str, str], Difference]] = {
    **{(check, "kinesis-local"): line for check, line in _KINESIS_LOCAL.items()},
    **{(check, "kinesalite"): line for check, line in _KINESALITE.items()},
}
