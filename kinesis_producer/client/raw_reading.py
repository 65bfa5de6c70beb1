"""GetRecords by botocore, its answer read here, which takes less CPU time.

Two public events of botocore's do it: ``before-call``, where the request may be written in CBOR,
and ``before-parse``, where the body of the answer is taken. Credentials, endpoints, TLS, signatures
and errors are botocore's. The handlers stay with the client, which may be somebody else's, and do
nothing unless the call was made here.
"""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Final

from kinesis_producer import log
from kinesis_producer.client.error_bodies import bearable, in_json
from kinesis_producer.client.failures import READABLE, failure_of
from kinesis_producer.core.bodies import CBOR
from kinesis_producer.core.cbor_writing import dumps
from kinesis_producer.core.reading.answers import MalformedAnswer, read_page
from kinesis_producer.core.reading.pages import Page, ReadFailed
from kinesis_producer.records import Failure

if TYPE_CHECKING:
    from collections.abc import Mapping

#: An answer that is none: boto3 returns normally where the body was cut off.
BROKEN: Final = Failure("MalformedAnswer", "the answer was cut off")

_CBOR_TYPE: Final = "application/x-amz-cbor-1.1"

#: The key under which an answer has its body.
_BODY: Final = "kinesis_producer.body"

#: The identity of the handlers: those of a second consumer are not added.
_HANDLERS: Final = "kinesis_producer.raw_reading"

#: What is said by a service that does not know CBOR, and the HTTP statuses that say it.
_REFUSALS: Final = {
    BROKEN.code,
    "SerializationException",
    "UnknownOperationException",
    "UnsupportedMediaTypeException",
}
_REFUSAL_STATUSES: Final = {404, 415}


class _Calling(threading.local):
    """The call that a thread is making, if it is one of these.

    Attributes:
        ours: whether it is.
        in_cbor: whether it is to be made in CBOR.
    """

    ours = False
    in_cbor = False


_calling: Final = _Calling()


class RawReading:
    """GetRecords calls. Any thread; each call blocks until botocore has an answer.

    Args:
        client: a Kinesis client of boto3; of one without events, botocore's reading is taken.
        wire_format: ``"json"`` or ``"cbor"``. The first answer that says, or shows, that CBOR is
            not understood makes it JSON for good.
    """

    def __init__(self, client: Any, wire_format: str) -> None:
        self._client = client
        hooked = _hook(client)
        self._in_cbor = hooked and wire_format == CBOR

    def page(self, **arguments: object) -> Page | Mapping[str, Any]:
        """A page; or an answer as botocore reads it, where its events are missing.

        Raises:
            ReadFailed: there is none.
        """
        in_cbor = self._in_cbor
        try:
            return self._ask(arguments, in_cbor=in_cbor)
        except ReadFailed as failed:
            if not in_cbor or not _is_refusal(failed.failure):
                raise
            self._in_cbor = False
            log.warning("GetRecords in CBOR: %s; going on in JSON", failed.failure.code)
        return self._ask(arguments, in_cbor=False)

    def _ask(self, arguments: Mapping[str, object], *, in_cbor: bool) -> Page | Mapping[str, Any]:
        _calling.ours, _calling.in_cbor = True, in_cbor
        try:
            answer: Mapping[str, Any] = self._client.get_records(**arguments)
        except READABLE as error:
            raise ReadFailed(failure_of(error)) from error
        finally:
            _calling.ours = _calling.in_cbor = False
        body = answer.get(_BODY)
        return answer if body is None else _page(body)


def _page(body: bytes) -> Page:
    try:
        return read_page(body)
    except MalformedAnswer as error:
        raise ReadFailed(BROKEN) from error


def _is_refusal(failure: Failure) -> bool:
    return failure.code in _REFUSALS or failure.status in _REFUSAL_STATUSES


def _hook(client: Any) -> bool:
    """Have the handlers called; whether that can be."""
    register = getattr(getattr(getattr(client, "meta", None), "events", None), "register", None)
    if register is None:
        return False
    for event, handler in (("before-call", _before_call), ("before-parse", _before_parse)):
        name = f"{event}.kinesis.GetRecords"
        register(name, handler, unique_id=f"{_HANDLERS}.{event}")
    return True


def _before_call(params: dict[str, Any], **_: object) -> None:
    """Write the request in CBOR: the few bytes that botocore has written in JSON."""
    if _calling.in_cbor:
        params["body"] = dumps(json.loads(params["body"]))
        params["headers"]["Content-Type"] = _CBOR_TYPE


def _before_parse(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: object
) -> None:
    """Keep the body of a page from botocore's parser. That of an error is for botocore."""
    if not _calling.ours:
        return
    body = response_dict["body"]
    if response_dict["status_code"] < 300:
        customized_response_dict[_BODY] = body
        response_dict["body"] = b"{}"
    else:
        response_dict["body"] = bearable(in_json(body) if _calling.in_cbor else body)
