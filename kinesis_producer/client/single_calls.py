"""Single calls to Kinesis, retried: for the command line, which reads and lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import tenacity

from kinesis_producer.client.failures import READABLE, failure_of
from kinesis_producer.core.retry import Action, meaning
from kinesis_producer.errors import CallFailed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Answer = Mapping[str, Any]

#: Seconds before the first retry and the longest, as for PutRecords but for a person who waits.
_FIRST_WAIT: Final = 0.1
_LONGEST_WAIT: Final = 2.0


class Calls:
    """Calls that change nothing, so that they can be retried whatever became of them.

    Args:
        client: a Kinesis client of boto3, its own retries off.
        give_up_after: seconds.
    """

    def __init__(self, client: Any, *, give_up_after: float) -> None:
        self._client = client
        self._retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_worth_retrying),
            stop=tenacity.stop_after_delay(give_up_after),
            wait=tenacity.wait_random_exponential(multiplier=_FIRST_WAIT, max=_LONGEST_WAIT),
            reraise=True,
        )

    def call(self, operation: str, **arguments: object) -> Answer:
        """One call, by the name of the client's method; blocks while it is retried.

        Raises:
            CallFailed: it cannot succeed, or did not in time.
        """
        try:
            answer: Answer = self._retrying(getattr(self._client, operation), **arguments)
        except READABLE as error:
            failure = failure_of(error)
            raise CallFailed(f"{failure.code}: {failure.message}", code=failure.code) from error
        return answer

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
        answer = self.call("list_shards", **stream)
        yield from answer["Shards"]
        while answer.get("NextToken"):
            answer = self.call("list_shards", NextToken=answer["NextToken"])
            yield from answer["Shards"]


def _worth_retrying(error: BaseException) -> bool:
    return isinstance(error, READABLE) and meaning(failure_of(error)).action is Action.RETRY
