"""A Kinesis that lives in the simulation: it commits, refuses, and answers or does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from tests.simulation.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tests.simulation.scheduler import Scheduler

THROTTLED = "ProvisionedThroughputExceededException"
_URL = "http://simulated"

#: Whole-request errors that end nothing by themselves.
_REFUSALS = (THROTTLED, "LimitExceededException", "KMSThrottlingException", "ExpiredToken")
_FATAL = ("AccessDeniedException", "KMSDisabledException")


class Service:
    """What a client of boto3 would be.

    Args:
        scheduler: time and dice.
        request_timeout: after which a client of boto3 gives up.
        trouble: how many of a hundred requests meet something.
        fatal: whether that may be an answer that ends the producer.
    """

    def __init__(
        self, scheduler: Scheduler, *, request_timeout: float, trouble: int, fatal: bool
    ) -> None:
        self._scheduler = scheduler
        self._dice = scheduler.dice
        self._request_timeout = request_timeout
        self._trouble = trouble
        self.stream = Stream(self._dice)
        self.requests = 0
        self._troubles: list[Callable[[Sequence[Any]], Any]] = [
            self._partly,
            self._partly,
            self._silent,
            self._late,
            self._reset,
            self._unreachable,
            self._refused,
            self._malformed,
            self._invalid,
        ]
        if fatal:
            self._troubles.append(self._ended)

    def put_records(self, *, Records: Sequence[Any], StreamName: str) -> Mapping[str, Any]:  # noqa: N803 -- boto3's names
        """One request; it takes some time."""
        assert StreamName == "orders"
        assert 1 <= len(Records) <= 500
        self.requests += 1
        self._scheduler.sleep(self._dice.expovariate(20.0))
        if self._dice.randrange(100) < self._trouble:
            answer: Mapping[str, Any] = self._dice.choice(self._troubles)(Records)
            return answer
        return self._answer(Records, [None] * len(Records))

    def _answer(self, entries: Sequence[Any], codes: Sequence[str | None]) -> Mapping[str, Any]:
        results = [
            self.stream.commit(entry) if code is None else {"ErrorCode": code, "ErrorMessage": code}
            for entry, code in zip(entries, codes, strict=True)
        ]
        return {"FailedRecordCount": 0, "Records": results}

    def _perhaps(self, entries: Sequence[Any]) -> None:
        """What leaves the client without an answer may have been written all the same."""
        if self._dice.random() < 0.5:
            self._answer(entries, [None] * len(entries))

    def _partly(self, entries: Sequence[Any]) -> Mapping[str, Any]:
        codes = [self._dice.choice((None, THROTTLED, "InternalFailure")) for _ in entries]
        for entry, code in zip(entries, codes, strict=True):
            if code == "InternalFailure":
                self._perhaps([entry])
        return self._answer(entries, codes)

    def _silent(self, entries: Sequence[Any]) -> Mapping[str, Any]:
        self._perhaps(entries)
        self._scheduler.sleep(self._request_timeout)
        raise ReadTimeoutError(endpoint_url=_URL)

    def _late(self, entries: Sequence[Any]) -> Mapping[str, Any]:
        """A dripping server outlives the timeout of a client, and any deadline."""
        self._scheduler.sleep(self._request_timeout * self._dice.choice((0.9, 2, 8)))
        return self._answer(entries, [None] * len(entries))

    def _reset(self, entries: Sequence[Any]) -> Mapping[str, Any]:
        self._perhaps(entries)
        raise ConnectionClosedError(endpoint_url=_URL)

    def _unreachable(self, _: Sequence[Any]) -> Mapping[str, Any]:
        raise EndpointConnectionError(endpoint_url=_URL)

    def _refused(self, _: Sequence[Any]) -> Mapping[str, Any]:
        raise _error(self._dice.choice(_REFUSALS))

    def _malformed(self, entries: Sequence[Any]) -> Mapping[str, Any]:
        self._perhaps(entries)
        return self._dice.choice(({}, {"Records": []}, {"Records": [{}] * (len(entries) + 1)}))

    def _invalid(self, _: Sequence[Any]) -> Mapping[str, Any]:
        raise _error("ValidationException")

    def _ended(self, _: Sequence[Any]) -> Mapping[str, Any]:
        raise _error(self._dice.choice(_FATAL))


def _error(code: str) -> ClientError:
    metadata = {"HTTPStatusCode": 400}
    answer: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": metadata}
    return ClientError(answer, "PutRecords")
