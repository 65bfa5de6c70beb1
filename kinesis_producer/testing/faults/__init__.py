"""What a request may meet instead of the plain operation, and when.

A fault is a callable ``fault(request, proceed) -> Response``. ``proceed()`` performs the operation
and returns what the service would answer, errors included; ``proceed(refuse={2: (code, message)})``
performs a PutRecords in which entry 2 is refused. A fault that raises `Disconnect` has the
connection dropped with a reset. Faults run on the thread of their connection, several at once.

An ambiguous fault, one that leaves the client without a proper answer, takes ``committed``:
whether the operation is performed all the same.
"""

from __future__ import annotations

from kinesis_producer.testing.eventstream import Event
from kinesis_producer.testing.faults.answers import (
    closed_when_idle,
    cut_short,
    drip,
    empty_body,
    half_body,
    html_page,
    no_sequence_numbers,
    wrong_length,
)
from kinesis_producer.testing.faults.entries import entries, every_other
from kinesis_producer.testing.faults.mixture import (
    FINAL,
    HOLDING,
    PASSING,
    Mixture,
    mixed,
    some,
)
from kinesis_producer.testing.faults.plain import (
    body,
    delay,
    disconnect,
    error,
    hang,
    only,
    server_error,
)
from kinesis_producer.testing.faults.refusals import (
    KMS_ERRORS,
    access_denied,
    expired_credentials,
    internal_failures,
    invalid_credentials,
    invalid_entry,
    invalid_signature,
    kms_error,
    no_such_stream,
    throttled,
    throttled_entries,
    uncounted_entries,
)
from kinesis_producer.testing.faults.script import Faults
from kinesis_producer.testing.faults.shards import moving_shards
from kinesis_producer.testing.faults.subscriptions import (
    subscription_ended,
    subscription_exception,
    subscription_garbled,
    subscription_reset,
)
from kinesis_producer.testing.messages import Disconnect, Fault, Proceed, Request, Response

__all__ = [
    "FINAL",
    "HOLDING",
    "KMS_ERRORS",
    "PASSING",
    "Disconnect",
    "Event",
    "Fault",
    "Faults",
    "Mixture",
    "Proceed",
    "Request",
    "Response",
    "access_denied",
    "body",
    "closed_when_idle",
    "cut_short",
    "delay",
    "disconnect",
    "drip",
    "empty_body",
    "entries",
    "error",
    "every_other",
    "expired_credentials",
    "half_body",
    "hang",
    "html_page",
    "internal_failures",
    "invalid_credentials",
    "invalid_entry",
    "invalid_signature",
    "kms_error",
    "mixed",
    "moving_shards",
    "no_sequence_numbers",
    "no_such_stream",
    "only",
    "server_error",
    "some",
    "subscription_ended",
    "subscription_exception",
    "subscription_garbled",
    "subscription_reset",
    "throttled",
    "throttled_entries",
    "uncounted_entries",
    "wrong_length",
]
