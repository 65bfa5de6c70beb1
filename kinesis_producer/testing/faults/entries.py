"""Faults of single entries of a PutRecords, and the answer rewritten entry by entry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from kinesis_producer.testing.messages import ServiceError, answer, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from kinesis_producer.testing.messages import Fault, Parameters, Proceed, Request, Response

#: Which entries of a PutRecords: their indexes, or a question asked of each index and entry (the
#: entry's members as they were sent, Data in base64).
Which: TypeAlias = "Iterable[int] | Callable[[int, Parameters], bool]"

_WORDS: Final = {"InternalFailure": "Internal Service Failure"}


def every_other(index: int, _entry: Parameters) -> bool:
    """The first entry, the third and so on: a part of every request, however small it is."""
    return index % 2 == 0


def entries(
    refuse: Which, code: str, message: str | None = None, *, committed: bool = False
) -> Fault:
    """Refuse some entries of a PutRecords and commit the others.

    Args:
        refuse: the indexes of the refused, or a question asked of each index and entry (the
            entry's members as they were sent, Data in base64).
        code: the ErrorCode of the refused.
        message: their ErrorMessage; None is the service's own for that code, which names the shard
            if the code is ProvisionedThroughputExceededException.
        committed: whether the refused are committed all the same, and only called refused.
    """
    chosen = chooser(refuse)

    def fault(request: Request, proceed: Proceed) -> Response:
        indexes = chosen(request)
        if not committed:
            return proceed(refuse=dict.fromkeys(indexes, (code, message)))
        return _blamed(proceed(), indexes, code, message or _WORDS.get(code, code))

    return fault


def chooser(which: Which) -> Callable[[Request], frozenset[int]]:
    """What tells the indexes of the entries of a request that are meant."""
    if not callable(which):
        indexes = frozenset(which)
        return lambda _request: indexes
    asked = which
    return lambda request: frozenset(n for n, entry in enumerate(_sent(request)) if asked(n, entry))


def with_records(
    response: Response,
    change: Callable[[list[Any]], list[Any]] = list,
    *,
    failed: int | None = None,
) -> Response:
    """An answer of PutRecords with its entries changed; a refusal as it is.

    Args:
        response: the answer.
        change: makes the entries of the new answer from those there are.
        failed: what FailedRecordCount says; None is the truth.
    """
    if response.error is not None:
        return response
    records = change(json.loads(response.body).get("Records", []))
    errors = sum("ErrorCode" in record for record in records)
    return answer({"FailedRecordCount": errors if failed is None else failed, "Records": records})


def replaced(
    response: Response, indexes: Iterable[int], entry: Callable[[int], Mapping[str, str]]
) -> Response:
    """An answer of PutRecords with other entries at those indexes; a refusal as it is."""
    chosen = frozenset(indexes)
    return with_records(
        response,
        lambda records: [entry(n) if n in chosen else old for n, old in enumerate(records)],
    )


def claimed(request: Request, proceed: Proceed, *, committed: bool) -> Response:
    """An answer that says that all was committed: true if ``committed``, else a lie.

    A request that the service would refuse is refused.
    """
    if committed:
        return proceed()
    everything = range(len(_sent(request)))
    refused = proceed(refuse=dict.fromkeys(everything, ("InternalFailure", None)))
    return replaced(refused, everything, made_up)


def made_up(index: int) -> Mapping[str, str]:
    """An entry of an answer for a record that is nowhere."""
    return {"SequenceNumber": f"49{index:054}", "ShardId": "shardId-000000000000"}


def _sent(request: Request) -> list[Parameters]:
    records: list[Parameters] = request.parameters.get("Records", [])
    return records


def _blamed(response: Response, indexes: Iterable[int], code: str, message: str) -> Response:
    """The entries at ``indexes`` were committed, and the answer says that they failed."""
    if response.error is None and "Records" not in json.loads(response.body):  # a PutRecord
        return refusal(ServiceError(code, message)) if 0 in indexes else response
    return replaced(response, indexes, lambda _: {"ErrorCode": code, "ErrorMessage": message})
