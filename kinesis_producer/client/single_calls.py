"""Single calls to Kinesis, retried: for whoever reads, lists and describes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import tenacity

from kinesis_producer.client.failures import READABLE, failure_of
from kinesis_producer.core.retry import Action, meaning
from kinesis_producer.errors import CallFailed
from kinesis_producer.records import Failure

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator, Mapping

    Answer = Mapping[str, Any]

#: Seconds before the first retry and the longest, as for PutRecords but for a person who waits.
_FIRST_WAIT: Final = 0.1
_LONGEST_WAIT: Final = 2.0


#: Own: pages of one listing. Of shards, 1,000 are on a page.
_MOST_PAGES: Final = 1_000


class Calls:
    """Calls that change nothing, so that they can be retried whatever became of them.

    Args:
        client: a Kinesis client of boto3, its own retries off.
        give_up_after: seconds.
        closed: when it is set, nothing is retried any more, and no further page asked for.
    """

    def __init__(
        self, client: Any, *, give_up_after: float, closed: threading.Event | None = None
    ) -> None:
        self._client = client
        self._closed = closed
        late = tenacity.stop_after_delay(give_up_after)
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_worth_retrying),
            stop=late if closed is None else late | tenacity.stop_when_event_set(closed),
            sleep=tenacity.sleep if closed is None else tenacity.sleep_using_event(closed),
            wait=tenacity.wait_random_exponential(multiplier=_FIRST_WAIT, max=_LONGEST_WAIT),
            reraise=True,
        )

    def call(self, operation: str, *, expecting: str | None = None, **arguments: object) -> Answer:
        """One call, by the name of the client's method; blocks while it is retried.

        Args:
            operation: the method.
            expecting: what every answer has. boto3 gives an empty one where the body was cut off.
            arguments: the parameters of the call.

        Raises:
            CallFailed: it cannot succeed, or did not in time.
        """

        def once() -> Answer:
            answer: Answer = getattr(self._client, operation)(**arguments)
            if expecting is not None and expecting not in answer:
                raise _Malformed
            return answer

        try:
            return self._retrying(once)
        except (*READABLE, _Malformed) as error:
            failure = _failure(error)
            raise CallFailed(f"{failure.code}: {failure.message}", code=failure.code) from error

    def streams(self) -> Iterator[str]:
        """The names of all streams."""
        more: dict[str, str] = {}
        while True:
            answer = self.call("list_streams", **more)
            yield from answer["StreamNames"]
            if not answer.get("HasMoreStreams") or not answer["StreamNames"]:
                return
            more = {"ExclusiveStartStreamName": answer["StreamNames"][-1]}

    def shards(self, stream: Mapping[str, str]) -> Iterator[Answer]:
        """All shards of a stream, closed ones included; thousands come in pages.

        Args:
            stream: ``StreamName`` or ``StreamARN``.
        """
        asked: Mapping[str, str] = stream
        for _ in range(_MOST_PAGES):
            if self._closed is not None and self._closed.is_set():
                break
            answer = self.call("list_shards", expecting="Shards", **asked)
            yield from answer["Shards"]
            if not answer.get("NextToken"):
                return
            asked = {"NextToken": answer["NextToken"]}
        raise CallFailed("the listing of shards has no end", code="MalformedAnswer")


class _Malformed(Exception):
    """An answer without what it must have."""


def _failure(error: BaseException) -> Failure:
    if isinstance(error, _Malformed):
        return Failure("MalformedAnswer", "the answer was cut off")
    return failure_of(error)


def _worth_retrying(error: BaseException) -> bool:
    readable = isinstance(error, (*READABLE, _Malformed))
    return readable and meaning(_failure(error)).action is Action.RETRY
