"""How PutRecords requests are made and answers read, with the client that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from kinesis_producer import log
from kinesis_producer.client.raw_puts import RawPuts
from kinesis_producer.core.bodies import JSON
from kinesis_producer.core.put_records import read_answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kinesis_producer.core.entries import Entry
    from kinesis_producer.core.put_records import Answer


class Puts(Protocol):
    """PutRecords on one stream."""

    def request(self, entries: Iterable[Sequence[Entry]]) -> Any:
        """A request with these entries, some at a time, for `put_records`."""
        ...

    def put_records(self, request: Any) -> Answer:
        """Send it; blocks until there is an answer. Raises what the client raises."""
        ...

    def rest(self) -> None:
        """This thread makes no request for a while: it keeps no memory for one."""
        ...

    def close(self) -> None:
        """Leave the client as it was."""
        ...


class PlainPuts:
    """Whatever the client, by its ``put_records``."""

    def __init__(self, client: Any, stream: Mapping[str, str]) -> None:
        self._client = client
        self._stream = stream

    def request(self, entries: Iterable[Sequence[Entry]]) -> list[dict[str, object]]:  # noqa: D102
        return [entry.named() for some in entries for entry in some]

    def put_records(self, request: list[dict[str, object]]) -> Answer:  # noqa: D102
        answer = self._client.put_records(Records=request, **self._stream)
        return read_answer(answer, len(request))

    def rest(self) -> None:
        """There is nothing to give up."""

    def close(self) -> None:
        """There is nothing to undo."""


def puts(client: Any, stream: Mapping[str, str], wire_format: str, *, given: bool) -> Puts:
    """By its events, unless it is somebody else's: that one may refuse a call without records."""
    if not given and hasattr(getattr(client, "meta", None), "events"):
        return RawPuts(client, stream, wire_format)
    if wire_format != JSON:
        log.warning("with a client of your own requests go in JSON; give a session instead")
    return PlainPuts(client, stream)
