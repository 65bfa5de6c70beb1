"""From one POST to one answer: the protocol without the network."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any, Final, NoReturn

from kinesis_producer.testing import cbor
from kinesis_producer.testing.messages import (
    CBOR_TYPE,
    JSON_TYPE,
    Disconnect,
    Fault,
    Parameters,
    Refusals,
    Request,
    Response,
    ServiceError,
    answer,
    pushed,
    refusal,
)
from kinesis_producer.testing.operations import OPERATIONS
from kinesis_producer.testing.operations.call import Call
from kinesis_producer.testing.parameters import SHAPES
from kinesis_producer.testing.requestlog import NO_ANSWER, RequestBook
from kinesis_producer.testing.shapes import check

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from kinesis_producer.testing.account import Account
    from kinesis_producer.testing.faults import Faults

#: What X-Amz-Target begins with (service model, targetPrefix).
TARGET_PREFIX: Final = "Kinesis_20131202."

log = logging.getLogger("kinesis_producer.testing")


class Service:
    """Answers requests. Any thread; a fault may block it."""

    def __init__(self, account: Account, *, faults: Faults, book: RequestBook) -> None:
        self._account = account
        self._faults = faults
        self._book = book

    def answer(
        self, headers: Mapping[str, str], body: bytearray, *, stopping: threading.Event
    ) -> Response:
        """What the service says to a POST; the names of ``headers`` are in lower case.

        Raises:
            Disconnect: a fault wants the connection dropped.
        """
        response = self._answer(headers, body, stopping)
        return cbor.translated(response) if _media_type(headers) == CBOR_TYPE else response

    def end_subscriptions(self) -> None:
        """End every answer that goes on. Any thread; does not wait for them."""
        self._account.end_subscriptions()

    def _answer(
        self, headers: Mapping[str, str], body: bytearray, stopping: threading.Event
    ) -> Response:
        """In JSON."""
        try:
            request = self._request(headers, body, stopping)
        except ServiceError as error:
            return refusal(error)
        number = self._book.arrived(request)
        try:
            response = self._meet(request)
        except Disconnect:
            self._book.answered(number, status=NO_ANSWER, error="Disconnect")
            raise
        self._book.answered(number, status=response.status, error=response.error)
        return response

    def _request(
        self, headers: Mapping[str, str], body: bytearray, stopping: threading.Event
    ) -> Request:
        operation, media_type = _operation(headers), _media_type(headers)
        return Request(
            operation=operation,
            parameters=_parameters(cbor.read(body) if media_type == CBOR_TYPE else _json(body)),
            arrived_at=self._account.now().wall,
            stopping=stopping,
            media_type=media_type,
        )

    def _meet(self, request: Request) -> Response:
        def proceed(*, refuse: Refusals | None = None) -> Response:
            return self._perform(request, refuse or {})

        fault = self._faults.take(request.operation)
        return proceed() if fault is None else _suffer(fault, request, proceed)

    def _perform(self, request: Request, refuse: Refusals) -> Response:
        try:
            check(request.parameters, shape=SHAPES[request.operation])
            perform = OPERATIONS[request.operation]
            result = perform(Call(self._account, request.parameters, refuse))
            return answer(result) if result is None or isinstance(result, dict) else pushed(result)
        except ServiceError as error:
            return refusal(error)


def _suffer(fault: Fault, request: Request, proceed: Any) -> Response:
    try:
        return fault(request, proceed)
    except Disconnect:
        raise
    except Exception as error:  # the user's callable; the client gets an answer all the same
        log.exception("A fault for %s raised", request.operation)
        message = f"A fault raised {type(error).__name__}: {error}"
        return refusal(ServiceError("InternalFailure", message, status=500))


def _operation(headers: Mapping[str, str]) -> str:
    """The operation that is asked for, by someone who at least tried to sign."""
    if _media_type(headers) not in {JSON_TYPE, CBOR_TYPE}:
        message = f"Content-Type must be {JSON_TYPE} or {CBOR_TYPE}."
        raise ServiceError("UnsupportedMediaTypeException", message, status=415)
    prefix, name = headers.get("x-amz-target", "").rpartition(".")[::2]
    if f"{prefix}." != TARGET_PREFIX or name not in OPERATIONS:
        raise ServiceError(
            "UnknownOperationException", f"The local Kinesis does not simulate '{name[:100]}'."
        )
    if "authorization" not in headers:
        raise ServiceError("MissingAuthenticationTokenException", "Missing Authentication Token")
    return name


def _media_type(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _json(body: bytearray) -> object:
    try:
        # Decoded first: json.loads of bytes takes three times as long (2.4 ms per MB).
        return json.loads(str(body, "utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise ServiceError("SerializationException", "The body is not JSON.") from None


def _parameters(parameters: object) -> Parameters:
    if not isinstance(parameters, dict):
        raise ServiceError("SerializationException", "The body is not an object.")
    return {name: value for name, value in parameters.items() if value is not None}


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
