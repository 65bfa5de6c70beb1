"""PutRecords with a body made here, handed to botocore by its events.

``before-call`` lets a handler put a body in the place of what botocore has made, and
``before-parse`` lets one see the answer before botocore takes it apart: both are events that
botocore documents. Everything between stays botocore's: credentials, endpoints, proxies, TLS,
signatures, and the errors that it raises.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import botocore.exceptions as boto

from kinesis_producer import log
from kinesis_producer.client.error_bodies import bearable, in_json
from kinesis_producer.core.bodies import CborFormat, JsonFormat, wire_format
from kinesis_producer.core.put_records import read_answer, read_body
from kinesis_producer.core.retry import MEANINGS
from kinesis_producer.records import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from kinesis_producer.core.bodies import WireFormat
    from kinesis_producer.core.entries import Entry
    from kinesis_producer.core.put_records import Answer

_CALL: Final = "before-call.kinesis.PutRecords"
_SEND: Final = "before-send.kinesis.PutRecords"
_PARSE: Final = "before-parse.kinesis.PutRecords"

#: Statuses from this one on are errors, which botocore reads (`botocore.parsers`).
_ERRORS: Final = 300

#: How a server refuses what it cannot read: by status, and by code.
_REFUSED_STATUS: Final = {404, 415}
_REFUSED: Final = {"SerializationException", "UnknownOperationException", "UnsupportedMediaType"}


class Request(NamedTuple):
    """What is to be sent.

    Attributes:
        body: in that format; it holds until the thread makes its next one.
        entries: how many.
    """

    body: bytearray
    entries: int
    form: WireFormat


class _Call(threading.local):
    """The call that a thread is in: what it sends, and what came back."""

    request: Request | None = None
    answer: bytes | None = None
    ours: bool = False

    def __init__(self) -> None:
        self._memory = bytearray()

    def memory(self) -> bytearray:
        """For the next body; that of the last one, unless somebody still looks at it."""
        try:
            self._memory.append(0)
        except BufferError:
            self.forget()
        return self._memory

    def forget(self) -> None:
        """Leave it to those who still have it, if anybody has."""
        self._memory = bytearray()


class RawPuts:
    """PutRecords on one stream. Any thread; each its own call.

    Args:
        client: a client of boto3 that does not validate parameters.
        stream: ``StreamName`` or ``StreamARN``.
        wire: ``"json"`` or ``"cbor"``.
    """

    def __init__(self, client: Any, stream: Mapping[str, str], wire: str) -> None:
        self._client = client
        self._stream = stream
        self._form = wire_format(wire)
        self._hooked = True
        self._call = _Call()
        handlers: dict[str, Callable[..., None]] = {_CALL: self._hand_over, _PARSE: self._take}
        self._handlers = handlers
        for event, handler in self._handlers.items():
            client.meta.events.register(event, handler)

    def close(self) -> None:
        """Leave the client as it was."""
        for event, handler in self._handlers.items():
            self._client.meta.events.unregister(event, handler)

    def request(self, entries: Iterable[Sequence[Entry]]) -> Request:
        """A request with these entries, some at a time."""
        counted = _Counted(entries)
        form = self._form
        body = form.body(self._stream, counted, self._call.memory())
        return Request(body, counted.count, form)

    def rest(self) -> None:
        """Give up the memory that this thread makes its requests in."""
        self._call.forget()

    def put_records(self, request: Request) -> Answer:
        """Send it; blocks until there is an answer. Raises what botocore raises.

        A server that does not take CBOR gets JSON from then on, and this at once if it has written
        nothing of it.
        """
        if not self._hooked:
            return self._put_plainly(request)
        try:
            answer = self._put(request)
        except boto.ClientError as error:
            if not self._is_refused(request, error):
                raise
            answer = None
        if answer is None:
            return self.put_records(self._reworded(request))
        if isinstance(answer, Failure) and isinstance(request.form, CborFormat):
            self._fall_back("an answer that cannot be read")
        return answer

    def _put(self, request: Request) -> Answer | None:
        """``None`` if the service answered, though the handlers were not called: nothing was sent.

        What fails before they could be called, and what other threads find, says nothing of that.
        """
        call = self._call
        call.request, call.answer, call.ours = request, None, True
        parsed = None
        try:
            parsed = self._client.put_records(Records=(), **self._stream)
        except boto.ClientError as error:
            if call.request is None or not _is_answer(error):
                raise
        finally:
            handed_over, answer = call.request is None, call.answer
            call.request, call.answer, call.ours = None, None, False
        if not handed_over:
            self._unhook()
            return None
        count = request.entries
        return read_answer(parsed, count) if answer is None else read_body(answer, count)

    def _unhook(self) -> None:
        if self._hooked:
            self._hooked = False
            log.warning("the client does not call botocore's events; requests go the long way")

    def _put_plainly(self, request: Request) -> Answer:
        records = [entry.named() for entry in request.form.read(request.body)]
        return read_answer(self._client.put_records(Records=records, **self._stream), len(records))

    def _is_refused(self, request: Request, error: boto.ClientError) -> bool:
        if not isinstance(request.form, CborFormat):
            return False
        code = error.response.get("Error", {}).get("Code")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        refused = code in _REFUSED or (status in _REFUSED_STATUS and code not in MEANINGS)
        if refused:
            self._fall_back(str(code))
        return refused

    def _fall_back(self, why: str) -> None:
        if isinstance(self._form, CborFormat):
            self._form = JsonFormat()
            log.warning("the service does not take CBOR (%s); JSON from now on", why)

    def _reworded(self, request: Request) -> Request:
        entries = request.form.read(request.body)
        body = self._form.body(self._stream, [entries], self._call.memory())
        return Request(body, len(entries), self._form)

    # What botocore calls, in the thread that sends

    def _hand_over(self, params: dict[str, Any], **_: object) -> None:
        call = self._call
        request = call.request
        if request is not None:
            call.request = None
            alone = _sees_alone(self._client.meta.events)
            params["body"] = request.body if alone else bytes(request.body)
            params["headers"]["Content-Type"] = request.form.content_type

    def _take(self, response_dict: dict[str, Any], **_: object) -> None:
        call = self._call
        if not call.ours:
            return
        body = response_dict["body"]
        if response_dict["status_code"] < _ERRORS:
            call.answer = body
            response_dict["body"] = b"{}"
        else:
            response_dict["body"] = bearable(in_json(body))


def _sees_alone(events: Any) -> bool:
    """Whether nobody else sees a request before it is sent.

    Who does may keep its body, or take nothing but bytes for one: moto answers requests there.
    There is no public way to ask; where botocore has changed, each body is copied.
    """
    try:
        return not events._emitter._handlers.prefix_search(_SEND)  # noqa: SLF001 -- see above
    except AttributeError:
        return False


def _is_answer(error: boto.ClientError) -> bool:
    """Whether it is one to PutRecords: whoever renews credentials asks other services."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status is not None and error.operation_name == "PutRecords"


class _Counted:
    """Counts what passes."""

    def __init__(self, entries: Iterable[Sequence[Entry]]) -> None:
        self._entries = entries
        self.count = 0

    def __iter__(self) -> Iterator[Sequence[Entry]]:
        for some in self._entries:
            self.count += len(some)
            yield some
